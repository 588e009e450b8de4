"""Streams that somebody has tampered with.

python -m tests.unit.snapshot.hostile SECONDS [SEED]    pages and tampered streams, native code against Python
"""

import random
import sys
import time

from tests.unit.snapshot.lines import page

from reentra.common.snapshot.columns import reference
from reentra.common.snapshot.columns.native import LIBRARY, Native, load
from reentra.common.snapshot.columns.streams import Malformed, Streams

LIMIT = 64 << 20


def tampered(chance: random.Random, streams: Streams) -> Streams:
    """Bytes changed, cut off, put in, or taken out; mostly in the plan, which decides what the others are."""
    found = [bytearray(stream) for stream in streams]
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        stream = found[chance.choice((0, 0, 0, 1, 1, 2, 3))]
        at = chance.randrange(len(stream) + 1)
        match chance.randrange(5):
            case 0:
                del stream[at:]
            case 1:
                del stream[at : at + chance.randrange(1, 4)]
            case 2:
                stream[at:at] = chance.choice(
                    (b"\0", b"\x01", b"\x06", b"\n", b"\xff" * 9, bytes((chance.randrange(256),)))
                )
            case 3 if stream:
                stream[at % len(stream)] ^= 1 << chance.randrange(8)
            case _ if stream:
                stream[at % len(stream)] = chance.randrange(9)
    return bytes(found[0]), bytes(found[1]), bytes(found[2]), bytes(found[3])


def agree_on_lines(native: Native, lines: list[bytes], plain: bytes) -> Streams | None:
    """What native code writes, after a look whether Python writes the same."""
    written = native.write(plain, len(lines), LIMIT)
    assert written is None or written == reference.write(lines), "native code writes something else"
    return written


def agree_on_streams(native: Native, streams: Streams, count: int) -> bool:
    """Whether native code reads them, after a look whether Python reads the same."""
    read = native.read(streams, count, LIMIT // 2)
    try:
        wanted = reference.read(streams, count, LIMIT)
    except Malformed:
        wanted = None
    assert read is None or read == wanted, "native code reads something else"
    return read is not None


def _main(seconds: float, seed: int) -> None:
    native = load(LIBRARY)
    assert native is not None, "`make columns` builds the native code"
    seen = dict.fromkeys(("pages", "written", "tampered", "read"), 0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seed += 1
        chance = random.Random(seed)
        try:
            lines, plain = page(chance)
            streams = reference.write(lines)
            seen["pages"] += 1
            seen["written"] += agree_on_lines(native, lines, plain) is not None
            assert agree_on_streams(native, streams, len(lines))
            for _ in range(20):
                count = max(0, len(lines) + chance.choice((0, 0, 0, 0, 1, -1, 1 << 18, 1 << 33)))
                seen["tampered"] += 1
                seen["read"] += agree_on_streams(native, tampered(chance, streams), count)
        except BaseException:
            print(f"seed {seed - 1}", file=sys.stderr)
            raise
    print(f"no difference up to seed {seed}: {seen}")


if __name__ == "__main__":
    _main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
