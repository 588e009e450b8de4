"""Forty tenants on three collectors over real servers: whatever breaks in the middle, every backup ends, once.

All rounds share one start of everything. The MongoDB-wire server of tests takes much of a second of CPU for each
backup, so the rounds after the first back up nine of the forty; `python -m tests.e2e.fleet` backs all up in each.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from deploy.servers import Unavailable
from tests.e2e.fleet import Fleet, fleet, kafka_away, kafka_wiped, one_killed_one_frozen, stores_restarted

TENANTS = 40
OF_THEM = 9
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with ExitStack() as stack:
        try:
            yield stack.enter_context(fleet(tmp_path_factory.mktemp("fleet"), lambda _: None, tenants=TENANTS))
        except Unavailable as reason:
            pytest.skip(f"untouched: {reason}")


def test_backups_end_once_when_a_collector_is_killed_and_another_sleeps(running: Fleet) -> None:
    running.back_up(lambda: one_killed_one_frozen(running))


def test_backups_end_once_while_kafka_is_away_and_it_is_heard_again(running: Fleet) -> None:
    running.back_up(lambda: kafka_away(running), tenants=OF_THEM)


def test_backups_end_once_when_kafka_lost_everything_and_its_topics_are_heard_again(running: Fleet) -> None:
    running.back_up(lambda: kafka_wiped(running), tenants=OF_THEM)


def test_backups_end_once_when_mongodb_and_s3_are_killed_and_start_again(running: Fleet) -> None:
    running.back_up(lambda: stores_restarted(running), tenants=OF_THEM)
