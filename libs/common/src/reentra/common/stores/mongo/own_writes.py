"""Whether a write counted of which no answer came, or the answer to asking once more.

Each write of a document leaves a number of its own in it, the last few of them: a connection may be cut after the
server did what it was told, and a server that was killed after that does not know it any more.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from bson import ObjectId
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

WRITES = "writes"
_KEPT = 4
"""So many may have been written after the one that is looked for."""


def first(write: ObjectId) -> dict[str, Any]:
    return {WRITES: [write]}


def one_more(write: ObjectId) -> dict[str, Any]:
    return {"$push": {WRITES: {"$each": [write], "$slice": -_KEPT}}}


async def counted(
    stored: AsyncCollection[dict[str, Any]], id: str, write: ObjectId, attempt: Callable[[], Awaitable[bool]]
) -> bool:
    """`attempt` says whether something was written. What it raises is raised, unless the write is there."""

    async def is_there() -> bool:
        return await stored.find_one({"_id": id, WRITES: write}, {"_id": True}) is not None

    try:
        return await attempt() or await is_there()
    except ServerSelectionTimeoutError:
        raise  # nothing was sent
    except PyMongoError:
        with suppress(PyMongoError):
            if await is_there():
                return True
        raise
