"""Who may do what: one row per route. What has no row cannot be served, and what nobody granted is refused.

Beside a role, which tenants: whoever is limited to some has less of what concerns the whole installation, and each row
says how its route keeps to those tenants.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reentra.common.people import Subject

Permission = Literal[
    "open",
    "self",
    "tenants.read",
    "tenants.write",
    "tenants.connect",
    "jobs.read",
    "jobs.write",
    "backups.start",
    "objects.read",
    "downloads.create",
    "downloads.read",
    "restores.read",
    "restores.plan",
    "restores.apply",
    "audit.read",
    "people.read",
    "people.write",
    "tokens.write",
    "dead_letters.read",
    "dead_letters.write",
]
"""open: nobody needs to be signed in; self: whoever is signed in; tokens.write: one's own API tokens; tenants.write:
schedules; tenants.connect: which tenants there are."""

Permissions = frozenset[Permission]

_READ: Permissions = frozenset({"self", "tenants.read", "jobs.read", "objects.read", "restores.read"})
_VIEWER: Permissions = _READ | {"tokens.write"}
_DOWNLOAD: Permissions = frozenset({"downloads.create", "downloads.read"})
_AUDITOR: Permissions = _VIEWER | _DOWNLOAD | {"audit.read", "people.read"}
_OPERATOR: Permissions = (
    _VIEWER | _DOWNLOAD | {"backups.start", "jobs.write", "restores.plan", "restores.apply", "dead_letters.read"}
)
_INSTALLATION: Permissions = frozenset(
    {"tenants.connect", "people.read", "people.write", "dead_letters.read", "dead_letters.write"}
)
"""What concerns everybody's tenants: never of somebody who is limited to some. A dead letter may be of any tenant."""
_ALL: Permissions = _AUDITOR | _OPERATOR | _INSTALLATION | {"tenants.write"}
_BY_ROLE: Mapping[str, Permissions] = {
    "admin": _ALL,
    "operator": _OPERATOR,
    "auditor": _AUDITOR,
    "viewer": _VIEWER,
}
"""admin: everything, also tenants and people. operator: backs up, downloads and restores. auditor: looks, downloads,
reads the audit log and who has access; changes nothing. viewer: looks."""
_BY_SCOPE: Mapping[str | None, Permissions] = {None: _ALL, "admin": _ALL, "read": _READ | {"downloads.read"}}


@dataclass(frozen=True, slots=True)
class Rule:
    """`act`: the audit log's word; '' for what leaves no trace. `repeatable`: takes an Idempotency-Key.

    `tenants`, for a caller who is limited to some. path: the path names the tenant, or something of one, and the guard
    looks whose it is. narrowed: it tells of many, and the handler keeps to the caller's (`within`). none: of none.
    """

    permission: Permission
    act: str = ""
    repeatable: bool = False
    tenants: Literal["path", "narrowed", "none"] = "path"


PATH_OWNERS = frozenset({"tenant_id", "job_id", "plan_id"})
"""What a path may name that is of one tenant (`operations/owners`)."""
_OF_NOBODY: Permissions = frozenset({"open", "self", "tokens.write"})


def names_owner(path: str) -> bool:
    return bool(PATH_OWNERS & set(re.findall(r"\{(\w+)\}", path)))


def checked_rule(path: str, rule: Rule) -> Rule:
    """Raises LookupError for a route that would show a limited caller what is not theirs."""
    is_settled = names_owner(path) or rule.permission in _OF_NOBODY | _INSTALLATION
    if (rule.tenants == "path") == is_settled:
        return rule
    raise LookupError(f"{path}: the rule does not say whose tenants it is about, or says it twice.")


