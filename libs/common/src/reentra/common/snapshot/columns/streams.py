"""What columns are written to: three streams, so that each holds bytes of one kind, and a fourth that is left alone.

plan    which forms the columns have, and counts
text    items that are read as text, each ended by a line end
small   indexes, masks, digits: bytes of few different values
random  ids and hashes, which nothing makes smaller
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


class Malformed(ValueError):
    """The streams do not fit together."""


@dataclass(slots=True)
class Sink:
    plan: bytearray = field(default_factory=bytearray)
    text: list[bytes] = field(default_factory=list)
    small: list[bytes] = field(default_factory=list)
    random: list[bytes] = field(default_factory=list)

    def number(self, value: int) -> None:
        while value > 0x7F:
            self.plan.append(value & 0x7F | 0x80)
            value >>= 7
        self.plan.append(value)

    def streams(self) -> tuple[bytes, bytes, bytes, bytes]:
        return bytes(self.plan), b"\n".join(self.text), b"".join(self.small), b"".join(self.random)


class _Stream:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, count: int) -> bytes:
        at = self._at
        self._at = at + count
        if self._at > len(self._content):
            raise Malformed("a stream ends too early")
        return self._content[at : self._at]

    @property
    def is_used_up(self) -> bool:
        return self._at == len(self._content)


class Source:
    def __init__(self, streams: Sequence[bytes]) -> None:
        plan, text, small, random = streams
        self._plan = _Stream(plan)
        self._text = text.split(b"\n")
        self._next = 0
        self._small = _Stream(small)
        self._random = _Stream(random)
        self.small = self._small.take
        self.random = self._random.take

    def byte(self) -> int:
        return self._plan.take(1)[0]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def item(self) -> bytes:
        return self.items(1)[0]

    def items(self, count: int) -> list[bytes]:
        at = self._next
        self._next = at + count
        if self._next > len(self._text):
            raise Malformed("the text ends too early")
        return self._text[at : self._next]
