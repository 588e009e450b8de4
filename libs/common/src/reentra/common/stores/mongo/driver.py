"""The one file that knows the driver. What the adapters use is spelled alike in both."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from inspect import isawaitable
from typing import Annotated, Any, Literal

from bson.codec_options import CodecOptions
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError
from pymongo.read_concern import ReadConcern

from reentra.common.errors import Rejected
from reentra.common.settings import Settings, must_be
from reentra.common.stores.mongo.failures import translated

_OPTIONS: dict[str, Any] = {
    "appname": "reentra",
    "retryWrites": True,
    "serverSelectionTimeoutMS": 15_000,
    "connectTimeoutMS": 10_000,
    "socketTimeoutMS": 60_000,
}
Document = dict[str, Any]
Database = AsyncDatabase[Document]


class MongoSettings(Settings):
    """`REENTRA_MONGO__URL=mongodb://user:password@mongo-1,mongo-2/?replicaSet=rs0`"""

    model_config = SettingsConfigDict(env_prefix="REENTRA_MONGO__", frozen=True)

    url: Annotated[SecretStr, must_be("an address such as mongodb://host:27017", r"mongodb(\+srv)?://.+")]
    """May hold a password, so it is never shown."""
    database: Annotated[str, must_be("at most 63 letters, digits, hyphens and underscores", r"[A-Za-z0-9_-]{1,63}")] = (
        "reentra"
    )
    driver: Literal["pymongo", "motor"] = "pymongo"


@dataclass(frozen=True, slots=True)
class MongoConnection:
    """Closed once, after everybody who uses it has stopped."""

    database: Database
    close: Callable[[], Awaitable[None]]


async def connect(settings: MongoSettings) -> MongoConnection:
    """Raises RetryLater when no server answers, Forbidden when it refuses the credential."""
    try:
        connection = _motor(settings) if settings.driver == "motor" else _pymongo(settings)
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise Rejected(f"REENTRA_MONGO__URL cannot be used ({type(error).__name__}).") from error
    except OSError as error:
        raise Rejected(
            "REENTRA_MONGO__URL cannot be used: a file that it names (tlsCAFile, tlsCertificateKeyFile) is not there, "
            "or holds no usable PEM."
        ) from error
    try:
        await connection.database.command("ping")
    except PyMongoError as error:
        await connection.close()
        raise translated(error) from error
    return connection


async def aggregate(collection: AsyncCollection[Document], pipeline: Sequence[Document]) -> list[Document]:
    """Every row: meant for few. Here the drivers differ: only one of them waits for the cursor."""
    cursor: Any = collection.aggregate(pipeline)
    if isawaitable(cursor):
        cursor = await cursor
    rows: list[Document] = await cursor.to_list(None)
    return rows


def _pymongo(settings: MongoSettings) -> MongoConnection:
    url = settings.url.get_secret_value()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url, **_options(url))
    return MongoConnection(client.get_database(settings.database, **_concerns()), client.close)


def _motor(settings: MongoSettings) -> MongoConnection:
    from motor.motor_asyncio import AsyncIOMotorClient

    url = settings.url.get_secret_value()
    client: Any = AsyncIOMotorClient(url, **_options(url))

    async def close() -> None:
        client.close()

    return MongoConnection(client.get_database(settings.database, **_concerns()), close)


def _options(url: str) -> dict[str, Any]:
    """What the address says itself wins."""
    return {name: value for name, value in _OPTIONS.items() if f"{name}=".lower() not in url.lower()}


def _concerns() -> dict[str, Any]:
    return {
        "write_concern": WriteConcern(w="majority", j=True),
        "read_concern": ReadConcern("majority"),
        "read_preference": ReadPreference.PRIMARY,
        "codec_options": CodecOptions(tz_aware=True, tzinfo=UTC),
    }
