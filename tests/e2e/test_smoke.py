"""`make smoke`, on a small tenant."""

from pathlib import Path

from tests.e2e.smoke import walk


def test_the_whole_road_is_true(tmp_path: Path) -> None:
    walk(tmp_path, 60, print)
