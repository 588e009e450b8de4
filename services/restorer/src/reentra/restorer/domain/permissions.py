"""Which Graph application permissions the steps of a plan need, and what is said when the restore app lacks one.

Facts: the permissions data behind Graph's "least privileged" tables; any one name of a row suffices. An Entra role of
the app's service principal may allow what no permission does, so what is lacking is told and never held back: whoever
applies the plan all the same lets Graph decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reentra.restorer.domain.steps import BIND, Remark, Step

PERMISSION_MISSING, RESTORE_APP_MISSING, LEFT_TO_ROLE = (
    "permission_missing",
    "restore_app_missing",
    "left_to_entra_role",
)
ABOUT_THE_APP = frozenset({PERMISSION_MISSING, RESTORE_APP_MISSING})
"""Codes of blockers that consent removes: the steps stay in the plan, and the plan can be applied afterwards."""

AnyOf = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """`permissions`: Graph app roles by name; `entra_roles`: template ids of directory roles."""

    permissions: frozenset[str]
    entra_roles: frozenset[str]


_ALL = "Directory.ReadWrite.All"
_USERS: AnyOf = ("User.ReadWrite.All", _ALL)
_GROUPS: AnyOf = ("Group.ReadWrite.All", _ALL)
_GROUP_SETTINGS: AnyOf = ("GroupSettings.ReadWrite.All", *_GROUPS)
_APPS: AnyOf = ("Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", _ALL)
_APP_OWNERS: tuple[AnyOf, ...] = (_APPS, ("Directory.Read.All", "Application.ReadWrite.OwnedBy", _ALL))
_ROLES: AnyOf = ("RoleManagement.ReadWrite.Directory",)
_CA: tuple[AnyOf, ...] = (("Policy.ReadWrite.ConditionalAccess",), ("Policy.Read.All",))
_APPS_READ: AnyOf = ("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", _ALL)

_NEEDS: Mapping[str, tuple[AnyOf, ...]] = {
    "user": (_USERS,),
    "user create": (("User.ReadWrite.All", "User.Create", _ALL),),
    "user update": (("User.ReadWrite.All", "User.ReadUpdate.All", _ALL),),
    "user undelete": (("User.DeleteRestore.All",),),
    "user delete": (("User.DeleteRestore.All", *_USERS),),
    "user invite": (("User.Invite.All", "User.ReadWrite.All", _ALL),),
    "user license": (("LicenseAssignment.ReadWrite.All", *_USERS),),
    "group": (_GROUPS,),
    "group license": (("LicenseAssignment.ReadWrite.All", *_GROUPS),),
    "group add_part": (_GROUP_SETTINGS,),
    "group update_part": (_GROUP_SETTINGS,),
    "group remove_part": (_GROUP_SETTINGS,),
    "group members": (("GroupMember.ReadWrite.All", *_GROUPS),),
    "application": (_APPS,),
    "application owners": _APP_OWNERS,
    "servicePrincipal": (_APPS,),
    "servicePrincipal owners": _APP_OWNERS,
    "device": (("Device.ReadWrite.All", _ALL),),
    "administrativeUnit": (("AdministrativeUnit.ReadWrite.All", _ALL),),
    "administrativeUnit scopedRoleMembers": (_ROLES,),
    "directoryRole": (_ROLES,),
    "roleDefinition": (_ROLES,),
    "roleAssignment": (_ROLES,),
    "conditionalAccessPolicy": (*_CA, _APPS_READ),
    "namedLocation": _CA,
    "oauth2PermissionGrant": (("DelegatedPermissionGrant.ReadWrite.All", _ALL),),
    "appRoleAssignment": (("AppRoleAssignment.ReadWrite.All",),),
    "organization": (("Organization.ReadWrite.All",),),
    "domain": (("Domain.ReadWrite.All",),),
    "groupSetting": (("GroupSettings.ReadWrite.All", _ALL),),
}


def needed_by(step: Step) -> tuple[AnyOf, ...]:
    """Every row is needed, of a row any one."""
    relation = _relation_of(step)
    needs = _NEEDS.get(f"{step.object_type} {relation or step.kind}") or _NEEDS.get(step.object_type, ())
    if step.object_type == "group" and isinstance(step.body, dict) and step.body.get("isAssignableToRole"):
        needs = (*needs, _ROLES)
    return needs


@dataclass(slots=True)
class Needs:
    """Counts, step by step, how often each permission is needed, and for what."""

    counts: dict[AnyOf, int]
    types: dict[AnyOf, set[str]]

    def add(self, steps: Iterable[Step]) -> None:
        for step in steps:
            for row in needed_by(step):
                self.counts[row] = self.counts.get(row, 0) + 1
                self.types.setdefault(row, set()).add(step.object_type)

    def lacking(self, rights: Rights) -> list[AnyOf]:
        return [row for row in self.counts if not rights.permissions.intersection(row)]

    def remark(self, row: AnyOf, rights: Rights, tenant_id: str) -> Remark:
        """A blocker, or only a note when the app has Entra roles, whose reach nobody can read."""
        count = self.counts[row]
        what = f"{count} {'step needs it' if count == 1 else 'steps need it'} ({', '.join(sorted(self.types[row]))})"
        lacks = f"The restore app lacks the Graph permission {row[0]}; {what}"
        if rights.entra_roles:
            why = f"{lacks}. Its Entra role may allow them all the same: Graph decides when the plan is applied."
            return Remark("tenant", tenant_id, "restore app", LEFT_TO_ROLE, why)
        why = (
            f"{lacks}. Add it to the app registration, let an administrator consent, then apply this plan; applied "
            "before, those steps fail unless an Entra role of the app allows them."
        )
        return Remark("tenant", tenant_id, "restore app", PERMISSION_MISSING, why)


def _relation_of(step: Step) -> str:
    if step.kind == "align_links":
        return str(step.body["relationship"])
    if step.kind not in ("add_link", "remove_link", "set_link", "clear_link"):
        return ""
    if step.method == "PATCH":
        return next((n.removesuffix(BIND) for n in step.body if n.endswith(BIND)), "")
    parts = step.path.removesuffix("/$ref").split("/")
    return parts[-2] if step.kind == "remove_link" else parts[-1]
