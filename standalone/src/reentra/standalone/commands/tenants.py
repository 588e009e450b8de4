"""`reentra tenants`: list, connect, show, remove."""

from pathlib import Path
from typing import Annotated, Any

import typer

from reentra.standalone.client import Api
from reentra.standalone.commands.arguments import Tenant
from reentra.standalone.given import TooLarge, text_of
from reentra.standalone.output import Output, command, moment

verbs = typer.Typer(name="tenants", help="Tenants that are backed up.", no_args_is_help=True)

Required = Annotated[str, typer.Option()]
File = Annotated[Path | None, typer.Option()]


@verbs.command("list")
def list_tenants(context: typer.Context) -> None:
    """All connected tenants."""
    with command(context) as (api, output):
        found = list(api.pages("/tenants"))
        output.document({"value": found})
        columns = ("name", "domain", "state", "last backup", "objects", "tenant id")
        output.table(columns, [_row(tenant) for tenant in found])


@verbs.command("connect")
def connect(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="How you call it.")],
    tenant_id: Annotated[str, typer.Option(help="Microsoft's tenant id.")],
    client_id: Annotated[str, typer.Option(help="The app registration that reads.")],
    cloud: Annotated[str, typer.Option(help="global, gcc_high, dod, china or custom.")] = "global",
    certificate_file: Annotated[Path | None, typer.Option(help="PEM with the certificate and its key.")] = None,
    secret_file: Annotated[Path | None, typer.Option(help="File that holds the client secret.")] = None,
    restore_client_id: Annotated[str | None, typer.Option(help="The app registration that writes.")] = None,
    restore_certificate_file: File = None,
    restore_secret_file: File = None,
    frequency_minutes: Annotated[int, typer.Option(help="1440, 720, 360, 60 or 15.")] = 1440,
    immediate_backup: Annotated[bool, typer.Option(help="Start the first backup at once.")] = False,
) -> None:
    """Connect a tenant by your own app registrations. The credential is proven before anything is stored."""
    backup = _registration("", client_id, certificate_file, secret_file)
    restore = None
    if restore_client_id is not None:
        restore = _registration("restore-", restore_client_id, restore_certificate_file, restore_secret_file)
    elif restore_certificate_file or restore_secret_file:
        raise typer.BadParameter("A restore credential needs --restore-client-id beside it.")
    body = {
        "name": name,
        "tenant_id": tenant_id,
        "cloud": cloud,
        "backup": backup,
        "restore": restore,
        "frequency_minutes": frequency_minutes,
        "immediate_backup": immediate_backup,
    }
    with command(context) as (api, output):
        tenant = api.post("/tenants", body)
        output.say(f"{tenant['name']} ({tenant['domain']}) is connected.")
        _show(output, tenant, _credentials(api, tenant["id"]))


@verbs.command("show")
def show(context: typer.Context, tenant: Tenant) -> None:
    """One tenant."""
    with command(context) as (api, output):
        found = api.tenant(tenant)
        _show(output, found, _credentials(api, found["id"]))


@verbs.command("remove")
def remove(
    context: typer.Context,
    tenant: Tenant,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Disconnect a tenant: its credentials are deleted and backups stop. What is backed up stays."""
    with command(context) as (api, output):
        found = api.tenant(tenant)
        if not yes and not typer.confirm(f"Disconnect {found['name']} ({found['id']})?", err=True):
            raise typer.Abort
        api.delete(f"/tenants/{found['id']}")
        output.say(f"{found['name']} is disconnected. Its backups stay; connect it again to use them.")
        if found["needs_consent_reason"]:
            output.say("If Microsoft no longer lets you: adding it by its id on New Tenants shows its backups, too.")
        output.document({"id": found["id"], "name": found["name"], "state": "disconnected"})


def _registration(prefix: str, client_id: str, certificate: Path | None, secret: Path | None) -> dict[str, str]:
    if (certificate is None) == (secret is None):
        raise typer.BadParameter(f"Give either --{prefix}certificate-file or --{prefix}secret-file.")
    if certificate is not None:
        return {"client_id": client_id, "kind": "certificate", "value": given_text(certificate, of_certificate=True)}
    return {"client_id": client_id, "kind": "secret", "value": given_text(secret).strip() if secret else ""}


def given_text(path: Path, *, of_certificate: bool = False) -> str:
    try:
        return text_of(path)
    except OSError as error:
        raise typer.BadParameter(f"The file {path} cannot be read: {error.strerror}.") from error
    except TooLarge as error:
        raise typer.BadParameter(f"The file {path} cannot be read: it is too large to be one.") from error
    except UnicodeDecodeError as error:
        reason = "it is not a text file"
        if of_certificate:
            reason += (
                ", as PEM is, but perhaps DER or PFX. "
                f"`openssl pkcs12 -in {path} -nodes -out app.pem` makes a PEM file of a PFX"
            )
        raise typer.BadParameter(f"The file {path} cannot be read: {reason}.") from error


def _credentials(api: Api, tenant_id: str) -> list[dict[str, Any]]:
    """Its own ones; a tenant that consented to the installation's apps has none."""
    return [one for one in api.get("/tenants/credentials")["value"] if one["tenant_id"] == tenant_id]


def _ends(credentials: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The newest first of each app: that one is used, the one before it still counts."""
    seen: set[str] = set()
    found = []
    for credential in credentials:
        title, end = _end(credential)
        found.append((f"the {title} before" if title in seen else title, end))
        seen.add(title)
    return found


def _end(credential: dict[str, Any]) -> tuple[str, str]:
    kind = "certificate" if credential["kind"] == "certificate" else "client secret"
    ends_at = credential["ends_at"]
    end = f"{kind}, ends {moment(ends_at)}" if ends_at else f"{kind}; Microsoft does not tell when it ends"
    return f"{credential['purpose']} credential", end


def _show(output: Output, tenant: dict[str, Any], credentials: list[dict[str, Any]]) -> None:
    output.document({**tenant, "credentials": credentials})
    last = tenant["last_snapshot"] or {}
    output.facts(
        [
            ("name", tenant["name"]),
            ("tenant id", tenant["id"]),
            ("domains", ", ".join(tenant["domains"])),
            ("cloud", tenant["cloud"]),
            ("state", tenant["state"]),
            ("reason", tenant["needs_consent_reason"]),
            ("backup app", tenant["backup_client_id"]),
            ("restore app", tenant["restore_client_id"]),
            *_ends(credentials),
            ("backed up every", f"{tenant['frequency_minutes']} minutes"),
            ("last snapshot", f"{last['number']} ({last['result']}, {moment(last['sealed_at'])})" if last else None),
        ]
    )


def _row(tenant: dict[str, Any]) -> tuple[object, ...]:
    last = tenant["last_snapshot"] or {}
    when = moment(last.get("sealed_at")) if last else "never"
    if last and last["result"] != "complete":
        when = f"{when} {last['result']}"
    return tenant["name"], tenant["domain"], tenant["state"], when, last.get("objects"), tenant["id"]
