"""What Reentra keeps of a tenant, type by type, and what it could put back; computed from the catalogue of types and
what the last backup met."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reentra.common.connecting import Purpose
from reentra.common.directory.catalog import CATALOG, ObjectType

State = Literal["not_yet", "backed_up", "partial", "not_captured"]
Restorable = Literal["yes", "needs_restore_app", "read_only"]


@dataclass(frozen=True, slots=True)
class RelationshipCoverage:
    name: str
    restorable: bool


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """`properties` empty: everything that Graph gives by default. `reason`: why the last backup did not capture all."""

    object_type: str
    label: str
    state: State
    reason: str | None
    restorable: Restorable
    properties: list[str]
    read_only_properties: list[str]
    relationships: list[RelationshipCoverage]
    read_permissions: list[str]
    restore_permissions: list[str]


def coverage(last_backup: Mapping[str, Any], *, can_write: bool) -> list[TypeCoverage]:
    """`last_backup`: the newest snapshot's outcome per type."""
    return [_of(row, last_backup.get(row.name), can_write) for row in CATALOG.values()]


@dataclass(frozen=True, slots=True)
class AskedPermission:
    """An application permission of Microsoft Graph, and the labels of the types that need it."""

    name: str
    purpose: Purpose
    object_types: list[str]


def asked_permissions() -> list[AskedPermission]:
    """By purpose, then by name."""
    found: dict[tuple[Purpose, str], list[str]] = {}
    for row in CATALOG.values():
        for permission in row.read_permissions:
            found.setdefault(("backup", permission), []).append(row.labels)
        for permission in row.restore_permissions:
            found.setdefault(("restore", permission), []).append(row.labels)
    return [AskedPermission(name, purpose, types) for (purpose, name), types in sorted(found.items())]


def _of(row: ObjectType, outcome: Mapping[str, Any] | None, can_write: bool) -> TypeCoverage:
    writable = row.can_create or row.can_update
    return TypeCoverage(
        object_type=row.name,
        label=row.labels,
        state=_state(outcome),
        reason=(outcome or {}).get("reason") or None,
        restorable=("yes" if can_write else "needs_restore_app") if writable else "read_only",
        properties=list(row.select),
        read_only_properties=list(row.read_only),
        relationships=[RelationshipCoverage(name=r.name, restorable=r.writable) for r in row.relationships],
        read_permissions=list(row.read_permissions),
        restore_permissions=list(row.restore_permissions),
    )


def _state(outcome: Mapping[str, Any] | None) -> State:
    if outcome is None:
        return "not_yet"
    if outcome.get("status") == "failed":
        return "not_captured"
    return "partial" if outcome.get("reason") else "backed_up"
