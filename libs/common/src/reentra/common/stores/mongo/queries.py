"""Dotted paths and conditions -> MongoDB's filters. Its order of types is the port's: null, numbers, text."""

import re
from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from reentra.common.errors import Rejected
from reentra.common.stores.documents import Above, AnyOf, Below, Condition, Index, Query, Scalar

_PATH = re.compile(r"[A-Za-z0-9_@-]+(\.[A-Za-z0-9_@-]+)*")
_BODY = "body."
Filter = dict[str, Any]


def field(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise Rejected(f"{path!r} is not a path into a document.")
    return _BODY + path


def index_model(index: Index) -> IndexModel:
    """The id at the end lets an index give the order of `find` as well."""
    fields = [field(path) for path in index.fields]
    if not index.unique:
        return IndexModel([*((name, ASCENDING) for name in fields), ("_id", ASCENDING)], name=index.name)
    # Documents without one of the fields, or with null in it, are not in the index and never collide.
    present = {name: {"$type": ["string", "number", "bool"]} for name in fields}
    return IndexModel(
        [(name, ASCENDING) for name in fields], name=index.name, unique=True, partialFilterExpression=present
    )


def where(conditions: Mapping[str, Condition]) -> Filter:
    return {field(path): _condition(condition) for path, condition in conditions.items()}


def page(query: Query) -> Filter:
    conditions = where(query.where)
    after = _after(query)
    return {"$and": [conditions, after]} if after else conditions


def order(query: Query) -> list[tuple[str, int]]:
    direction = DESCENDING if query.descending else ASCENDING
    columns = [field(query.order_by)] if query.order_by else []
    return [(name, direction) for name in (*columns, "_id")]


def _condition(condition: Condition) -> Any:
    """Comparisons look at values of the same kind only, and equality with null finds missing ones as well."""
    match condition:
        case AnyOf(values):
            return {"$in": list(values)}
        case Below(value):
            return {"$lt": value}
        case Above(value):
            return {"$gt": value}
    return {"$eq": condition}


def _after(query: Query) -> Filter:
    """Documents behind the last one seen."""
    if query.after is None:
        return {}
    value, last_id = query.after
    behind = {"$lt": last_id} if query.descending else {"$gt": last_id}
    if query.order_by is None:
        return {"_id": behind}
    name = field(query.order_by)
    same = {name: {"$eq": value}, "_id": behind}
    return {"$or": [same, *_other_values(name, value, descending=query.descending)]}


def _other_values(name: str, value: Scalar, *, descending: bool) -> list[Filter]:
    if value is None:
        return [] if descending else [{name: {"$ne": None}}]
    if descending:
        numbers = [{name: {"$type": "number"}}] if isinstance(value, str) else []
        return [{name: {"$lt": value}}, *numbers, {name: {"$eq": None}}]
    texts = [] if isinstance(value, str) else [{name: {"$type": "string"}}]
    return [{name: {"$gt": value}}, *texts]
