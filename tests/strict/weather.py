"""Rough answers that Microsoft's documents allow. Each is small; several may come together."""

import asyncio
import copy
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.strict.traffic import Answer, Request

Body = dict[str, Any]
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SLOW_PATHS = "/identity/"


class Weather:
    """`before` may answer instead of Graph; `after` may change what it answered; both see whole requests."""

    async def before(self, request: Request) -> Answer | None:
        return None

    def more_headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        return []

    def after(self, request: Request, answer: Answer) -> Answer:
        return answer


class Rows(Weather):
    """Changes bodies with rows: those of lists and those inside batches."""

    def after(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or not isinstance(answer.body, dict):
            return answer
        body = copy.deepcopy(answer.body)
        if request.path == "/$batch":
            urls = {str(item["id"]): str(item["url"]) for item in request.body["requests"]}
            for row in body.get("responses", ()):
                if isinstance(row.get("body"), dict) and isinstance(row["body"].get("value"), list):
                    row["body"] = self.changed(urls[row["id"]], row["body"])
        elif isinstance(body.get("value"), list):
            body = self.changed(request.target, body)
        return replace(answer, body=body)

    def changed(self, target: str, body: Body) -> Body:
        raise NotImplementedError


class UnevenPages(Rows):
    """Pages of none to a few rows, with links whose tokens need every byte they have. Conditional Access is left in
    larger pages: it takes a second each."""

    def __init__(self, base_url: str, most: int = 4, seed: int = 1) -> None:
        self._base = base_url
        self._most = most
        self._chance = random.Random(seed)
        self._kept: dict[str, Body] = {}

    async def before(self, request: Request) -> Answer | None:
        rest = self._kept.get(request.target)
        if rest is None:
            return None
        headers = {"content-type": "application/json"}
        return Answer(time.monotonic(), 200, headers, self._cut(request.target, copy.deepcopy(rest)))

    def changed(self, target: str, body: Body) -> Body:
        return self._cut(target, body)

    def _cut(self, target: str, body: Body) -> Body:
        rows = body["value"]
        is_slow = target.startswith(_SLOW_PATHS)
        room = len(rows) // 2 + 1 if is_slow else self._chance.randint(0, self._most)
        if len(rows) <= room or (is_slow and "skiptoken" in target):
            return body
        following = f"{target.partition('?')[0]}?%24skiptoken=~{len(self._kept)}%2bA==/+:'(x)*!;%C3%BC,%22&q=%7e|"[:-1]
        self._kept[following] = {**body, "value": rows[room:]}
        shown = {name: value for name, value in body.items() if name not in ("@odata.nextLink", "@odata.deltaLink")}
        return {**shown, "@odata.nextLink": self._base + following, "value": rows[:room]}


class Repeated(Rows):
    """Rows of one page come again at the head of the next ones, whole or as an id with its links (delta)."""

    def __init__(self) -> None:
        self._last: dict[str, Body] = {}

    def changed(self, target: str, body: Body) -> Body:
        path = target.partition("?")[0]
        if "/delta" not in path:
            return body
        earlier = self._last.get(path)
        if body["value"]:
            self._last[path] = copy.deepcopy(body["value"][-1])
        if earlier is None or any(row["id"] == earlier["id"] for row in body["value"]):
            return body
        return {**body, "value": [earlier, *body["value"]]}


class MoreNames(Rows):
    """Properties that no document knows yet, annotations, and tips."""

    def changed(self, target: str, body: Body) -> Body:
        rows = [self._more(row) if "@removed" not in row else row for row in body["value"]]
        return {"@microsoft.graph.tips": "Use $select.", "@odata.count": len(rows), **body, "value": rows}

    def _more(self, row: Body) -> Body:
        return {
            "@odata.id": f"https://graph.example/v2/{row.get('id')}/Microsoft.DirectoryServices.X",
            "@odata.etag": f'W/"{random.random()}"',
            **row,
            "owners@odata.context": "https://graph.example/v1.0/$metadata#owners",
            "owners@odata.navigationLink": "x/owners",
            "futureProperty@odata.type": "#microsoft.graph.future",
            "futureProperty": {"since": 2027, "of": ["a", {"b": None}]},
        }


class OmittedNulls(Rows):
    """Empty values are left out of whole objects: of lists and of the first round of a delta query."""

    def changed(self, target: str, body: Body) -> Body:
        if "deltatoken" in target.lower():
            return body
        return {**body, "value": [_filled(row) for row in body["value"]]}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items() if each is not None and each != []}
    return [_filled(each) for each in value] if isinstance(value, list) else value


class MinimalDelta(Weather):
    """Later rounds tell only what changed, whether asked to or not."""

    def more_headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        prefer = request.headers.get("prefer", "")
        return [(b"prefer", f"{prefer}, return=minimal".encode())] if "/delta" in request.path else []


