"""What a page leaves behind is used again, not taken from the kernel anew."""

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_buffers_of_a_page_are_kept_for_the_next_one() -> None:
    done = subprocess.run([sys.executable, "-c", _PAGES], capture_output=True, check=True, text=True)
    assert int(done.stdout) < 1000  # of more than 50,000 that these buffers have
