"""What a new object holds before anybody has set anything: nulls, and collections without elements."""

from __future__ import annotations

from typing import Any


def unset(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


def empty(names: str) -> dict[str, Any]:
    return {name: [] for name in names.split()}
