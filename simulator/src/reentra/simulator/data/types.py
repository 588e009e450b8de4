"""Object types: their Graph name, default properties and what can be selected or filtered, from properties.json."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files

_EXTENSION = re.compile(r"extension_[0-9a-f]{32}_|ext[a-z0-9]{8}_")

BOOLEANS = frozenset(
    [
        "accountEnabled",
        "appRoleAssignmentRequired",
        "isAssignableToRole",
        "isBuiltIn",
        "isCompliant",
        "isDefault",
        "isEnabled",
        "isFallbackPublicClient",
        "isInitial",
        "isManaged",
        "isManagementRestricted",
        "isMemberManagementRestricted",
        "isResourceAccount",
        "isVerified",
        "mailEnabled",
        "onPremisesSyncEnabled",
        "securityEnabled",
        "showInAddressList",
    ]
)
"""Edm.Boolean in every type that has them."""
_DOCUMENTED_FILTERS = frozenset({"user", "group", "application", "servicePrincipal", "device"})


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """`default` None: everything but `only_when_selected` comes without $select."""

    name: str
    graph_type: str
    default: tuple[str, ...] | None
    only_when_selected: frozenset[str]
    single_object_only: frozenset[str]
    properties: frozenset[str]
    collections: frozenset[str]
    navigation: frozenset[str]
    filterable: frozenset[str]

    def knows(self, name: str) -> bool:
        """Extension attributes are properties of every type that can carry them."""
        return name in self.properties or _EXTENSION.match(name) is not None

    def filters(self, name: str) -> bool:
        """Only the large directory types document which of their properties filter; the others take any."""
        if self.name not in _DOCUMENTED_FILTERS:
            return self.knows(name)
        return name in self.filterable or _EXTENSION.match(name) is not None


def _load() -> dict[str, TypeFacts]:
    rows = json.loads(files(__package__).joinpath("properties.json").read_text("utf-8"))
    return {
        name: TypeFacts(
            name=name,
            graph_type=row["graphType"],
            default=None if row["default"] is None else tuple(row["default"]),
            only_when_selected=frozenset(row["onlyWhenSelected"]),
            single_object_only=frozenset(row["singleObjectOnly"]),
            properties=frozenset(row["properties"]),
            collections=frozenset(row["collections"]),
            navigation=frozenset(row["navigation"]),
            filterable=frozenset(row["filterable"]),
        )
        for name, row in rows.items()
    }


TYPES = _load()
BY_GRAPH_TYPE = {facts.graph_type.removeprefix("#"): name for name, facts in TYPES.items() if name != "groupOwnSetting"}
"""microsoft.graph.user -> user."""
EXTRA_PERMISSION = {
    "customSecurityAttributes": ("CustomSecAttributeAssignment.Read.All", "CustomSecAttributeAssignment.ReadWrite.All"),
    "employeeLeaveDateTime": ("User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"),
    "signInActivity": ("AuditLog.Read.All",),
}
"""Properties that need one of these app roles besides the type's own."""
