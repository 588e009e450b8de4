"""One request, sent as often as is right and no more often.

Repeated: 429, for any method (Graph did nothing), never before `Retry-After`; 401, once between two waits, with a
renewed token, and so the first 403 to a read; no connection at all; and, where repeating is harmless (reads), resets,
half bodies and 5xx, on a new connection, with growing pauses. Anything else is raised as one of `failures`; a write
without an answer is `GraphOutcomeUnknown`.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import httpx
import orjson

from reentra.common.clients.graph.answers import GraphStats
from reentra.common.clients.graph.costs import LaneName
from reentra.common.clients.graph.failures import (
    GraphOutcomeUnknown,
    GraphRejected,
    GraphRetryLater,
    code_and_message,
    failure_of,
)
from reentra.common.clients.graph.halves import read_with_halves
from reentra.common.clients.graph.lanes import Lanes
from reentra.common.clients.graph.pace import Pace, Unwanted
from reentra.common.clients.graph.rows import page_body
from reentra.common.clients.graph.settings import GraphSettings

_TEMPORARY = frozenset({500, 502, 503, 504, 507, 509})
_NOTHING = httpx.ByteStream(b"")


@dataclass(frozen=True, slots=True)
class Call:
    """`url` is whole and checked. `units` None: one request of the table's cost. `repeatable`: a lost answer may be
    asked for again."""

    method: str
    url: str
    what: str
    lane: LaneName
    units: int
    writes: int
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    follows_delta: bool = False
    counts_units: bool = True
    repeatable: bool = True
    refused_token: str | None = field(default=None, repr=False)
    """One that was not accepted for the same before: it goes out with another."""
    is_page: bool = False
    """Its rows may stay encoded (`rows.Rows`)."""


@dataclass(frozen=True, slots=True)
class Received:
    status: int
    headers: Mapping[str, str]
    body: Any
    token: str = field(repr=False)
    """With which it was asked."""


@dataclass(slots=True)
class _Patience:
    """What one call has used up."""

    tries: int = 0
    throttles: int = 0
    waited: float = 0.0
    refused_token: str | None = None
    renewed_after: float = -1.0
    """What had been waited when the token was renewed last."""

    def may_renew(self, status: int, token: str) -> bool:
        """Once, and again after a wait: a token may be shorter than a pause that Graph asks for. Where the new token is
        the old one, a 403 is believed."""
        return self.waited > self.renewed_after and (status == 401 or token != self.refused_token)


class _Broken(Exception):
    """The answer did not arrive whole."""


class _NotSent(Exception):
    """No connection: Graph never saw the request."""


Bearer = Callable[[str | None], Awaitable[str]]
"""Given the token that was refused, or None, the token to use."""

Check = Callable[[], None]
"""Called when a connection is open and the request would go out next; what it raises keeps it here."""


class Sender:
    def __init__(
        self,
        http: httpx.AsyncClient,
        lanes: Lanes,
        bearer: Bearer,
        stats: GraphStats,
        settings: GraphSettings,
        pace: Pace,
        common_headers: Mapping[str, str],
        check: Check,
        unwanted: Unwanted | None,
    ) -> None:
        self._http = http
        self._lanes = lanes
        self._bearer = bearer
        self._stats = stats
        self._settings = settings
        self._pace = pace
        self._common_headers = common_headers
        self._check = check
        self._unwanted = unwanted
        self._forbidden_token = ""

    async def send(self, call: Call) -> Received:
        """A 2xx answer, or one of `failures`."""
        used = _Patience(refused_token=call.refused_token)
        while True:
            await self._turn(call, used)
            token = await self._bearer(used.refused_token)
            try:
                received = await self._once(call, token, fresh=used.tries > 0)
            except _NotSent as error:
                await self._again(call, used, f"no connection ({error})")
                continue
            except _Broken as error:
                self._must_be_repeatable(call, f"the answer broke off ({error})")
                await self._again(call, used, f"the answer broke off ({error})")
                continue
            if received.status < 300:
                return received
            if used.may_renew(received.status, token) and self.may_be_outdated(call.method, received.status, token):
                used.refused_token, used.renewed_after = token, used.waited
                self._stats.retries += 1
            elif received.status == 429:
                await self._throttled(call, used, received.headers)
            elif received.status in _TEMPORARY or _is_concurrency(received):
                await self._stumbled(call, used, received)
            else:
                raise failure_of(
                    received.status,
                    received.headers,
                    received.body,
                    what=call.what,
                    follows_delta=call.follows_delta,
                )

    def may_be_outdated(self, method: str, status: int, token: str) -> bool:
        """A token knows the consent of the hour it was issued in (v2-admin-consent): the first 403 to a read asks for
        a new one, which also tells whether the app is still let in. Later ones are believed."""
        if status == 401:
            return True
        if status != 403 or method != "GET":
            return False
        self._forbidden_token = self._forbidden_token or token
        return token == self._forbidden_token

    async def _turn(self, call: Call, used: _Patience) -> None:
        left = self._settings.longest_wait_seconds - used.waited
        waited = await self._lanes.enter(call.lane, call.units, call.writes, patience=left, unwanted=self._unwanted)
        if waited < 0:
            raise GraphRetryLater(
                f"Graph throttles this tenant; {call.what} can go on in {-waited:.0f} seconds.",
                status=429,
                after_seconds=-waited,
            )
        used.waited += waited
        self._stats.throttled_seconds += waited

    async def _throttled(self, call: Call, used: _Patience, headers: Mapping[str, str]) -> None:
        self._stats.retries += 1
        self._stats.throttled += 1
        used.throttles += 1
        if told := retry_after(headers):
            await self._lanes.keep_away(told)
        else:
            await self._lanes.block(call.lane, self._pause(used.throttles))

    async def _stumbled(self, call: Call, used: _Patience, received: Received) -> None:
        code, _ = code_and_message(received.body)
        reason = f"{received.status} {code}".strip()
        wished = retry_after(received.headers)
        if wished:
            await self._lanes.keep_away(wished)
        if received.status != 409:
            self._must_be_repeatable(call, reason)
        await self._again(call, used, reason)

    async def _again(self, call: Call, used: _Patience, reason: str) -> None:
        used.tries += 1
        if used.tries >= self._settings.attempts:
            raise GraphRetryLater(
                f"Graph did not answer {call.what} in {used.tries} attempts; the last one: {reason}.", reason=reason
            )
        self._stats.retries += 1
        await self.rest(self._pause(used.tries), call.what)

    async def rest(self, seconds: float, what: str) -> None:
        """A pause before `what` is asked again. Raises GraphRetryLater, as for a throttled one, once it is unwanted."""
        if left := await self._pace.wait(seconds, self._unwanted):
            raise GraphRetryLater(f"Nobody waits for {what} any more.", status=429, after_seconds=left)

    def _must_be_repeatable(self, call: Call, reason: str) -> None:
        if not call.repeatable:
            raise GraphOutcomeUnknown(f"{call.what} was sent, but its outcome is unknown: {reason}.", reason=reason)

    def _pause(self, number: int) -> float:
        longest = min(self._settings.longest_pause_seconds, self._settings.first_pause_seconds * 2.0**number)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers, guards no secret

    async def _once(self, call: Call, token: str, *, fresh: bool) -> Received:
        self._stats.requests += 1
        request = self._http.build_request(
            call.method,
            call.url,
            content=call.content,
            headers={
                **_joined(self._common_headers, call.headers),
                "client-request-id": str(uuid4()),
                "Authorization": f"Bearer {token}",
            },
            extensions={"whole_url": call.url, "fresh": fresh, "check": self._check},
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                content = await self._whole(call, response)
            finally:
                await response.aclose()
                # httpx lets the stream hold the response: closed, but only the garbage collector would find them.
                response.stream = _NOTHING
        except httpx.ConnectError as error:
            self._stats.requests -= 1
            raise _NotSent(type(error).__name__) from None
        except (httpx.RequestError, OSError) as error:
            raise _Broken(type(error).__name__) from None
        finally:
            self._lanes.answered(call.lane)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._account(call, headers)
        return Received(response.status_code, headers, _parsed(call, response.status_code, content), token)

    async def _whole(self, call: Call, response: httpx.Response) -> bytes:
        largest = self._settings.largest_answer_bytes
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > largest:
                raise GraphRejected(f"Graph's answer to {call.what} is larger than {largest} bytes.")
            chunks.append(chunk)
        return b"".join(chunks)

    def _account(self, call: Call, headers: Mapping[str, str]) -> None:
        self._lanes.heed(headers)
        if call.counts_units:
            units = units_of(headers, call.units)
            self._stats.resource_units += units
            self._lanes.correct(call.units, units)


def _joined(common: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """A call's own preference stands beside the common one."""
    headers = {**common, **own}
    if "Prefer" in common and "Prefer" in own:
        headers["Prefer"] = f"{common['Prefer']}, {own['Prefer']}"
    return headers


def units_of(headers: Mapping[str, str], otherwise: int) -> int:
    told = headers.get("x-ms-resource-unit", "")
    return int(told) if told.isdigit() else otherwise


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; Graph sends a number, HTTP also allows a date. Header names are in lower case."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds() + 1)
    except (TypeError, ValueError):
        return None


def _parsed(call: Call, status: int, content: bytes) -> Any:
    if not content:
        return None
    if call.is_page and status == 200 and (page := page_body(content)) is not None:
        return page
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return read_with_halves(content)
    except ValueError:
        if status < 300:
            raise _Broken("the body is not whole JSON") from None
        return None


def _is_concurrency(received: Received) -> bool:
    """409 `Directory_ConcurrencyViolation`: nothing was done, any method may be repeated."""
    return received.status == 409 and code_and_message(received.body)[0] == "Directory_ConcurrencyViolation"
