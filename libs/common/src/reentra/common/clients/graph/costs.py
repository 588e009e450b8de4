"""What a request costs in resource units, and which lane it takes. Data from Microsoft's throttling-limits page.

Used before a request is sent; the answer's `x-ms-resource-unit` corrects it.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

LaneName = Literal["directory", "conditional_access"]
LANES: tuple[LaneName, ...] = ("directory", "conditional_access")


@dataclass(frozen=True, slots=True)
class _Cost:
    pattern: re.Pattern[str]
    units: int


def _cost(pattern: str, units: int) -> _Cost:
    return _Cost(re.compile(pattern, re.IGNORECASE), units)


_READS = (
    _cost(r"^/groups/[^/]+/transitiveMembers", 5),
    _cost(r"^/groups/[^/]+/members", 3),
    _cost(r"^/domains/[^/]+/domainNameReferences", 4),
    _cost(r"^/[^/]+/[^/]+/(memberOf|transitiveMemberOf|ownedObjects|licenseDetails)", 2),
    _cost(r"^/oauth2PermissionGrants", 2),
    _cost(r"^/servicePrincipals/[^/]+/(oauth2PermissionGrants|appRoleAssignments|appRoleAssignedTo)", 2),
    _cost(r"^/(contracts|subscribedSkus)", 3),
    _cost(r"^/(users|applications)(?=$|/|\()", 2),
)
_ACTIONS = (
    _cost(r"/getByIds$", 5),
    _cost(r"/(checkMemberGroups|checkMemberObjects)$", 4),
    _cost(r"/(getMemberGroups|getMemberObjects)$", 2),
)
_SLOW_LANE = re.compile(r"^/(identity/conditionalAccess|identityProtection)(?=$|/)", re.IGNORECASE)
_SMALL_TOP = re.compile(r"[?&]\$top=1?\d(?!\d)")


def lane_of(path: str) -> LaneName:
    return "conditional_access" if _SLOW_LANE.match(path) else "directory"


def resource_units(method: str, path: str) -> int:
    """`path` is relative to `/v1.0`, with its query; at least 1."""
    address, _, query = path.partition("?")
    question = "?" + unquote(query)
    if method == "POST":
        for row in _ACTIONS:
            if row.pattern.search(address):
                return max(1, row.units - (3 if row.units == 5 and "$select=" in question else 0))
    if method != "GET":
        return 1
    units = next((row.units for row in _READS if row.pattern.search(address)), 1)
    units += ("$expand=" in question) - ("$select=" in question) - bool(_SMALL_TOP.search(question))
    return max(1, units)
