"""SQLite's log (`reentra.db-wal`) read without SQLite, which ends its recovery at the first frame that does not fit
and says nothing: a flipped bit there would take back everything that was confirmed after it.

Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log. Every frame's checksum goes on from the one before
it, so behind a damaged frame the chain is taken up again from the checksum that the frame itself bears.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGICS = (0x377F0682, 0x377F0683)
_WORD = 0xFFFFFFFF
Sums = tuple[int, int]


def damage_of(log: Path) -> str | None:
    """What is wrong with a log that no process uses. A last transaction that was being written when the machine
    stopped was never confirmed, and is no damage."""
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) <= _HEADER.size:
        return None
    magic, _, page_size, _, salt, salt2, *sums = _HEADER.unpack_from(data)
    order = ">" if magic == _MAGICS[1] else "<"
    if magic not in _MAGICS or _sums(data[:24], (0, 0), order) != tuple(sums):
        return "its header is not what was written"
    if not 512 <= page_size <= 65536:
        return "its header gives no size of pages"
    return _damaged_frame(data, page_size, (salt, salt2), (sums[0], sums[1]), order)


def _damaged_frame(data: bytes, page_size: int, salts: Sums, seed: Sums, order: str) -> str | None:
    """A frame that does not fit is damage when a whole transaction lies behind it, or when it is one bit from fitting:
    what a stop in the middle of writing leaves is further away. So is what is from before the log was begun anew:
    nothing of ours lies behind that."""
    doubtful: int | None = None
    for number, (head, page) in enumerate(_frames(data, page_size)):
        _, commit, salt, salt2, *borne = _FRAME.unpack(head)
        found = _sums(head[:8] + page, seed, order)
        fits = found == tuple(borne)
        ours = (salt, salt2) == salts
        if fits and ours:
            if doubtful is not None and commit:
                return f"page {doubtful} of it is not what was written"
        elif doubtful is None:
            if _is_one_flip(head, page, found, salts, fits=fits):
                return f"page {number} of it is not what was written"
            doubtful = number
        elif not ours:
            return None  # from before the log was begun anew
        seed = (borne[0], borne[1])
    return None


def _frames(data: bytes, page_size: int) -> Iterator[tuple[bytes, bytes]]:
    size = _FRAME.size + page_size
    for start in range(_HEADER.size, len(data) - size + 1, size):
        yield data[start : start + _FRAME.size], data[start + _FRAME.size : start + size]


def _is_one_flip(head: bytes, page: bytes, found: Sums, salts: Sums, *, fits: bool) -> bool:
    _, _, salt, salt2, *borne = _FRAME.unpack(head)
    if fits:
        return _bits(salt ^ salts[0]) + _bits(salt2 ^ salts[1]) == 1
    if (salt, salt2) != salts:
        return False
    missing = ((borne[0] - found[0]) & _WORD, (borne[1] - found[1]) & _WORD)
    in_sums = _bits(found[0] ^ borne[0]) + _bits(found[1] ^ borne[1]) == 1
    return in_sums or _one_bit_explains((8 + len(page)) // 8, missing)


def _one_bit_explains(pairs: int, missing: Sums) -> bool:
    """The sums are linear: one more in a word changes both by numbers that only the word's place decides."""
    effects = [(1, 1), (0, 1)]
    for _ in range(pairs):
        for first, second in effects:
            for bit in range(32):
                up = ((first << bit) & _WORD, (second << bit) & _WORD)
                if missing in (up, (-up[0] & _WORD, -up[1] & _WORD)):
                    return True
        effects = [((first + second) & _WORD, (first + 2 * second) & _WORD) for first, second in effects]
    return False


def _sums(data: bytes, seed: Sums, order: str) -> Sums:
    first, second = seed
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for place in range(0, len(words), 2):
        first = (first + words[place] + second) & _WORD
        second = (second + words[place + 1] + first) & _WORD
    return first, second


def _bits(number: int) -> int:
    return number.bit_count()
