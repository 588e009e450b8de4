"""SecantusDB's own program, with a shorter memory: at each write it looks through all the writes that it remembers, and
with the ten thousand it keeps otherwise that is most of its work. A driver asks again at once, or not at all.

Nor does it ask its storage after every command whether commands are profiled, for which it waits behind all writes."""

import sys

from secantus import cli, commands, transactions  # type: ignore[import-untyped]

REMEMBERED_WRITES = 500


def _nothing(*_: object) -> None: ...


if __name__ == "__main__":
    transactions._RETRYABLE_RECORD_MAX = REMEMBERED_WRITES
    commands._maybe_record_profile = _nothing
    sys.exit(cli.main())
