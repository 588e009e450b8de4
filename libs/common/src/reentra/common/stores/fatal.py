"""The end of the process when the disk stops keeping its word.

After a failed fsync the kernel may have dropped the very pages that failed, and the next fsync "succeeds". Carrying
on would acknowledge what is not stored; starting again reads what truly is. (PostgreSQL's choice as well, since 2018.)
"""

import os
from typing import NoReturn

EXIT_STATUS = 74
"""EX_IOERR of sysexits.h."""


def storage_failed(place: object, error: Exception) -> NoReturn:
    sentence = (
        f"Reentra stopped: the disk under {place} failed while writing ({error}). "
        "Nothing that was confirmed is lost. Check the disk, then start Reentra again.\n"
    )
    os.write(2, sentence.encode(errors="replace"))
    os._exit(EXIT_STATUS)
