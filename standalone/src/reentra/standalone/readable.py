"""Values of Graph's JSON for the eye: a line per entry of a list, `name: value` pairs of what is not empty."""

from collections.abc import Iterator
from typing import Any


def lines(value: object) -> list[str]:
    """No line for what holds nothing but null, [] and {}."""
    if isinstance(value, list):
        return [text for entry in value if (text := _inline(entry))]
    return [text] if (text := _inline(value)) else []


def scalar(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _inline(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(_pairs(value))
    if isinstance(value, list):
        return "; ".join(lines(value))
    return scalar(value)


def _pairs(value: dict[str, Any]) -> Iterator[str]:
    for name, inner in value.items():
        text = _inline(inner)
        if text:
            yield f"{name}: ({text})" if isinstance(inner, dict | list) else f"{name}: {text}"
