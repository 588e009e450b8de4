"""How a run is judged: complete, partial or suspicious. Never green when something was not captured. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from reentra.common.stores.catalogue import SnapshotResult

_SMALL = 10
"""Below this many objects a halved type is everyday life; only a type that vanished altogether is suspicious."""


@dataclass(frozen=True, slots=True)
class TypeOutcome:
    """`before`, `now`: live objects in the last sealed snapshot and in this one. `reason` set: not captured. `gap` set:
    captured but for some properties."""

    before: int
    now: int
    reason: str | None = None
    gap: str | None = None


def shrink_warning(outcome: TypeOutcome) -> str | None:
    """The shrink guard (B8): a type that falls to zero or by half."""
    if outcome.before > 1 and outcome.now == 0:
        return f"fell from {outcome.before} objects to none"
    if outcome.before >= _SMALL and outcome.now * 2 <= outcome.before:
        return f"fell from {outcome.before} objects to {outcome.now}"
    return None


def judge(outcomes: Mapping[str, TypeOutcome]) -> SnapshotResult:
    if any(shrink_warning(o) for o in outcomes.values() if not o.reason):
        return "suspicious"
    if any(o.reason or o.gap for o in outcomes.values()):
        return "partial"
    return "complete"
