"""Which form the database has, in a collection of its own, and how one of an earlier form is brought up to date.

Form 2 has checksums in its rows. What was damaged before a row was given one is believed from then on, unless it
contradicts its second source. May be repeated, and by several processes at once; none of an earlier version may run.
"""

from contextlib import suppress
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from reentra.common.errors import Rejected, Unreadable
from reentra.common.stores.mongo import checksums
from reentra.common.stores.mongo.documents import COUNTERS, DOCUMENTS
from reentra.common.stores.mongo.driver import Database
from reentra.common.stores.mongo.failures import CLIENT_ERRORS, translated
from reentra.common.stores.mongo.tables import Tables

FORMAT = 2
_MARK = "database"
_AT_ONCE = 1000
_BARE = {"checksum": {"$exists": False}}


async def bring_up_to_date(database: Database) -> None:
    """Raises Rejected for a form of a later version."""
    try:
        await _bring_up_to_date(database)
    except CLIENT_ERRORS as error:
        raise translated(error) from error


async def require_format(database: Database) -> None:
    """For those who only look on. Raises Rejected for every other form; an empty database has none."""
    try:
        found = await database["formats"].find_one({"_id": _MARK})
    except CLIENT_ERRORS as error:
        raise translated(error) from error
    _refuse_later(found)
    if found is None and await database.list_collection_names():
        raise Rejected("The database was written by an older Reentra. Start a service once: it brings it up to date.")


async def _bring_up_to_date(database: Database) -> None:
    formats = database["formats"]
    found = await formats.find_one({"_id": _MARK})
    _refuse_later(found)
    if found is not None:
        return
    for name in await document_collections(database):
        await _cover(database, f"{DOCUMENTS}{name}", lambda row, name=name: _of_document(name, row))
    tables = Tables(database)
    await _cover(database, tables.snapshots.name, lambda row: {"checksum": checksums.of_snapshot(row)})
    await _cover(database, tables.versions.name, _of_version)
    await _cover_batches(tables)
    async for counter in database[COUNTERS].find({"opposite": {"$exists": False}}):
        same = {"_id": counter["_id"], "value": counter["value"]}
        await database[COUNTERS].update_one(same, {"$set": {"opposite": -counter["value"]}})
    with suppress(DuplicateKeyError):
        await formats.insert_one({"_id": _MARK, "version": FORMAT})


async def document_collections(database: Database) -> list[str]:
    names = await database.list_collection_names()
    return sorted(name.removeprefix(DOCUMENTS) for name in names if name.startswith(DOCUMENTS))


async def _cover(database: Database, name: str, of: Any) -> None:
    writes: list[UpdateOne] = []
    async for row in database[name].find(_BARE):
        same = {"_id": row["_id"], **_BARE} | ({"revision": row["revision"]} if "revision" in row else {})
        writes.append(UpdateOne(same, {"$set": of(row)}))
        if len(writes) == _AT_ONCE:
            await database[name].bulk_write(writes, ordered=False)
            writes = []
    if writes:
        await database[name].bulk_write(writes, ordered=False)


async def _cover_batches(tables: Tables) -> None:
    """The pages of running backups."""
    async for batch in tables.batches.find({"rows": {"$elemMatch": _BARE}}):
        rows = [
            {**row, "checksum": checksums.of_version(batch["tenant"], batch["number"], row)} for row in batch["rows"]
        ]
        await tables.batches.update_one({"_id": batch["_id"]}, {"$set": {"rows": rows}})


def _of_document(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"checksum": checksums.of_document(name, row["_id"], row["revision"], row["body"])}


def _of_version(row: dict[str, Any]) -> dict[str, Any]:
    return {"checksum": checksums.of_version(row["tenant"], row["first"], row)}


def _refuse_later(found: dict[str, Any] | None) -> None:
    version = found["version"] if found is not None else FORMAT
    if not isinstance(version, int):
        raise Unreadable("The database does not say which form it has. Drop it and run `reentra rebuild`.")
    if version > FORMAT:
        raise Rejected(f"The database has form {version}, and this Reentra knows {FORMAT}. Install a newer one.")
