"""Tables in terminals: what the next command is given is never cut."""

import io

import pytest
from rich.console import Console

from reentra.standalone.output import Output

ID = "0a6f1d2c-3b4e-4f5a-8b9c-0d1e2f3a4b5c"
COLUMNS = ("id", "name", "userPrincipalName", "mail", "userType", "accountEnabled")
ROW = (ID, "Adele Vance", "adele.vance@contoso.example", "adele.vance@contoso.example", "Member", True)


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
def test_ids_are_whole_however_narrow_the_terminal_is(width: int) -> None:
    assert ID in _drawn(width).replace("\n", " ")


def test_rows_that_do_not_fit_are_told_one_value_in_a_line() -> None:
    drawn = _drawn(60)

    assert "userPrincipalName  adele.vance@contoso.example" in drawn
    assert "…" not in drawn


def _drawn(width: int) -> str:
    drawn = io.StringIO()
    terminal = Console(file=drawn, force_terminal=True, no_color=True, width=width, soft_wrap=True, highlight=False)
    Output(as_json=False, out=terminal, err=terminal).table(COLUMNS, [ROW])
    return drawn.getvalue()
