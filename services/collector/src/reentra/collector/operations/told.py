"""What a sealed snapshot's manifest, its job and its events tell of each object type."""

from collections.abc import Mapping
from typing import Any

from reentra.collector.domain.omissions import reason_of, replaced_reason
from reentra.collector.operations.checkpoint import TypeState
from reentra.common.directory.catalog import CATALOG
from reentra.common.ids import ObjectTypeName
from reentra.common.stores.catalogue import SnapshotResult
from reentra.common.stores.documents import Json


def sealed_type(name: str, state: TypeState, remembered: Json | None) -> Json:
    """What the manifest says of a type. One that failed keeps the delta link of its last good read: the next backup
    takes up from there, and what this one stored of it comes again."""
    good, gap = state.reason is None, gap_of(name, state)
    earlier = remembered or {}
    return {
        "status": "failed" if not good else "partial" if gap else "complete",
        "mode": state.mode,
        "reason": state.reason or gap,
        "warning": state.warning,
        "objects": state.objects,
        "read": state.read,
        "added": state.added,
        "changed": state.changed,
        "removed": state.removed,
        "started_at": state.started_at,
        "ended_at": state.ended_at,
        "full_at": state.full_at if good else earlier.get("full_at"),
        "sweeps": state.sweeps if good else dict(earlier.get("sweeps") or {}),
        "asked": CATALOG[ObjectTypeName(name)].asked if good else earlier.get("asked"),
        "singles": state.singles,
        "omitted": state.omitted if good else dict(earlier.get("omitted") or {}),
        "replaced": state.replaced if good else dict(earlier.get("replaced") or {}),
        "delta_link": state.delta_link if good else earlier.get("delta_link"),
    }


def gap_of(name: str, state: TypeState) -> str | None:
    return joined(reason_of(CATALOG[ObjectTypeName(name)], state.omitted), replaced_reason(state.replaced))


def counts_only(types: Mapping[str, Json]) -> dict[str, Any]:
    keys = ("status", "objects", "added", "changed", "removed")
    return {name: {k: t[k] for k in keys} for name, t in types.items()}


def message_of(number: int, result: SnapshotResult, types: Mapping[str, Json]) -> str:
    """Types with the same reason are told together: consent that is gone is one reason for most of them."""
    concerned: dict[str, list[str]] = {}
    for name, t in types.items():
        if note := joined(t["reason"], t["warning"]):
            concerned.setdefault(note, []).append(CATALOG[ObjectTypeName(name)].labels)
    notes = [f"{', '.join(labels)}: {note.removesuffix('.')}." for note, labels in concerned.items()]
    return " ".join([f"Snapshot {number} is {result}.", *notes])


def joined(*notes: str | None) -> str | None:
    """Of sentences and of parts of one."""
    said = [note for note in notes if note]
    return "; ".join([*(note.removesuffix(".") for note in said[:-1]), *said[-1:]]) or None
