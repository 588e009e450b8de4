"""Which failures get a second run alone, and which stand."""

import pytest
from tests.again import may_run_again

KILLS = "tests/e2e/test_fleet.py::test_rounds"


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        ([KILLS], True),
        ([KILLS, "tests/integration/disk/test_full.py::test_fills"], True),
        ([], False),
        ([f"{KILLS}[{number}]" for number in range(4)], False),
        ([KILLS, "tests/unit/test_again.py::test_this"], False),
        (["tests/contracts/stores/test_sqlite_documents.py::test_get"], False),
    ],
)
def test_only_a_few_tests_of_whole_systems_run_again(failed: list[str], again: bool) -> None:
    assert may_run_again(failed) is again
