"""README.md of an archive: what lies where, how to check it, and how to restore by hand, per type it contains.

Written for somebody who has the archive and nothing else of Reentra.
"""

from collections.abc import Sequence
from itertools import groupby

from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.ids import ObjectTypeName
from reentra.exporter.domain.listing import Damaged, Source, incomplete_types

_TOP = """\
# Microsoft Entra objects of {tenant}

Written by Reentra from snapshot {number} of tenant `{tenant_id}` (cloud: {cloud}), taken from
{started_at} to {sealed_at}.

## What lies where

- `<type>/<id>.json`: one object per file, as Microsoft Graph v1.0 describes it, with Graph's property names.
  Characters of an id that are unsafe in a file name are percent-encoded.
- Relationships are in the same file under their Graph names, as `$expand` shows them: `"members": [{{"@odata.type":
  "#microsoft.graph.user", "id": "..."}}]`. Relationships that hold objects of their own, such as `appRoleAssignedTo`,
  list them whole.
- Nothing in here is encrypted: keep it as safe as the directory itself.
- `manifest.json`: the snapshot, the number of objects per type, and path, size and SHA-256 of every other file.
{incomplete}{damaged}
## Check that nothing changed

Linux (on macOS `shasum -a 256` instead of `sha256sum`):

```sh
jq -r '.files[] | "\\(.sha256)  \\(.path)"' manifest.json | sha256sum --check --quiet && echo all files are as written
```

PowerShell:

```powershell
$bad = (Get-Content manifest.json -Raw | ConvertFrom-Json).files |
  Where-Object {{ (Get-FileHash -LiteralPath $_.path -Algorithm SHA256).Hash -ne $_.sha256 }}
if ($bad) {{ $bad.path }} else {{ 'all files are as written' }}
```

## Restore by hand

Try the recycle bin first: a deleted user, group, application or unit can be undeleted for 30 days, with its id and its
links. An object that is created again gets a **new id**: replace the old id wherever other objects refer to it. Create
what grants access (Conditional Access policies) disabled or report-only first, so that a mistake locks nobody out.

In PowerShell 7 (Windows PowerShell 5.1 knows no `-AsHashtable` and does not read these files as the UTF-8 they are):

```powershell
Install-Module Microsoft.Graph.Authentication
# add the scopes that the types below name under Permissions
Connect-MgGraph{environment} -TenantId {tenant_id} -Scopes Directory.ReadWrite.All
# undelete
Invoke-MgGraphRequest -Method POST -Uri "/v1.0/directory/deletedItems/<id>/restore"
# give an existing object its old values back: only what you want to change
$old = Get-Content <type>/<id>.json -Raw | ConvertFrom-Json -AsHashtable
Invoke-MgGraphRequest -Method PATCH -Uri "/v1.0/<collection>/<id>" -Body @{{ displayName = $old.displayName }}
# create it again: everything but relationships and read-only properties (listed per type below)
$leaveOut = 'id', 'createdDateTime', 'members', 'owners'   # and so on
$body = @{{}}; $old.Keys | Where-Object {{ $_ -notin $leaveOut -and $_ -notlike '@*' -and $null -ne $old[$_] }} |
  ForEach-Object {{ $body[$_] = $old[$_] }}
Invoke-MgGraphRequest -Method POST -Uri "/v1.0/<collection>" -ContentType application/json `
  -Body ($body | ConvertTo-Json -Depth 20)
# give it its links back
Invoke-MgGraphRequest -Method POST -Uri '/v1.0/groups/<group>/members/$ref' `
  -Body @{{ '@odata.id' = '<address>/v1.0/directoryObjects/<member>' }}
```

`<address>` is `https://graph.microsoft.com`, or your national cloud's.

The same with curl; `$TOKEN` is an access token, for example of `az account get-access-token --resource-type ms-graph`,
and `$GRAPH` is `https://graph.microsoft.com/v1.0` or your national cloud's address:

```sh
curl -X POST  -H "Authorization: Bearer $TOKEN" "$GRAPH/directory/deletedItems/<id>/restore"
curl -X PATCH -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$GRAPH/<collection>/<id>" \\
     -d "$(jq '{{displayName}}' '<type>/<id>.json')"
curl -X POST  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$GRAPH/<collection>" \\
     -d "$(jq 'del(.id, .createdDateTime, .members, .owners)' '<type>/<id>.json')"
curl -X POST  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
     "$GRAPH/groups/<group>/members/\\$ref" -d "{{\\"@odata.id\\": \\"$GRAPH/directoryObjects/<member>\\"}}"
```

Passwords, client secrets and private keys are in no backup: Graph never shows them. Set new ones.
"""

