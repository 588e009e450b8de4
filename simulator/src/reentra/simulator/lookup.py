"""Finds objects by a property's value without scanning: an index is built on first use and then kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def _keys(value: Any) -> Iterable[str]:
    """Entra compares these values without regard to case; every element of a collection counts."""
    if isinstance(value, str):
        return (value.casefold(),)
    if isinstance(value, list):
        return tuple(item.casefold() for item in value if isinstance(item, str))
    return ()


class Lookup:
    """Indexes of one object type, by property."""

    def __init__(self) -> None:
        self._indexes: dict[str, dict[str, dict[str, None]]] = {}

    def find(self, objects: Iterable[Mapping[str, Any]], property_name: str, value: str) -> list[str]:
        """Ids in the order they came. `objects` is read only when the index does not exist yet."""
        index = self._indexes.get(property_name)
        if index is None:
            index = self._indexes[property_name] = {}
            for item in objects:
                self._put(index, property_name, item)
        return list(index.get(value.casefold(), ()))

    def add(self, item: Mapping[str, Any]) -> None:
        for property_name, index in self._indexes.items():
            self._put(index, property_name, item)

    def remove(self, item: Mapping[str, Any]) -> None:
        for property_name, index in self._indexes.items():
            for key in _keys(item.get(property_name)):
                ids = index.get(key)
                if ids is not None:
                    ids.pop(item["id"], None)
                    if not ids:
                        del index[key]

    @staticmethod
    def _put(index: dict[str, dict[str, None]], property_name: str, item: Mapping[str, Any]) -> None:
        for key in _keys(item.get(property_name)):
            index.setdefault(key, {})[item["id"]] = None
