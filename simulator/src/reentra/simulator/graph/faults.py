"""A plan of troubles: which requests meet which accident. Deterministic: counted, or drawn from a seed."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status", "reset", "half_body", "delay", "hold", "commit_then_504", "hostile_next_link", "drop_batch_item"
]
_HELD_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Matches on method and path (regular expressions, without the query); `nth` are 1-based hits, empty = all.

    `percentage` draws among those hits; `times` ends the rule after so many accidents.
    status: `status`, `code`, `message`, `headers`, `body`. delay: `seconds`. hold: until the plan is replaced.
    hostile_next_link: `link` is "other_host", "itself" or "cycle" (back to the first page).
    """

    kind: FaultKind
    method: str = ".*"
    path: str = ".*"
    nth: tuple[int, ...] = ()
    percentage: float = 100.0
    times: int | None = None
    seed: int = 0
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "The service is unavailable."
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    link: Literal["other_host", "itself", "cycle"] = "other_host"

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> FaultRule:
        return cls(**{**fields, "nth": tuple(fields.get("nth", ()))})


class FaultPlan:
    def __init__(self) -> None:
        self.set(())

    def set(self, rules: Iterable[FaultRule]) -> None:
        self._rules = list(rules)
        self._hits = [0] * len(self._rules)
        self._struck = [0] * len(self._rules)
        self._chances = [random.Random(rule.seed) for rule in self._rules]

    def add(self, rule: FaultRule) -> None:
        self._rules.append(rule)
        self._hits.append(0)
        self._struck.append(0)
        self._chances.append(random.Random(rule.seed))

    async def held(self, rule: FaultRule) -> None:
        """Returns when the rule is no part of the plan any more."""
        while any(each is rule for each in self._rules):  # noqa: ASYNC110 - a test sets the plan from another thread
            await asyncio.sleep(_HELD_SECONDS)

    @property
    def struck(self) -> int:
        """How many accidents happened so far."""
        return sum(self._struck)

    def strike(self, method: str, path: str) -> list[FaultRule]:
        """The accidents that this request meets, in the order of the plan."""
        return [rule for number, rule in enumerate(self._rules) if self._strikes(number, rule, method, path)]

    def _strikes(self, number: int, rule: FaultRule, method: str, path: str) -> bool:
        if not (re.fullmatch(rule.method, method) and re.search(rule.path, path)):
            return False
        self._hits[number] += 1
        if rule.nth and self._hits[number] not in rule.nth:
            return False
        if rule.times is not None and self._struck[number] >= rule.times:
            return False
        if rule.percentage < 100 and self._chances[number].uniform(0, 100) >= rule.percentage:
            return False
        self._struck[number] += 1
        return True
