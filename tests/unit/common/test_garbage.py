"""What a page leaves behind is used again, not taken from the kernel anew; a start leaves nothing behind."""

import platform
import subprocess
import sys

import pytest

_PAGES = """
import resource
from reentra.common.garbage import rare_garbage_collection

def use():
    for _ in range(9):
        page = [bytearray(3 << 20) for _ in range(8)]
        del page

with rare_garbage_collection():
    use()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    use()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

_START = """
import gc
from reentra.common.garbage import no_garbage_collection_while_starting, rare_garbage_collection

looks = []
no_garbage_collection_while_starting()
gc.callbacks.append(lambda phase, _: looks.append(phase))
imported = [[] for _ in range(300_000)]
print(len(looks))
with rare_garbage_collection():
    looks.clear()
    imported += [[] for _ in range(300_000)]
    print(bool(looks))
"""

_HOLES = """
import os
from reentra.common.garbage import give_back_freed_memory, rare_garbage_collection

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

with rare_garbage_collection():
    start = resident()
    group = bytearray(8 << 20)
    del group
    print(resident() - start)
    pieces = [bytearray(9000) for _ in range(4000)]
    del pieces[::2], pieces[::2]
    before = resident()
    give_back_freed_memory()
    print(before - resident())
"""
_is_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")


@_is_glibc
def test_what_is_larger_than_a_page_goes_back_at_once_and_what_lies_between_others_when_told() -> None:
    done = subprocess.run([sys.executable, "-c", _HOLES], capture_output=True, check=True, text=True)
    kept, given_back = map(int, done.stdout.split())
    assert kept < 1 << 20
    assert given_back > 8 << 20  # of the 26 that are free


@_is_glibc
def test_buffers_of_a_page_are_kept_for_the_next_one() -> None:
    done = subprocess.run([sys.executable, "-c", _PAGES], capture_output=True, check=True, text=True)
    assert int(done.stdout) < 1000  # of more than 50,000 that these buffers have


def test_garbage_is_looked_for_when_the_process_has_started() -> None:
    done = subprocess.run([sys.executable, "-c", _START], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["0", "True"]