_ENVIRONMENTS = {"gcc_high": "USGov", "dod": "USGovDoD", "china": "China"}
"""What Connect-MgGraph calls the national clouds; the global one needs no name."""


def readme(
    source: Source, types: Sequence[ObjectTypeName], damaged: Sequence[Damaged] = (), left_out: int = 0
) -> bytes:
    """`damaged`: the first of those that are left out."""
    snapshot = source.snapshot
    incomplete = incomplete_types(snapshot, dict.fromkeys(types, 0))
    top = _TOP.format(
        tenant=_plain(source.tenant_name or snapshot.tenant_id),
        tenant_id=snapshot.tenant_id,
        cloud=source.cloud,
        environment=f" -Environment {_ENVIRONMENTS[source.cloud]}" if source.cloud in _ENVIRONMENTS else "",
        number=snapshot.number,
        started_at=snapshot.started_at,
        sealed_at=snapshot.sealed_at,
        incomplete=_incomplete(incomplete),
        damaged=_damaged(damaged, left_out),
    )
    sections = [_section(CATALOG[name]) for name in types if name in CATALOG]
    return "\n".join([top, "## Types in this archive\n", *sections]).encode()


def _section(row: ObjectType) -> str:
    lines = [f"### {row.labels} (`{row.name}/`)", ""]
    lines.append(f"- List: `GET /v1.0{row.collection}`; one: `GET /v1.0{row.item}`.")
    if row.restore_path and row.deleted_collection:
        lines.append(f"- Undelete: `POST /v1.0{row.restore_path}`; recycle bin: `GET /v1.0{row.deleted_collection}`.")
    if row.can_create:
        needed = f" Needs {_names(row.create_required)}." if row.create_required else ""
        lines.append(f"- Create again: `POST /v1.0{row.collection}`.{needed}")
    else:
        lines.append("- Cannot be created by Graph.")
    if row.can_update:
        lines.append(f"- Change: `PATCH /v1.0{row.item}`.")
    if row.read_only:
        lines.append(f"- Read-only, leave out: {_names(row.read_only)}.")
    if row.separate_call:
        lines.append(f"- Set by calls of their own, not in the body: {_names(row.separate_call)}.")
    if row.write_only:
        lines.append(f"- Not in the backup, choose new ones: {_names(row.write_only)}.")
    for relationship in row.relationships:
        lines.append(f"- `{relationship.name}`: {_how(relationship.kind, relationship.path, relationship.single)}")
    if row.restore_permissions:
        lines.append(f"- Permissions: {_names(row.restore_permissions)}.")
    return "\n".join([*lines, ""])


def _how(kind: str, path: str, single: bool) -> str:
    if kind != "ref":
        return f"entries of their own: `POST /v1.0{path}`."
    verb = "PUT" if single else "POST"
    return f'`{verb} /v1.0{path}/$ref` with `{{"@odata.id": "<address>/v1.0/directoryObjects/<id>"}}`.'


def _incomplete(types: dict[str, str]) -> str:
    if not types:
        return ""
    rows = "\n".join(f"- `{name}`: {_plain(reason)}" for name, reason in types.items())
    return f"\n**Not complete.** Of these types the snapshot does not hold everything:\n\n{rows}\n"


def _damaged(damaged: Sequence[Damaged], left_out: int) -> str:
    if not damaged:
        return ""
    lines: list[str] = []
    for reason, together in groupby(damaged, key=lambda one: one.reason):
        lines.append(f"- {_plain(reason)}")
        lines += [
            f"  - `{d.object_type}` `{d.object_id.replace('`', '')}` ({_plain(d.display_name)})" for d in together
        ]
    if left_out > len(damaged):
        lines.append(f"- and {left_out - len(damaged)} more")
    return (
        f"\n**Left out: {left_out}.** What is stored of these objects is damaged, so that nothing of them is in here.\n"
        "`manifest.json` names each under `damaged`. Another snapshot may have them whole.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _plain(text: str) -> str:
    """One line without Markdown's letters: names come from the directory and may be anything."""
    return "".join(" " if c in "\r\n\t" else c for c in text if c not in "`*_[]<>#|\\")
