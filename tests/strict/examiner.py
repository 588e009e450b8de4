"""Another party's Graph: it sees every request, judges it by its own rules, and may answer as roughly as Graph may.

    examiner = Examiner(app, base_url=..., who=...)      an ASGI application around another one
    examiner.violations                                  what no client of Graph may do, in words
    examiner.weather = [...]                             how answers are disturbed (weather.py)

One request at a time is judged in the order of arrival; batch items are judged like requests of their own.
"""

import asyncio
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from tests.strict.rules.headers import Batches, Headers
from tests.strict.rules.links import Links
from tests.strict.rules.patience import Patience
from tests.strict.rules.reading import Reading
from tests.strict.rules.writing import Bodies, Repeats
from tests.strict.traffic import Answer, Request, Rule, answers_of, items_of
from tests.strict.weather import Weather

Scope = MutableMapping[str, Any]
_ROOT = "/v1.0"


class Examiner:
    """`who` tells tenant and app of a bearer."""

    def __init__(self, app: Any, *, base_url: str, who: Callable[[str], tuple[str, str]]) -> None:
        self._app = app
        self._who = who
        self._links = Links(base_url)
        self._rules: list[Rule] = [
            Reading(), self._links, Headers(), Batches(), Patience(), Bodies(base_url), Repeats(),
        ]  # fmt: skip
        self.base_url = base_url
        self.violations: list[str] = []
        self.weather: Sequence[Weather] = ()
        self.asked: Counter[str] = Counter()

    def new_round(self) -> None:
        self._links.new_round()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        path = (scope.get("raw_path") or scope.get("path", "").encode()).decode("latin-1").partition("?")[0]
        if scope["type"] != "http" or not path.startswith(_ROOT + "/"):
            await self._app(scope, receive, send)
            return
        raw = await _whole_body(receive)
        request = self._read(scope, path, raw)
        self._judge_request(request)
        answer = await self._answer(request, scope, raw)
        self._judge_answer(request, answer)
        await _send(send, request, answer)

    def _read(self, scope: Scope, path: str, raw: bytes) -> Request:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode("latin-1")
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        return Request(
            time.monotonic(),
            scope["method"],
            path[len(_ROOT) :] + (f"?{query}" if query else ""),
            headers,
            json.loads(raw) if raw else None,
            self._who(bearer),
            headers.get("host", ""),
        )

    async def _answer(self, request: Request, scope: Scope, raw: bytes) -> Answer:
        for part in self.weather:
            if (instead := await part.before(request)) is not None:
                return instead
        for part in self.weather:
            scope = {**scope, "headers": [*scope["headers"], *part.more_headers(request)]}
        answer = await _inner(self._app, scope, raw)
        for part in self.weather:
            answer = part.after(request, answer)
        return answer

    def _judge_request(self, request: Request) -> None:
        for each in (request, *items_of(request).values()):
            self.asked[f"{each.method} {each.path}"] += 1
            for rule in self._rules:
                self.violations += [f"{each.method} {each.target[:160]}: {said}" for said in rule.asked(each)]

    def _judge_answer(self, request: Request, answer: Answer) -> None:
        items = items_of(request)
        parts = answers_of(answer) if answer.status == 200 and items else {}
        lost = Answer(answer.at, answer.status or 0, answer.headers)
        for each, its in [(request, answer), *((item, parts.get(key, lost)) for key, item in items.items())]:
            for rule in self._rules:
                self.violations += [f"{each.method} {each.target[:160]}: {said}" for said in rule.answered(each, its)]


async def _whole_body(receive: Any) -> bytes:
    raw = b""
    while True:
        message = await receive()
        raw += message.get("body", b"")
        if not message.get("more_body"):
            return raw


async def _inner(app: Any, scope: Scope, raw: bytes) -> Answer:
    """What the application behind answers; a connection that it breaks is status 0."""
    start: dict[str, Any] = {}
    chunks: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            chunks.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except ConnectionResetError:
        return Answer(time.monotonic(), 0)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
    content = b"".join(chunks)
    body = json.loads(content) if content and headers.get("content-type", "").startswith("application/json") else None
    return Answer(time.monotonic(), start["status"], headers, body)


async def _send(send: Any, request: Request, answer: Answer) -> None:
    if answer.status == 0:
        await _break(send, answer)
        return
    content = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    if headers.get("content-encoding") == "gzip" and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content)
    else:
        headers.pop("content-encoding", None)
    headers["content-length"] = str(len(content))
    rows = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": rows})
    await send({"type": "http.response.body", "body": content})


async def _break(send: Any, answer: Answer) -> None:
    """Half a body when there is one, else not a byte."""
    if answer.body is not None:
        content = json.dumps(answer.body).encode()
        rows = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": rows})
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        await asyncio.sleep(0)
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
    else:
        raise ConnectionResetError("the examiner cut this connection")
