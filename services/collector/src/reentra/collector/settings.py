"""How the collector works. From the environment: REENTRA_COLLECTOR__..."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.settings import Count, CountFromZero, Days, Hours, Seconds, SecondsFromZero


class CollectorSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_COLLECTOR__", frozen=True)

    concurrent_jobs: Count = 2
    concurrent_types: Count = 3
    """Object types of one tenant that are read at the same time."""
    full_read_max_age_days: Days = 7
    """Delta tokens live 7 days and replays happen: after this a type is read in full (delta-query-overview)."""
    sweep_always_pages: CountFromZero = 3
    """A relationship sweep of at most this many pages runs in every backup."""
    sweep_max_age_hours: Hours = 12
    """A larger sweep runs when the last one is older."""
    most_singles: CountFromZero = 2000
    """Of so many objects a relationship that only some can have (settings of Microsoft 365 groups) is asked at most."""
    most_setbacks: Count = 4
    """A type that got no answer so often, a minute apart, is left out of the snapshot with this as its reason."""
    commit_rows: Count = 2000
    """Pages up to this size together become durable at once; a crash repeats no more than that. See
    docs/decisions/0017-pages-stored-together.md."""
    commit_seconds: Seconds = 2.0
    """So long at most they wait for each other."""
    progress_interval_seconds: SecondsFromZero = 2.0
    """How often at most a backup tells how far it is; what it holds of small types becomes durable as often."""
