"""A record whose object stays as it is stored: for whoever compares a million of them and shows none.

Six times faster than unpacking: the content hash is over the very bytes that the line holds.
"""

from collections.abc import Callable, Sequence

import msgspec

from reentra.common.directory.normalise import hash_of
from reentra.common.snapshot.columns.native import native
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
        return _bytes_of(self.links).nbytes > len(b"{}")

    @property
    def content_hash(self) -> str:
        return "" if self.removed is not None else hash_of(_bytes_of(self.properties), _bytes_of(self.links))


_decoder = msgspec.json.Decoder(RawRecord)


def content_hashes(records: Sequence[RawRecord]) -> Sequence[str]:
    """Of each: together by native code, where there is any."""
    fast, contents = native(), [b"\n".join((_bytes_of(r.properties), _bytes_of(r.links))) for r in records]
    found = fast.hashes(contents) if fast is not None else None
    if found is None:
        return [record.content_hash for record in records]
    return ["" if record.removed is not None else hash for record, hash in zip(records, found, strict=True)]


def parse_raw(origin: Origin, line: bytes) -> RawRecord:
    """Raises Unreadable for a line that is no record."""
    try:
        return _decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise no_record(origin) from error
