"""`$batch`: twenty requests in one, answered in the order in which they were asked.

Items are answered, refused and throttled one by one (json-batching): 429, the first refusal that a renewed token may
cure and, where repeating is harmless, 5xx, 424 and missing answers go into the next round, with whatever else is left;
the others are final. Items of the one-per-second lane travel alone. A write without an answer comes back as `unknown`;
one that was refused and for which there is no new token comes back with the reason, beside those that were done.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from reentra.common.clients.graph.addresses import Addresses, relative
from reentra.common.clients.graph.answers import BatchAnswer, BatchRequest, GraphStats
from reentra.common.clients.graph.costs import lane_of, resource_units
from reentra.common.clients.graph.failures import GraphError, GraphOutcomeUnknown, GraphRetryLater
from reentra.common.clients.graph.lanes import Lanes
from reentra.common.clients.graph.pace import Pace
from reentra.common.clients.graph.sending import Call, Received, Sender, retry_after, units_of
from reentra.common.clients.graph.settings import GraphSettings
from reentra.common.errors import NeedsConsent

_MOST_ITEMS = 20
_LARGEST_BODY_BYTES = 3 << 20
"""Graph refuses request bodies above 4 MiB."""
_AT_ONCE = frozenset({401, 403, 429})
"""No pause of our own: a new token helps at once, and the lane keeps the time that Graph asks for."""
_REFUSED = frozenset({401, 403})
_TEMPORARY = frozenset({424, 500, 502, 503, 504, 507, 509})
_JSON = {"Content-Type": "application/json"}


class Batches:
    """One run of `batch`; it keeps what is answered and what is left."""

    def __init__(
        self,
        sender: Sender,
        lanes: Lanes,
        stats: GraphStats,
        settings: GraphSettings,
        pace: Pace,
        addresses: Addresses,
        single: Callable[[BatchRequest], Call],
        item_headers: Mapping[str, str],
        items: Sequence[BatchRequest],
    ) -> None:
        self._sender = sender
        self._lanes = lanes
        self._stats = stats
        self._settings = settings
        self._pace = pace
        self._addresses = addresses
        self._single = single
        self._item_headers = item_headers
        self._items = items
        self._answers: dict[int, BatchAnswer] = {}
        self._tries = [0] * len(items)
        self._outdated: set[int] = set()
        self._with_new_token: set[int] = set()
        self._refused_token: str | None = None

    async def run(self) -> list[BatchAnswer]:
        await _together(self._settings.batches_at_once, [self._alone(n) for n in self._numbers(slow=True)])
        left = self._numbers(slow=False)
        round_number = 0
        while left:
            if round_number and not all(self._answers[n].status in _AT_ONCE for n in left):
                try:
                    await self._sender.rest(self._pause(round_number), f"{len(left)} requests of a batch")
                except GraphRetryLater as unwanted:
                    self._put_off(left, unwanted)
                    break
            await _together(self._settings.batches_at_once, [self._chunk(chunk) for chunk in self._chunks(left)])
            left = [n for n in left if self._goes_again(n)]
            round_number += 1
        return [self._answers[n] for n in range(len(self._items))]

    def _numbers(self, *, slow: bool) -> list[int]:
        return [n for n, item in enumerate(self._items) if (lane_of(item.path) == "conditional_access") is slow]

    def _chunks(self, numbers: Sequence[int]) -> Iterable[list[int]]:
        chunk: list[int] = []
        size = 0
        for number in numbers:
            body = self._items[number].body
            weight = len(orjson.dumps(body)) if body is not None else 0
            if chunk and (len(chunk) == _MOST_ITEMS or size + weight > _LARGEST_BODY_BYTES):
                yield chunk
                chunk, size = [], 0
            chunk.append(number)
            size += weight
        if chunk:
            yield chunk

    async def _alone(self, number: int) -> None:
        try:
            received = await self._sender.send(self._single(self._items[number]))
            self._answers[number] = BatchAnswer(received.status, self._linked(number, received.body), received.headers)
        except GraphOutcomeUnknown as error:
            self._answers[number] = BatchAnswer(0, error.detail, unknown=True)
        except GraphError as error:
            if not error.status or (error.status == 429 and self._items[number].method == "GET"):
                raise
            self._answers[number] = BatchAnswer(error.status, _error_body(error), _wait_of(error))

    async def _chunk(self, numbers: list[int]) -> None:
        items = [self._items[n] for n in numbers]
        units = sum(resource_units(item.method, item.path) for item in items)
        writes = sum(item.method != "GET" for item in items)
        repeatable = writes == 0
        for number in numbers:
            self._tries[number] += 1
        call = Call(
            "POST",
            self._addresses.base + "/$batch",
            f"a batch of {len(items)} requests",
            "directory",
            units,
            writes,
            self._body(numbers),
            _JSON,
            counts_units=False,
            repeatable=repeatable,
            refused_token=self._refused_token,
        )
        try:
            received = await self._sender.send(call)
        except GraphOutcomeUnknown:
            self._answers.update({n: BatchAnswer(0, unknown=True) for n in numbers})
            return
        except NeedsConsent as error:
            if not writes or any(n not in self._answers for n in numbers):
                raise
            self._answers.update({n: replace(self._answers[n], lost_consent=error) for n in numbers})
            return
        except GraphRetryLater as error:
            self._put_off(numbers, error)
            return
        self._stats.batches += 1
        self._stats.items += len(items)
        await self._take(numbers, received)

    def _body(self, numbers: Sequence[int]) -> bytes:
        requests = []
        for number in numbers:
            item = self._items[number]
            headers = {**self._item_headers, **item.headers}
            row: dict[str, Any] = {"id": str(number), "method": item.method, "url": relative(item.path)}
            if item.body is not None:
                row["body"] = item.body
                headers.update(_JSON)
            if headers:
                row["headers"] = headers
            requests.append(row)
        return orjson.dumps({"requests": requests})

    async def _take(self, numbers: Sequence[int], received: Received) -> None:
        rows = received.body.get("responses") if isinstance(received.body, dict) else None
        by_id = {str(row.get("id")): row for row in rows or () if isinstance(row, dict)}
        told, guessed = 0.0, 0.0
        for number in numbers:
            item = self._items[number]
            estimate = resource_units(item.method, item.path)
            row = by_id.get(str(number))
            if row is None:
                self._answers[number] = BatchAnswer(0, unknown=True)
                self._stats.resource_units += estimate
                continue
            headers = {str(k).lower(): str(v) for k, v in (row.get("headers") or {}).items()}
            self._stats.resource_units += units_of(headers, estimate)
            answer = BatchAnswer(int(row.get("status") or 0), self._linked(number, row.get("body")), headers)
            self._answers[number] = answer
            if self._sender.may_be_outdated(item.method, answer.status, received.token):
                self._refused_token = received.token
                self._outdated.add(number)
            if answer.status in (429, 503) and (wait := retry_after(headers)):
                told = max(told, wait)
            elif answer.status == 429:
                guessed = max(guessed, self._pause(self._tries[number]))
        self._stats.throttled += bool(told or guessed)
        if told:
            await self._lanes.keep_away(told)
        if guessed:
            await self._lanes.block("directory", guessed)

    def _linked(self, number: int, body: Any) -> Any:
        """A relative link belongs to the item's own address."""
        link = body.get("@odata.nextLink") if isinstance(body, dict) else None
        if not isinstance(link, str):
            return body
        asked = self._addresses.base + relative(self._items[number].path)
        return {**body, "@odata.nextLink": self._addresses.whole(link, asked)}

    def _goes_again(self, number: int) -> bool:
        """429 as often as patience allows (the lane keeps the time), with a new token once, the rest some times."""
        answer, item = self._answers[number], self._items[number]
        if answer.lost_consent is not None:
            again = False
        elif answer.status in _REFUSED and number in self._outdated:
            again = number not in self._with_new_token
            self._with_new_token.add(number)
        elif answer.status == 429:
            again = self._tries[number] < self._settings.attempts * 5
        elif answer.unknown or answer.status in _TEMPORARY:
            harmless = item.method == "GET" or answer.status == 424
            again = harmless and self._tries[number] < self._settings.attempts
        else:
            again = False
        self._stats.retries += again
        return again

    def _put_off(self, numbers: Sequence[int], cause: GraphRetryLater) -> None:
        """Who only reads may begin anew; what was written meanwhile must be told."""
        if all(self._items[n].method == "GET" for n in numbers):
            raise cause
        self._answers.update({n: BatchAnswer(429, _error_body(cause), _wait_of(cause)) for n in numbers})
        for number in numbers:
            self._tries[number] = self._settings.attempts * 5

    def _pause(self, number: int) -> float:
        longest = min(self._settings.longest_pause_seconds, self._settings.first_pause_seconds * 2.0**number)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers, guards no secret


async def _together(most: int, works: Sequence[Any]) -> None:
    """All of them, `most` at a time; the first failure ends the others and is raised as itself."""
    places = asyncio.Semaphore(most)

    async def placed(work: Any) -> None:
        async with places:
            await work

    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(placed(work))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


def _error_body(error: GraphError) -> dict[str, Any]:
    return {"error": {"code": error.graph_code, "message": error.detail or error.message}}


def _wait_of(error: GraphError) -> dict[str, str]:
    after = error.fields.get("after_seconds")
    return {"retry-after": str(after)} if after else {}
