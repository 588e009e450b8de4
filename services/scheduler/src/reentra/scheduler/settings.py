"""The scheduler's settings: `REENTRA_SCHEDULER__...`; units are in the names."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.settings import Seconds


class SchedulerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_SCHEDULER__", frozen=True)

    tick_seconds: Seconds = 5.0
    """How often due slots are looked for."""
    follow_seconds: Seconds = 60.0
    """How often all tenants are compared with the schedules, in case a message got lost."""
    relay_seconds: Seconds = 2.0
    """How often outboxes are looked through for events that nobody sent. Whoever wrote one sends it at once, and has
    from one look to the next to do so."""
    reconcile_seconds: Seconds = 5.0
    """How long a job may wait for a worker before the worker is woken again."""
