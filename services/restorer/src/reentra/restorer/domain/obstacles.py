"""Why an object cannot be made anew, or changed, through Graph. One sentence each, with what to do instead."""

from collections.abc import Callable

from reentra.restorer.domain.shapes import is_guest
from reentra.restorer.domain.steps import Json, Remark
from reentra.restorer.domain.subjects import Subject

_CANNOT_CREATE = {
    "device": "A device that is gone cannot be recreated: it must join again.",
    "organization": "The organization itself cannot be created.",
    "domain": "A domain is added and proven by people in the portal, with DNS records.",
    "subscribedSku": "Subscriptions are bought, not restored.",
}


def remark(subject: Subject, code: str, reason: str) -> Remark:
    return Remark(subject.row.name, subject.id, subject.name, code, reason)


def obstacle_to_create(subject: Subject) -> Remark | None:
    row, wanted = subject.row, subject.wanted.properties
    if not row.can_create or row.name in _CANNOT_CREATE:
        reason = _CANNOT_CREATE.get(row.name, f"{row.labels} cannot be created through Microsoft Graph.")
        return remark(subject, "cannot_be_created", reason)
    if wanted.get("onPremisesSyncEnabled"):
        return remark(
            subject,
            "on_premises",
            "It is mastered on-premises: restore it in Active Directory and let it synchronise.",
        )
    for applies, code, reason in _RULES:
        if applies(row.name, wanted):
            return remark(subject, code, reason)
    if subject.rival is not None:
        return remark(
            subject,
            "name_taken",
            f"Another live object ({subject.rival}) has its {subject.recipe.unique or subject.recipe.settable_once}; "
            "rename or remove that one first.",
        )
    return None


def obstacle_to_change(subject: Subject) -> Remark | None:
    if not subject.row.can_update and not subject.recipe.identity:
        return remark(subject, "cannot_be_changed", f"{subject.row.labels} cannot be changed through Microsoft Graph.")
    if _is_held_by_exchange(subject.row.name, subject.wanted.properties):
        return remark(subject, "held_by_exchange", "Distribution lists and mail-enabled security groups are held by "
                      "Exchange: change it there.")  # fmt: skip
    return None


def _is_held_by_exchange(type_name: str, wanted: Json) -> bool:
    return (
        type_name == "group" and bool(wanted.get("mailEnabled")) and "Unified" not in (wanted.get("groupTypes") or ())
    )


def _is_managed_identity(type_name: str, wanted: Json) -> bool:
    return type_name == "servicePrincipal" and wanted.get("servicePrincipalType") == "ManagedIdentity"


def _is_built_in(type_name: str, wanted: Json) -> bool:
    return type_name == "roleDefinition" and bool(wanted.get("isBuiltIn"))


def _is_microsofts_policy(type_name: str, wanted: Json) -> bool:
    return type_name == "conditionalAccessPolicy" and str(wanted.get("displayName", "")).startswith(
        "Microsoft-managed:"
    )


def _is_guest_without_mail(type_name: str, wanted: Json) -> bool:
    return type_name == "user" and is_guest(wanted) and not wanted.get("mail")


_RULES: tuple[tuple[Callable[[str, Json], bool], str, str], ...] = (
    (
        _is_held_by_exchange,
        "held_by_exchange",
        "Distribution lists and mail-enabled security groups are made in Exchange, not through Microsoft Graph.",
    ),
    (_is_managed_identity, "managed_identity", "A managed identity comes back with its Azure resource only."),
    (_is_built_in, "built_in", "Built-in roles are Microsoft's and cannot be created."),
    (_is_microsofts_policy, "microsoft_managed", "Microsoft-managed policies cannot be created; Microsoft does."),
    (_is_guest_without_mail, "no_address", "A guest is invited by mail address, and the backup has none."),
)
