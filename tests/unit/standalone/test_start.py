"""What a client verb loads: people's scripts start one for every question."""

import subprocess
import sys

_SCRIPT = """
import sys
from reentra.standalone.main import app
from reentra.standalone.client import Address, Api
print("httpx" in sys.modules)
Api(Address("http://127.0.0.1:9", "token")).close()
print("httpx" in sys.modules, "pygments" in sys.modules, "click" in sys.modules)
print([name for name in sys.modules if name.startswith(("fastapi", "reentra.gateway", "reentra.collector"))])
"""


def test_a_question_loads_what_it_needs_to_ask_and_help_not_even_that() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, check=True, text=True)
    assert done.stdout.split("\n") == ["False", "True False False", "[]", ""]
