"""SecantusDB's own program, with a shorter memory: at each write it looks through all the writes that it remembers, and
with the ten thousand it keeps otherwise that is most of its work. A driver asks again at once, or not at all."""

import sys

from secantus import cli, transactions  # type: ignore[import-untyped]

REMEMBERED_WRITES = 500

if __name__ == "__main__":
    transactions._RETRYABLE_RECORD_MAX = REMEMBERED_WRITES
    sys.exit(cli.main())
