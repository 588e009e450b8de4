"""From Graph's JSON to what is kept, and to what counts as equal.

Kept: everything Graph sent except its bookkeeping (GRAPH.md 4.4: annotations, tips), unknown properties included.
Equal: null, [] and {} count as absent (conditionalaccesspolicy-get); the order of links does not count.
"""

import hashlib
from typing import Any

import orjson

_KEPT_ANNOTATION = "@odata.type"
_TIPS = "@microsoft.graph.tips"


def strip_annotations(value: dict[str, Any]) -> dict[str, Any]:
    """Drops `@odata.*` (other than `@odata.type`), `x@odata.*` and tips at every depth. `x@delta` must be taken out
    before. Returns the same object when there is nothing to drop."""
    if not _has_annotation(value):
        return value
    return {k: _strip(v) for k, v in value.items() if not _is_bookkeeping(k)}


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _strip(v) for k, v in value.items() if not _is_bookkeeping(k)}
    if isinstance(value, list):
        return [_strip(v) for v in value]
    return value


def _is_bookkeeping(key: str) -> bool:
    return "@" in key and (key == _TIPS or ("@odata." in key and not key.endswith(_KEPT_ANNOTATION)))


def _has_annotation(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_bookkeeping(k) or (type(v) in (dict, list) and _has_annotation(v)) for k, v in value.items())
    if isinstance(value, list):
        return any(type(v) in (dict, list) and _has_annotation(v) for v in value)
    return False


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
    return entry.get("id") or orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode()


def content_hash(properties: dict[str, Any], links: dict[str, list[dict[str, Any]]]) -> str:
    """Hex SHA-256 (first 32 digits) of the comparable form: equal states have equal hashes."""
    comparable = [without_empty(properties), {name: entries for name, entries in links.items() if entries}]
    return hashlib.sha256(orjson.dumps(comparable, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
