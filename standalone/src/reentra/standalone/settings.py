"""The `REENTRA_...` settings as the person wrote them: which one cannot be used, and which one nobody reads."""

import re
from collections.abc import Iterator, Mapping

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from reentra.auth.settings import AuthSettings
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import CustomCloudSettings
from reentra.common.clients.graph import GraphSettings
from reentra.common.clients.kafka import KafkaSettings
from reentra.common.stores.mongo import MongoSettings
from reentra.common.stores.s3 import S3Settings
from reentra.gateway.settings import GatewaySettings
from reentra.scheduler.settings import SchedulerSettings

_CLASSES: tuple[type[BaseSettings], ...] = (
    AuthSettings,
    CollectorSettings,
    CustomCloudSettings,
    GatewaySettings,
    GraphSettings,
    KafkaSettings,
    MongoSettings,
    S3Settings,
    SchedulerSettings,
)
_OTHERS = re.compile(r"REENTRA_(URL|TOKEN_FILE|FAILPOINT|TEST_\w+)")


def what_is_wrong(error: BaseException) -> tuple[str, ...]:
    """A sentence per setting, of pydantic's errors about these classes. Values are not shown: some are secret."""
    if isinstance(error, ValidationError):
        prefix = next((_prefix(c) for c in _CLASSES if c.__name__ == error.title), f"{error.title} ")
        return tuple(
            f"The setting {prefix}{'__'.join(str(part) for part in problem['loc']).upper()} cannot be used: "
            f"{problem['msg']}."
            for problem in error.errors(include_input=False, include_url=False)
        )
    found = re.search(r'field "(\w+)"', str(error))
    field = found.group(1) if found else ""
    prefix = next((_prefix(c) for c in _CLASSES if field in c.model_fields), "REENTRA_")
    return (f"The setting {prefix}{field.upper()} cannot be used: it must be JSON.",)


def unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """Names that look like settings and are none: a slip of the finger would pass for a choice."""
    known = {
        f"{_prefix(c)}{name}".upper(): c.model_config.get("env_nested_delimiter")
        for c in _CLASSES
        for name in c.model_fields
    }
    for name in sorted(environment):
        if name.startswith("REENTRA_") and not _OTHERS.fullmatch(name) and not _is_known(name.upper(), known):
            yield name


def _is_known(name: str, known: Mapping[str, str | None]) -> bool:
    return name in known or any(nested and name.startswith(whole + nested) for whole, nested in known.items())


def _prefix(settings: type[BaseSettings]) -> str:
    return settings.model_config.get("env_prefix", "")
