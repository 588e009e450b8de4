"""The `REENTRA_...` settings as the person wrote them: which one cannot be used, and which one nobody reads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from reentra.auth.settings import AuthSettings
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import CustomCloudSettings
from reentra.common.clients.graph import GraphSettings
from reentra.common.clients.kafka import KafkaSettings
from reentra.common.errors import in_plain_words
from reentra.common.jobs.settings import JobSettings
from reentra.common.settings import SecretFileUnusable, SettingsUnusable, secret_fields
from reentra.common.stores.mongo import MongoSettings
from reentra.common.stores.s3 import S3Settings
from reentra.exporter.settings import ExporterSettings
from reentra.gateway.settings import GatewaySettings
from reentra.restorer.settings import RestorerSettings
from reentra.scheduler.settings import SchedulerSettings


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the servers of an installation on several machines are."""

    mongo: MongoSettings
    s3: S3Settings
    kafka: KafkaSettings


def server_settings() -> ServerSettings:
    """From the environment. Raises SettingsUnusable."""
    require_usable(*OF_SERVERS)
    return ServerSettings(*store_settings(), kafka_settings())


def store_settings() -> tuple[MongoSettings, S3Settings]:
    """From the environment. Raises SettingsUnusable."""
    require_usable(MongoSettings, S3Settings)
    # Their fields come from the environment.
    return MongoSettings(), S3Settings()  # type: ignore[call-arg]


def kafka_settings() -> KafkaSettings:
    """From the environment. Raises SettingsUnusable."""
    require_usable(KafkaSettings)
    return KafkaSettings()  # type: ignore[call-arg]


def require_usable(*classes: type[BaseSettings]) -> None:
    """Raises SettingsUnusable with everything that is wrong in any of them."""
    wrong: list[Exception] = []
    for settings in classes:
        try:
            settings()
        except (ValidationError, SettingsError, SecretFileUnusable) as error:
            wrong.append(error)
    if wrong:
        raise SettingsUnusable(wrong)


class HealthSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_HEALTH__", frozen=True)

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    """None: there is no such address. 0: a free port, which is told."""


OF_SERVICES: tuple[type[BaseSettings], ...] = (
    AuthSettings,
    CollectorSettings,
    CustomCloudSettings,
    ExporterSettings,
    GatewaySettings,
    GraphSettings,
    HealthSettings,
    JobSettings,
    RestorerSettings,
    SchedulerSettings,
)
OF_SERVERS: tuple[type[BaseSettings], ...] = (MongoSettings, S3Settings, KafkaSettings)
_CLASSES = (*OF_SERVICES, *OF_SERVERS)
_PLAIN = {
    "bool_parsing": "it must be true or false",
    "dict_type": "it must be an object in JSON",
    "float_parsing": "it must be a number",
    "greater_than": "it must be more than {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "int_from_float": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_parsing_size": "it must be a smaller number",
    "less_than_equal": "it must be at most {le}",
    "literal_error": "it must be {expected}",
    "string_pattern_mismatch": "it must be an address such as https://host.example",
    "string_too_short": "it is empty",
    "too_short": "it is empty",
}
"""By pydantic's kind of problem. All our patterns are of addresses."""
_OTHERS = re.compile(r"REENTRA_(URL|TOKEN_FILE|COLUMNS|FAILPOINT|TEST_\w+)")


def what_is_wrong(error: BaseException) -> tuple[str, ...]:
    """A sentence per setting, of pydantic's errors about these classes. Values are not shown: some are secret."""
    if isinstance(error, SettingsUnusable):
        return tuple(sentence for cause in error.causes for sentence in what_is_wrong(cause))
    if isinstance(error, SecretFileUnusable):
        return (str(error),)
    if isinstance(error, ValidationError):
        prefix = next((_prefix(c) for c in _CLASSES if c.__name__ == error.title), f"{error.title} ")
        return tuple(_sentence(prefix, problem) for problem in error.errors(include_input=False, include_url=False))
    found = re.search(r'field "(\w+)"', str(error))
    field = found.group(1) if found else ""
    prefix = next((_prefix(c) for c in _CLASSES if field in c.model_fields), "REENTRA_")
    return (f"The setting {prefix}{field.upper()} cannot be used: it must be JSON.",)


def _sentence(prefix: str, problem: ErrorDetails) -> str:
    """Of settings that do not go together the sentence is ours, and names them."""
    said = in_plain_words(problem["msg"])
    if not problem["loc"]:
        return f"{said}."
    name = "__".join(part for part in problem["loc"] if isinstance(part, str)).upper()
    if problem["type"] == "missing":
        return f"The setting {prefix}{name} is missing."
    plain = _PLAIN.get(problem["type"])
    if plain is not None:
        limits = problem.get("ctx", {}).items()
        said = plain.format_map(
            {kind: f"{limit:.10g}" if isinstance(limit, float) else limit for kind, limit in limits}
        )
    return f"The setting {prefix}{name} cannot be used: {said}."


def unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """Names that look like settings and are none: a slip of the finger would pass for a choice."""
    known = {
        f"{_prefix(c)}{name}".upper(): c.model_config.get("env_nested_delimiter")
        for c in _CLASSES
        for name in c.model_fields
    }
    known |= {f"{_prefix(c)}{name}_FILE".upper(): None for c in _CLASSES for name in secret_fields(c)}
    for name in sorted(environment):
        if name.startswith("REENTRA_") and not _OTHERS.fullmatch(name) and not _is_known(name.upper(), known):
            yield name


def _is_known(name: str, known: Mapping[str, str | None]) -> bool:
    return name in known or any(nested and name.startswith(whole + nested) for whole, nested in known.items())


def _prefix(settings: type[BaseSettings]) -> str:
    return settings.model_config.get("env_prefix", "")
