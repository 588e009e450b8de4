"""What a process loads: people's scripts start a client verb for every question, and an installation six services."""

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
_SERVICE = """
import sys
import reentra.standalone.serve
others = ("fastapi", "aiohttp", *(f"reentra.{name}.app" for name in ("gateway", "collector", "exporter", "restorer")))
print([name for name in others if name in sys.modules])
"""


def test_a_question_loads_what_it_needs_to_ask_and_help_not_even_that() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, check=True, text=True)
    assert done.stdout.split("\n") == ["False", "True False False", "[]", ""]


def test_a_service_loads_no_other_and_no_client_of_graph_before_it_asks() -> None:
    done = subprocess.run([sys.executable, "-c", _SERVICE], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
