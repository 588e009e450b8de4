"""A message that could not be handled, as it lies in `<topic>.dlq`: its own key, headers and body, and why.

What is said about it stands in headers of its own (`dead_letter_...`), beside those that the message had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

Code = Literal["undecodable", "unknown_version", "too_large", "failed"]

_PREFIX = "dead_letter_"
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`id` follows from the message's place: parked twice, it is one letter. `group`: which listeners gave up; empty
    when the sender did. `size`: what the body had; larger than `body` when it was too large to be kept."""

    id: str
    topic: str
    code: Code
    reason: str
    group: str
    time: str
    key: bytes | None
    headers: Mapping[str, str]
    body: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        return len(self.body) == self.size

    @property
    def all_headers(self) -> dict[str, str]:
        said = {
            "id": self.id,
            "topic": self.topic,
            "code": self.code,
            "reason": self.reason[:_LONGEST_REASON],
            "group": self.group,
            "time": self.time,
            "size": str(self.size),
        }
        return {**self.headers, **{_PREFIX + name: value for name, value in said.items()}}


def letter_id(*place: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(str(part) for part in ("reentra", *place))))


def letter_of(headers: Mapping[str, str], key: bytes | None, body: bytes, *, otherwise: DeadLetter) -> DeadLetter:
    """From a record of a `.dlq` topic. What its headers do not say is taken from `otherwise`."""
    said = {name.removeprefix(_PREFIX): value for name, value in headers.items() if name.startswith(_PREFIX)}
    size = said.get("size", "")
    return DeadLetter(
        id=said.get("id") or otherwise.id,
        topic=said.get("topic") or otherwise.topic,
        code=_code(said.get("code", "")),
        reason=said.get("reason") or otherwise.reason,
        group=said.get("group", ""),
        time=said.get("time") or otherwise.time,
        key=key,
        headers={name: value for name, value in headers.items() if not name.startswith(_PREFIX)},
        body=body,
        size=max(int(size), len(body)) if size.isascii() and size.isdigit() and len(size) < 19 else len(body),
    )


def _code(text: str) -> Code:
    match text:
        case "undecodable" | "unknown_version" | "too_large":
            return text
    return "failed"
