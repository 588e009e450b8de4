"""What a plan says that the restore app lacks (directory-deleteditems-restore, application-post-owners)."""

from __future__ import annotations

import pytest

from reentra.restorer.domain.permissions import needed_by
from reentra.restorer.domain.steps import Step

A = "00000000-0000-4000-8000-000000000001"


def step(kind: str, object_type: str, method: str, path: str) -> Step:
    return Step(kind, 1.0, object_type, A, "", method, path, "")  # type: ignore[arg-type]


UNDELETE = step("undelete", "user", "POST", f"/directory/deletedItems/{A}/restore")
OWNER = step("add_link", "application", "POST", f"/applications/{A}/owners/$ref")


@pytest.mark.parametrize(
    ("one", "has", "is_enough"),
    [
        (UNDELETE, {"User.DeleteRestore.All"}, True),
        (UNDELETE, {"User.ReadWrite.All", "Directory.ReadWrite.All"}, False),
        (OWNER, {"Application.ReadWrite.All", "Directory.Read.All"}, True),
        (OWNER, {"Application.ReadWrite.All"}, False),
    ],
)
def test_nothing_less_is_asked_for_than_graph_wants(one: Step, has: set[str], is_enough: bool) -> None:
    assert all(has.intersection(row) for row in needed_by(one)) is is_enough
