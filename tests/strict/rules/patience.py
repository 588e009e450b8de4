"""Waiting: never before Retry-After is over, and one request a second for Conditional Access."""

from collections.abc import Iterator

from tests.strict.traffic import Answer, Request

_IN_FLIGHT_SECONDS = 0.15
"""What was on its way when the refusal went out is nobody's fault; asking the same thing again is."""
_SLOW = ("/identity/conditionalAccess", "/identityProtection")


class Patience:
    def __init__(self) -> None:
        self._until: dict[tuple[str, str], tuple[float, float]] = {}
        self._refused: dict[tuple[tuple[str, str], str, str], float] = {}
        self._slow_at: dict[str, float] = {}
        self._fast_repeats: dict[tuple[tuple[str, str], str, str], float] = {}

    def asked(self, request: Request) -> Iterator[str]:
        key = (request.who, request.method, request.target)
        since, until = self._until.get(request.who, (0.0, 0.0))
        if request.at < until and request.at > since + _IN_FLIGHT_SECONDS:
            yield f"asked {until - request.at:.2f} s before Retry-After was over"
        elif request.at < self._refused.get(key, 0.0):
            yield "the same request was repeated before its own Retry-After was over"
        if request.at < self._fast_repeats.get(key, 0.0):
            yield "repeated at once after a refusal without Retry-After"
        if request.path.startswith(_SLOW):
            tenant = request.who[0]
            gap = request.at - self._slow_at.get(tenant, float("-inf"))
            self._slow_at[tenant] = request.at
            if gap < 1.0:
                yield f"Conditional Access was asked again after {gap:.3f} s, not a second"

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        key = (request.who, request.method, request.target)
        if answer.status in (429, 503):
            told = answer.headers.get("retry-after", "")
            if told.isdigit():
                until = answer.at + int(told)
                self._refused[key] = until
                if until > self._until.get(request.who, (0.0, 0.0))[1]:
                    self._until[request.who] = (answer.at, until)
            else:
                self._fast_repeats[key] = answer.at + 0.2
        return iter(())
