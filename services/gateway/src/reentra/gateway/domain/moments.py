"""How people name a snapshot: `latest`, its number, a date or a time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time

from reentra.common.clock import to_text
from reentra.common.errors import Rejected
from reentra.common.ids import SnapshotNumber


@dataclass(frozen=True, slots=True)
class Moment:
    """The newest snapshot sealed at or before `at` (RFC 3339 text)."""

    at: str


Selector = SnapshotNumber | Moment | None
"""None: the latest."""


def selector_of(text: str) -> Selector:
    """A date alone means the end of that day, UTC; a time without a zone is UTC. Raises Rejected."""
    word = text.strip()
    if word.lower() == "latest":
        return None
    if re.fullmatch(r"[0-9]{1,9}", word):
        return SnapshotNumber(int(word))
    try:
        return Moment(to_text(_end_or_moment(word)))
    except (ValueError, OverflowError) as error:
        raise Rejected(
            f"{word[:60]!r} names no snapshot: use a number, `latest`, a date (2026-01-31) or time (2026-01-31T12:00)."
        ) from error


def text_of(moment: datetime) -> str:
    """As stored moments are written. Raises Rejected where a zone leads out of the calendar."""
    try:
        return to_text(moment.astimezone(UTC))
    except OverflowError as error:
        raise Rejected(f"{moment.isoformat()} lies outside the calendar.") from error


def _end_or_moment(word: str) -> datetime:
    """Raises ValueError; OverflowError where a zone leads out of the calendar."""
    moment = datetime.fromisoformat(word)
    if re.fullmatch(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}", word):
        moment = datetime.combine(moment.date(), time.max, UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)
