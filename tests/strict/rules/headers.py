"""What goes with every request, and how a batch is put together."""

import re
from collections.abc import Iterator

from tests.strict.traffic import Answer, Request, items_of

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST_ITEMS = 20
_ENUMERATIONS = ("/identity/conditionalAccess/",)


class Headers:
    def __init__(self) -> None:
        self._seen: set[str] = set()

    def asked(self, request: Request) -> Iterator[str]:
        headers = request.headers
        names_members = "include-unknown-enum-members" in headers.get("prefer", "")
        if request.method == "GET" and request.path.startswith(_ENUMERATIONS) and not names_members:
            yield "without Prefer: include-unknown-enum-members a backup loses values"
        has_body = request.body is not None
        if has_body and not headers.get("content-type", "").startswith("application/json"):
            yield "a body needs Content-Type: application/json"
        if request.in_batch:
            return
        if not headers.get("authorization", "").startswith("Bearer "):
            yield "there is no bearer"
        mark = headers.get("client-request-id", "")
        if not _GUID.fullmatch(mark):
            yield "client-request-id is not a GUID"
        elif mark in self._seen:
            yield "client-request-id was used before"
        self._seen.add(mark)

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        return iter(())


class Batches:
    def asked(self, request: Request) -> Iterator[str]:
        if request.path != "/$batch":
            return
        rows = request.body.get("requests") if isinstance(request.body, dict) else None
        if not isinstance(rows, list) or not rows:
            yield "a batch without requests"
            return
        if len(rows) > _MOST_ITEMS:
            yield f"a batch of {len(rows)} items"
        if not all(isinstance(row.get("id"), str) and row["id"] for row in rows):
            yield "batch ids are strings"
        if len({row.get("id") for row in rows}) != len(rows):
            yield "batch ids are not unique"
        for item in items_of(request).values():
            if not item.target.startswith("/") or item.target.startswith(("/v1.0", "/beta", "//", "/$batch")):
                yield f"a batch item's url is relative and without version: {item.target}"
        yield from _order(rows)

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        return iter(())


def _order(rows: list[dict[str, object]]) -> Iterator[str]:
    """Fully parallel, or fully sequential with each naming the one before (json-batching)."""
    depends = [row.get("dependsOn") for row in rows]
    if not any(depends):
        return
    earlier: list[object] = [row["id"] for row in rows]
    for number, named in enumerate(depends):
        if named != (None if number == 0 else [earlier[number - 1]]):
            yield "dependsOn: a batch is fully sequential or fully parallel"
            return
