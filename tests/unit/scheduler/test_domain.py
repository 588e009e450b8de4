"""When slots are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.errors import Rejected
from reentra.common.ids import TenantId
from reentra.scheduler import domain
from reentra.scheduler.domain import Schedule

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
schedules = st.builds(
    Schedule,
    st.just(TenantId("t")),
    st.integers(5, 3 * 1440),
    st.sampled_from([None, "0 2 * * *", "*/20 * * * *", "30 1 * * 0"]),
    moments.map(lambda moment: moment.replace(minute=0, second=0, microsecond=0)),
    st.none() | moments,
    st.booleans(),
)


@given(schedules, moments)
def test_firing_moves_behind_now_and_never_fires_the_same_slot_again(schedule: Schedule, now: datetime) -> None:
    slot = domain.due_slot(schedule, now)
    if slot is None:
        assert not schedule.enabled or now < schedule.next_at
        return
    after = domain.after_slot(schedule, slot)
    assert schedule.next_at <= slot <= now < after.next_at
    assert domain.due_slot(after, now) is None
    assert domain.due_slot(after, now - timedelta(hours=1)) is None


@given(schedules)
def test_schedule_survives_being_stored(schedule: Schedule) -> None:
    assert domain.from_body(domain.to_body(schedule)) == schedule


def test_slots_keep_their_distance_when_summer_time_begins_and_ends() -> None:
    for start in (NOW, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)):
        schedule = Schedule(TenantId("t"), 60, None, start, None, enabled=True)
        slots = []
        for minutes in range(0, 300, 5):
            if (slot := domain.due_slot(schedule, start + timedelta(minutes=minutes))) is not None:
                slots.append(slot)
                schedule = domain.after_slot(schedule, slot)
        assert slots == [start + timedelta(hours=hour) for hour in range(5)]


def test_cron_is_read_in_utc() -> None:
    schedule = domain.with_cron(domain.new_schedule(TenantId("t"), 60, NOW), "0 2 * * *", NOW)
    assert schedule.next_at == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    late = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
    slot = domain.due_slot(schedule, late)
    assert slot == datetime(2026, 4, 2, 2, 0, tzinfo=UTC)
    assert domain.after_slot(schedule, slot).next_at == datetime(2026, 4, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("expression", ["", "every day", "61 * * * *", "0 2 * *"])
def test_nonsense_is_no_cron_expression(expression: str) -> None:
    with pytest.raises(Rejected, match="is not a cron expression"):
        domain.check_cron(expression)


def test_shorter_frequency_takes_effect_at_once() -> None:
    daily = domain.after_slot(domain.new_schedule(TenantId("t"), 1440, NOW), NOW)
    hourly = domain.with_frequency(daily, 60, NOW + timedelta(minutes=30))
    assert hourly.next_at == NOW + timedelta(hours=1)
    overdue = domain.with_frequency(daily, 60, NOW + timedelta(hours=5))
    assert overdue.next_at == NOW + timedelta(hours=5)


@given(st.integers(5, 1440), st.sampled_from([None, "0 2 * * *"]), st.timedeltas(timedelta(0), timedelta(days=900)))
def test_schedule_from_a_wrong_future_fires_again_within_two_periods(
    minutes: int, cron: str | None, ahead: timedelta
) -> None:
    wrong = NOW + ahead
    schedule = domain.after_slot(Schedule(TenantId("t"), minutes, cron, wrong, None, enabled=True), wrong)
    if domain.is_astray(schedule, NOW):
        schedule = domain.mended(schedule, NOW)
    longest = timedelta(minutes=minutes) if cron is None else timedelta(days=1)
    assert schedule.next_at <= NOW + 2 * longest
