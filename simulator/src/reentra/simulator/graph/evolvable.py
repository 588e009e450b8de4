"""Enumeration members added after `unknownFutureValue` are shown only to clients that prefer to see them."""

from __future__ import annotations

from typing import Any

from .context import GraphRequest

_LATER_MEMBERS = {
    "includePlatforms": frozenset({"linux"}),
    "excludePlatforms": frozenset({"linux"}),
    "builtInControls": frozenset({"riskRemediation"}),
}
_TYPES = frozenset({"conditionalAccessPolicy"})


def as_preferred(request: GraphRequest, type_name: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Without `Prefer: include-unknown-enum-members` a backup loses these values."""
    if type_name not in _TYPES or request.prefers("include-unknown-enum-members"):
        return shown
    masked: dict[str, Any] = _masked(shown)
    return masked


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _members(name, inner) if name in _LATER_MEMBERS else _masked(inner) for name, inner in value.items()}


def _members(name: str, values: Any) -> Any:
    if not isinstance(values, list):
        return values
    later = _LATER_MEMBERS[name]
    return ["unknownFutureValue" if value in later else value for value in values]
