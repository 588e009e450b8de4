"""How often Python looks for garbage cycles in a process that parses JSON all day.

A page of Graph's JSON is tens of thousands of dicts that live for a moment and form no cycles. With Python's defaults
every one or two pages make it walk through everything that lives: a third of a backup's CPU went there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 20_000
"""More than a page leaves behind, less than would be missed: a few megabytes of what only a cycle keeps alive."""


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Enter it when what lives as long as the process stands: that is not walked through any more until the end."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
