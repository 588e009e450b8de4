"""Settings come from the environment; a secret also from a file, whose path is in `<NAME>_FILE`.

`REENTRA_S3__SECRET_KEY_FILE=/run/secrets/s3` is read as `REENTRA_S3__SECRET_KEY` would be, without its last line end.
The variable itself wins.
"""

import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from reentra.common.errors import Rejected

Count = Annotated[int, Field(ge=1, le=1_000_000)]
CountFromZero = Annotated[int, Field(ge=0, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=30 * 86_400)]
SecondsFromZero = Annotated[float, Field(ge=0, le=30 * 86_400)]
Minutes = Annotated[int, Field(ge=1, le=366 * 1440)]
Hours = Annotated[int, Field(ge=1, le=366 * 24)]
Days = Annotated[int, Field(ge=1, le=3660)]
"""What is counted or lasts has limits: a slip of the finger must not become a service that never does anything."""

T = TypeVar("T")
_SUFFIX = "_file"


class SecretFileUnusable(Exception):
    """The text names the setting and the file, never what is in it."""


class SettingsUnusable(Exception):
    """Of several classes, each with its own errors: whoever starts hears of all of them at once."""

    def __init__(self, causes: Sequence[Exception]) -> None:
        super().__init__("\n".join(str(cause) for cause in causes))
        self.causes = tuple(causes)


class Settings(BaseSettings):
    """Base of every class of settings that holds a secret."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _SecretFiles(settings_cls)


class _SecretFiles(EnvSettingsSource):
    """Looks as if the files' contents stood in the environment."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        prefix, secrets = self.env_prefix.lower(), frozenset(secret_fields(self.settings_cls))
        environment = super()._load_env_vars()
        return {
            name.removesuffix(_SUFFIX): _content(name.upper(), path)
            for name, path in environment.items()
            if path
            and name.startswith(prefix)
            and name.endswith(_SUFFIX)
            and name.removesuffix(_SUFFIX).rpartition("__")[2] in secrets
            and name.removesuffix(_SUFFIX) not in environment
        }


def must_be(wanted: str, pattern: str) -> AfterValidator:
    """For a text, or a secret one, all of which is to match. The sentence about another is "it must be `wanted`"."""

    def checked(value: str | SecretStr) -> str | SecretStr:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not re.fullmatch(pattern, text):
            raise ValueError(f"it must be {wanted}")
        return value

    return AfterValidator(checked)


def with_pem(setting: str, path: Path, use: Callable[[str], T]) -> T:
    """What `use` makes of the file. Raises Rejected with the setting's name when it can make nothing of it."""
    try:
        return use(str(path))
    except ssl.SSLError as error:
        raise Rejected(f"The setting {setting} cannot be used: {path} holds no usable PEM.") from error
    except OSError as error:
        raise Rejected(f"The setting {setting} cannot be used: {path}: {error.strerror}.") from error


def secret_fields(settings: type[BaseModel]) -> Iterator[str]:
    """Names of fields that hold secrets, also within."""
    for name, field in settings.model_fields.items():
        for kind in _kinds(field.annotation):
            if kind is SecretStr:
                yield name
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from secret_fields(kind)


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)


def _content(name: str, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SecretFileUnusable(
            f"The setting {name} cannot be used: {path}: {os.strerror(error.errno or 0)}."
        ) from error
    except UnicodeDecodeError:
        raise SecretFileUnusable(f"The setting {name} cannot be used: {path} is not text in UTF-8.") from None
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret.strip():
        # Somebody forgot to fill it; an empty password would look like a wrong one later.
        raise SecretFileUnusable(f"The setting {name} cannot be used: {path} is empty.")
    return secret
