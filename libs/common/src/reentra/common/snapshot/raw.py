"""A record whose object stays as it is stored: for whoever compares a million of them and shows none.

Six times faster than unpacking: the content hash is over the very bytes that the line holds.
"""

from collections.abc import Callable

import msgspec

from reentra.common.directory.normalise import hash_of
from reentra.common.snapshot.frame import Origin
from reentra.common.snapshot.reader import no_record

_EMPTY = msgspec.Raw(b"{}")
_bytes_of: Callable[[msgspec.Raw], memoryview] = memoryview


class RawRecord(msgspec.Struct, frozen=True, gc=False):
    type: str
    id: str
    properties: msgspec.Raw = _EMPTY
    links: msgspec.Raw = _EMPTY
    removed: str | None = None
    part: bool = False

    @property
    def has_links(self) -> bool:
        return _bytes_of(self.links) != b"{}"

    @property
    def content_hash(self) -> str:
        return "" if self.removed is not None else hash_of(_bytes_of(self.properties), _bytes_of(self.links))


_decoder = msgspec.json.Decoder(RawRecord)


def parse_raw(origin: Origin, line: bytes) -> RawRecord:
    """Raises Unreadable for a line that is no record."""
    try:
        return _decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise no_record(origin) from error
