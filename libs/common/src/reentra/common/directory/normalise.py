"""From Graph's JSON to what is kept, and to what counts as equal.

Kept: everything Graph sent except its bookkeeping (GRAPH.md 4.4: annotations, tips), unknown properties included.
Equal: null, [] and {} count as absent (conditionalaccesspolicy-get); links are in canonical order.
"""

import re
from hashlib import blake2b
from typing import Any

import orjson

_KEPT_ANNOTATION = "@odata.type"
_TIPS = "@microsoft.graph.tips"
_has_mark = re.compile(rb"@(?:odata\.|" + re.escape(_TIPS[1:].encode()) + rb")").search


def strip_annotations(value: dict[str, Any]) -> dict[str, Any]:
    """Drops `@odata.*` (other than `@odata.type`), `x@odata.*` and tips at every depth. `x@delta` must be taken out
    before. Returns the same object when there is nothing to drop: most objects have no annotation at all, and a search
    through the encoded bytes is many times faster than a walk."""
    if not _has_mark(orjson.dumps(value)):
        return value
    return {k: _strip(v) for k, v in value.items() if not _is_bookkeeping(k)}


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, UTF-8, no spaces. A copy, because it is kept: what orjson makes holds 4 KiB for ten
    bytes and 16 for two thousand as long as it lives."""
    return bytes(memoryview(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _strip(v) for k, v in value.items() if not _is_bookkeeping(k)}
    if isinstance(value, list):
        return [_strip(v) for v in value]
    return value


def _is_bookkeeping(key: str) -> bool:
    return "@" in key and (key == _TIPS or ("@odata." in key and not key.endswith(_KEPT_ANNOTATION)))


def without_empty(value: Any) -> Any:
    """The form in which two states are compared: without null, [] and {} in objects, at every depth."""
    if type(value) is dict:
        slim = {}
        for key, item in value.items():
            if item is None:
                continue
            if type(item) in (dict, list):
                item = without_empty(item)
                if not item:
                    continue
            slim[key] = item
        return slim
    if type(value) is list:
        return [without_empty(item) if type(item) in (dict, list) else item for item in value]
    return value


def link_order(entry: dict[str, Any]) -> str:
    return entry.get("id") or canonical(entry).decode()


def same_state(
    properties: dict[str, Any],
    links: dict[str, list[dict[str, Any]]],
    other_properties: dict[str, Any],
    other_links: dict[str, list[dict[str, Any]]],
) -> bool:
    """Whether two states count as equal, whatever their bytes."""
    return without_empty(properties) == without_empty(other_properties) and _filled(links) == _filled(other_links)


def _filled(links: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: entries for name, entries in links.items() if entries}


def content_hash(properties: dict[str, Any], links: dict[str, list[dict[str, Any]]]) -> str:
    """32 hex digits over the canonical bytes as they are stored. Different hashes may still be the same state."""
    return hash_of(canonical(properties), canonical(links))


def hash_of(properties: bytes | memoryview, links: bytes | memoryview) -> str:
    found = blake2b(properties, digest_size=16)
    found.update(b"\n")
    found.update(links)
    return found.hexdigest()