_API = "/api/v1"
_TENANT = f"{_API}/tenants/{{tenant_id}}"
_PERSON = f"{_API}/people/{{person_id}}"
_OBJECT = f"{_TENANT}/objects/{{object_type}}/{{object_id}}"

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/healthz"): Rule("open"),
    ("GET", "/readyz"): Rule("open"),
    ("GET", f"{_API}/openapi.json"): Rule("open"),
    ("POST", f"{_API}/session"): Rule("open", "session.begin"),
    # Open because the browser comes from Microsoft; the session cookie and the single-use state decide.
    ("GET", "/connect/signed-in"): Rule("open", "consent.sign_in"),
    ("GET", "/connect/consented"): Rule("open", "consent.finish"),
    ("GET", f"{_API}/session"): Rule("self"),
    ("DELETE", f"{_API}/session"): Rule("self", "session.end"),
    ("PUT", f"{_API}/session/password"): Rule("self", "password.change"),
    ("GET", f"{_API}/tokens"): Rule("tokens.write"),
    ("POST", f"{_API}/tokens"): Rule("tokens.write", "token.create"),
    ("DELETE", f"{_API}/tokens/{{token_id}}"): Rule("tokens.write", "token.revoke"),
    ("GET", f"{_API}/people"): Rule("people.read"),
    ("POST", f"{_API}/people"): Rule("people.write", "person.invite"),
    ("PUT", f"{_PERSON}/role"): Rule("people.write", "person.change_role"),
    ("PUT", f"{_PERSON}/tenants"): Rule("people.write", "person.change_tenants"),
    ("POST", f"{_PERSON}/disable"): Rule("people.write", "person.disable"),
    ("POST", f"{_PERSON}/enable"): Rule("people.write", "person.enable"),
    ("POST", f"{_PERSON}/reset"): Rule("people.write", "person.reset"),
    ("DELETE", _PERSON): Rule("people.write", "person.remove"),
    # Open because an invited person has no password yet; the single-use code from their link decides.
    ("POST", f"{_API}/set-up/invitation"): Rule("open"),
    ("POST", f"{_API}/set-up"): Rule("open", "person.set_up"),
    ("GET", f"{_API}/tenants"): Rule("tenants.read", tenants="narrowed"),
    ("POST", f"{_API}/tenants"): Rule("tenants.connect", "tenant.connect"),
    ("POST", f"{_API}/tenants/added"): Rule("tenants.connect", "tenant.add"),
    ("GET", f"{_API}/tenants/credentials"): Rule("tenants.read", tenants="narrowed"),
    ("GET", f"{_API}/tenants/names"): Rule("tenants.read", tenants="narrowed"),
    ("GET", f"{_API}/clouds"): Rule("tenants.read", tenants="none"),
    ("GET", f"{_API}/permissions"): Rule("tenants.read", tenants="none"),
    ("POST", f"{_API}/consent"): Rule("tenants.connect", "consent.start"),
    ("GET", _TENANT): Rule("tenants.read"),
    ("DELETE", _TENANT): Rule("tenants.connect", "tenant.remove"),
    ("GET", f"{_TENANT}/coverage"): Rule("tenants.read"),
    ("GET", f"{_TENANT}/schedule"): Rule("tenants.read"),
    ("PUT", f"{_TENANT}/schedule"): Rule("tenants.write", "schedule.change"),
    ("POST", f"{_TENANT}/backups"): Rule("backups.start", "backup.start", repeatable=True),
    ("GET", f"{_API}/jobs"): Rule("jobs.read", tenants="narrowed"),
    ("GET", f"{_API}/jobs/{{job_id}}"): Rule("jobs.read"),
    ("POST", f"{_API}/jobs/{{job_id}}/cancel"): Rule("jobs.write", "job.cancel"),
    ("POST", f"{_API}/jobs/{{job_id}}/retry"): Rule("jobs.write", "job.retry", repeatable=True),
    ("GET", f"{_TENANT}/snapshots"): Rule("objects.read"),
    ("GET", f"{_TENANT}/snapshots/{{snapshot}}"): Rule("objects.read"),
    ("GET", f"{_TENANT}/snapshots/{{snapshot}}/changes"): Rule("objects.read"),
    ("GET", f"{_TENANT}/timeline"): Rule("objects.read"),
    ("GET", f"{_TENANT}/recycle-bin"): Rule("objects.read"),
    ("GET", f"{_TENANT}/types"): Rule("objects.read"),
    ("GET", f"{_TENANT}/types/{{object_type}}/filters"): Rule("objects.read"),
    ("GET", f"{_TENANT}/objects"): Rule("objects.read"),
    ("GET", _OBJECT): Rule("objects.read"),
    ("GET", f"{_OBJECT}/history"): Rule("objects.read"),
    ("GET", f"{_OBJECT}/raw"): Rule("objects.read"),
    ("POST", f"{_TENANT}/downloads"): Rule("downloads.create", "download.create", repeatable=True),
    ("GET", f"{_TENANT}/downloads"): Rule("jobs.read"),
    ("GET", f"{_API}/downloads/{{job_id}}"): Rule("jobs.read"),
    ("GET", f"{_API}/downloads/{{job_id}}/content"): Rule("downloads.read", "download.fetch"),
    ("POST", f"{_TENANT}/restore-plans"): Rule("restores.plan", "restore.plan", repeatable=True),
    ("GET", f"{_API}/restore-plans/{{plan_id}}"): Rule("restores.read"),
    ("GET", f"{_API}/restore-plans/{{plan_id}}/steps"): Rule("restores.read"),
    ("POST", f"{_API}/restore-plans/{{plan_id}}/apply"): Rule("restores.apply", "restore.apply", repeatable=True),
    ("GET", f"{_API}/restores/{{job_id}}"): Rule("restores.read"),
    ("POST", f"{_API}/restores/{{job_id}}/undo"): Rule("restores.plan", "restore.undo", repeatable=True),
    ("GET", f"{_API}/events"): Rule("jobs.read", tenants="narrowed"),
    ("GET", f"{_API}/audit"): Rule("audit.read", tenants="narrowed"),
    ("GET", f"{_API}/dead-letters"): Rule("dead_letters.read"),
    ("POST", f"{_API}/dead-letters/{{letter_id}}/replay"): Rule("dead_letters.write", "dead_letter.replay"),
    ("POST", f"{_API}/dead-letters/{{letter_id}}/dismiss"): Rule("dead_letters.write", "dead_letter.dismiss"),
}


def granted(subject: Subject) -> Permissions:
    """A token never has more than its owner's role, and nobody who is limited to some tenants what concerns all."""
    found = _BY_ROLE.get(subject.role, frozenset()) & _BY_SCOPE.get(subject.scope, frozenset())
    return found - _INSTALLATION if subject.reach.is_limited else found


def concerns_all(permission: Permission) -> bool:
    return permission in _INSTALLATION


def allows(subject: Subject, permission: Permission) -> bool:
    return permission in granted(subject)
