"""What columns are written to: three streams, so that each holds bytes of one kind, and a fourth that is left alone.

plan    which forms the columns have, and counts
text    items that are read as text, each ended by a line end
small   indexes, masks, digits: bytes of few different values
random  ids and hashes, which nothing makes smaller
"""

from dataclasses import dataclass, field

Streams = tuple[bytes, bytes, bytes, bytes]
"""Plan, text, small, random."""


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

    def streams(self) -> Streams:
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


_TEXT_COSTS = 40
"""Bytes that a text takes beside its own."""


class Source:
    """`limit`: bytes that may be made of the streams, so that a few of them cannot become gigabytes."""

    def __init__(self, streams: Streams, limit: int) -> None:
        plan, text, small, random = streams
        self._left = limit
        self._plan = _Stream(plan)
        self._text = text.split(b"\n")
        self._next = 0
        self._small = _Stream(small)
        self._random = _Stream(random)
        self.small = self._small.take
        self.random = self._random.take

    def spend(self, texts: int, size: int = 0) -> None:
        """To be called before so much is made."""
        self._left -= texts * _TEXT_COSTS + size
        if self._left < 0:
            raise Malformed("the streams become larger than any frame")

    def byte(self) -> int:
        return self._plan.take(1)[0]

    def number(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Malformed("a number has more than ten bytes")

    def item(self) -> bytes:
        return self.items(1)[0]

    def items(self, count: int) -> list[bytes]:
        at = self._next
        self._next = at + count
        if self._next > len(self._text):
            raise Malformed("the text ends too early")
        return self._text[at : self._next]
