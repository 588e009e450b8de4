"""How a process that parses JSON all day treats its memory: how often Python looks for garbage cycles, and what the C
library does with what is freed.

A page of Graph's JSON is tens of thousands of dicts that live for a moment and form no cycles. With Python's defaults
every one or two pages make it walk through everything that lives: a third of a backup's CPU went there.

A page also is some buffers of megabytes. With glibc's defaults each is taken from the kernel, filled with zeros, and
given back a moment later: a tenth of a backup's CPU. And a heap for each thread keeps what no other thread may use.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NEW_OBJECTS = 20_000
"""More than a page leaves behind, less than would be missed: a few megabytes of what only a cycle keeps alive."""
_MORE_THAN_A_START_MAKES = 1_000_000

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
"""Of glibc's malloc.h."""
_HEAP = {_TRIM_THRESHOLD: 32 << 20, _TOP_PAD: 1 << 20, _MMAP_THRESHOLD: 6 << 20, _ARENA_MAX: 2}
"""What is free at a heap's end is kept up to 32 MiB; buffers of up to 6 MiB come from a heap, which is more than a page
or a frame has, while those of a group of 100,000 go back at once; there are two heaps."""


def no_garbage_collection_while_starting() -> None:
    """Until `rare_garbage_collection` is entered. What is imported lives as long as the process: 400 looks through it
    were a seventh of the CPU of a start."""
    gc.set_threshold(_MORE_THAN_A_START_MAKES)


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Enter it when what lives as long as the process stands: that is not walked through any more until the end.
    How freed memory is kept stays as it is set here."""
    _keep_freed_memory()
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def give_back_freed_memory() -> None:
    """What is free in the heaps goes to the kernel, wherever it lies. For turns at which something else begins: it
    takes milliseconds, and what is needed again has to be fetched."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(ctypes.c_size_t(0))


def _keep_freed_memory() -> None:
    set_option = _of_glibc("mallopt")
    if set_option is not None:
        for option, value in _HEAP.items():
            set_option(option, value)


def _of_glibc(name: str) -> Any:
    """None where the C library is another: its own ways are left alone."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