class OtherCase(Rows):
    """The same ids, written in capitals: in link entries and in what is told of an object later."""

    def changed(self, target: str, body: Body) -> Body:
        if "/delta" not in target:
            return body
        return {**body, "value": [self._shout(row, "token" in target.lower()) for row in body["value"]]}

    def _shout(self, row: Body, later: bool) -> Body:
        changed = dict(row)
        if later and _GUID.fullmatch(str(row.get("id", ""))):
            changed["id"] = row["id"].upper()
        for name, entries in row.items():
            if name.endswith("@delta"):
                changed[name] = [{**entry, "id": str(entry["id"]).upper()} for entry in entries]
        return changed


class UntypedMembers(Rows):
    """Rows of a members list without their type, with their address instead."""

    def changed(self, target: str, body: Body) -> Body:
        if not target.partition("?")[0].endswith(("/members", "/owners")):
            return body
        rows = [
            {"@odata.id": f"x/{row['id']}", **{k: v for k, v in row.items() if k != "@odata.type"}}
            for row in body["value"]
        ]
        return {**body, "value": rows}


class Packed(Weather):
    """gzip, for who accepts it; and slow."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds

    async def before(self, request: Request) -> Answer | None:
        await asyncio.sleep(self._seconds)
        return None

    def after(self, request: Request, answer: Answer) -> Answer:
        return replace(answer, headers={**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"})


class Storm(Weather):
    """Every nth request that matches is refused or broken; batch items too when `items` is set.

    `status` 0 breaks the connection; `half` sends half a body first, after Graph has done its work; `after` refuses
    only then.
    """

    def __init__(
        self,
        every: int,
        status: int,
        *,
        retry_after: int | None = None,
        matching: Callable[[Request], bool] = lambda request: True,
        items: bool = False,
        half: bool = False,
        after: bool = False,
        most: int = 10_000,
        code: str = "TooManyRequests",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._every = every
        self._status = status
        self._headers = {**({"retry-after": str(retry_after)} if retry_after is not None else {}), **(headers or {})}
        self._matching = matching
        self._items = items
        self._half = half
        self._after = after
        self._left = most
        self._code = code
        self._count = 0
        self.struck = 0

    async def before(self, request: Request) -> Answer | None:
        late = self._items or self._half or self._after
        return None if late or not self._strikes(request) else self._refusal()

    def after(self, request: Request, answer: Answer) -> Answer:
        if self._half and answer.status == 200 and self._strikes(request):
            return replace(answer, status=0, at=time.monotonic())
        if self._after and self._strikes(request):
            return self._refusal()
        if self._items and request.path == "/$batch" and isinstance(answer.body, dict):
            rows = [self._refused(row) if self._strikes(request) else row for row in answer.body["responses"]]
            return replace(answer, body={**answer.body, "responses": rows}, at=time.monotonic())
        return answer

    def _refusal(self) -> Answer:
        headers = {"content-type": "application/json", **self._headers}
        return Answer(time.monotonic(), self._status, headers, self._body() if self._status else None)

    def _strikes(self, request: Request) -> bool:
        if self._left <= 0 or not self._matching(request):
            return False
        self._count += 1
        if self._count % self._every:
            return False
        self._left -= 1
        self.struck += 1
        return True

    def _refused(self, row: Body) -> Body:
        wait = self._headers.get("retry-after")
        headers = {"Retry-After": wait} if wait is not None else {}
        return {"id": row["id"], "status": self._status, "headers": headers, "body": self._body()}

    def _body(self) -> Body:
        """The inner error is spelt both ways by Graph."""
        inner = {"date": "2026-08-01T00:00:00", "request-id": "r", "client-request-id": "c"}
        spelt = "innererror" if self.struck % 2 else "innerError"
        return {"error": {"code": self._code, "message": "The service said no.", spelt: inner}}


class Looped(Rows):
    """Two pages that name each other as the next one, for ever."""

    def __init__(self, base_url: str, path: str) -> None:
        self._base = base_url
        self._path = path

    async def before(self, request: Request) -> Answer | None:
        if request.path != self._path or "circle" not in request.target:
            return None
        following = request.target.replace("ab", "x").replace("ba", "ab").replace("x", "ba")
        body = {"value": [], "@odata.nextLink": self._base + following}
        return Answer(time.monotonic(), 200, {"content-type": "application/json"}, body)

    def changed(self, target: str, body: Body) -> Body:
        if target.partition("?")[0] != self._path:
            return body
        kept = {name: value for name, value in body.items() if name != "@odata.deltaLink"}
        return {**kept, "@odata.nextLink": f"{self._base}{self._path}?$skiptoken=circle-ab"}


class OtherHost(Rows):
    """The next page of one collection is said to be elsewhere."""

    def __init__(self, base_url: str, elsewhere: str, path: str) -> None:
        self._base = base_url
        self._elsewhere = elsewhere
        self._path = path

    def changed(self, target: str, body: Body) -> Body:
        if target.partition("?")[0] != self._path:
            return body
        return {**body, "@odata.nextLink": f"{self._elsewhere}{self._path}?$skiptoken=x"}
