"""Page and delta links are opaque: followed byte for byte, to one host only, once in a round unless it failed."""

from collections.abc import Iterator
from typing import Any

from tests.strict.traffic import Answer, Request


class Links:
    def __init__(self, base_url: str) -> None:
        self._base = base_url
        self._given: set[str] = set()
        self._eventual: set[str] = set()
        self._used: set[str] = set()

    def new_round(self) -> None:
        """Another backup or restore begins: a delta link may be asked again."""
        self._used.clear()

    def asked(self, request: Request) -> Iterator[str]:
        if request.headers.get("authorization") and self._base.partition("//")[2].partition("/")[0] != request.host:
            yield f"the bearer was sent to {request.host}"
        if not request.is_link:
            return
        if request.target not in self._given:
            yield "a page or delta token was altered, made up or moved to another address"
        if request.target in self._used:
            yield "a link that had been answered was asked again in the same round"
        if request.target in self._eventual and "consistencylevel" not in request.headers:
            yield "the next page of an advanced query needs ConsistencyLevel again"

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        if request.is_link and 200 <= answer.status < 300:
            self._used.add(request.target)
        for link in _links_in(answer.body):
            target = link.removeprefix(self._base)
            self._given.add(target)
            if "consistencylevel" in request.headers:
                self._eventual.add(target)
        return iter(())


def _links_in(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for name in ("@odata.nextLink", "@odata.deltaLink"):
            if isinstance(body.get(name), str):
                yield body[name]
        for name, value in body.items():
            if name.endswith("@odata.nextLink") and isinstance(value, str):
                yield value
        rows = body.get("value")
        for row in rows if isinstance(rows, list) else ():
            yield from _links_in(row)
