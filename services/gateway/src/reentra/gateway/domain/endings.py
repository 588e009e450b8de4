"""Whose secrets or certificates end: a filter like others, but for no row to hold, since tomorrow it says something
else. So it is answered by looking through the objects as they were backed up, as of now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reentra.common.errors import Rejected

ENDING = "credentialsEnd"
OFFERED = ("ended", "30", "90")
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Span:
    """Later than `after`, and no later than `until`."""

    after: datetime
    until: datetime


def span_of(value: str, now: datetime) -> Span:
    """`ended`, or a number of days from now on. Raises Rejected."""
    if value == "ended":
        return Span(datetime.min.replace(tzinfo=UTC), now)
    if value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _MOST_DAYS:
        return Span(now, now + timedelta(days=int(value[:9])))
    raise Rejected(
        f"{ENDING} is `ended`, or a number of days up to {_MOST_DAYS}, such as `30`; {value[:60]!r} is neither."
    )


def ends_in(span: Span, properties: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether one of the entries under these names ends then."""
    ends = (_end(entry) for name in names for entry in _entries(properties.get(name)))
    return any(end is not None and span.after < end <= span.until for end in ends)


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _end(entry: Any) -> datetime | None:
    told = entry.get("endDateTime") if isinstance(entry, dict) else None
    try:
        end = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return end if end is None or end.tzinfo else end.replace(tzinfo=UTC)
