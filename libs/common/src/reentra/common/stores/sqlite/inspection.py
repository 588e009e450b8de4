"""What `verify` asks SQLite: is the file whole, is every document as it was written, do the catalogue's tables agree?

`integrity_check` sees the structure, and every value that an index holds a second time; checksums see documents,
versions and snapshots; the comparisons of `agreement` see what is left. Nothing here changes anything.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.inspection import Damage, InspectedRow, InspectedType
from reentra.common.stores.sqlite import agreement, repair, shape
from reentra.common.stores.sqlite.catalogue import SqliteCatalogue
from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import damaged_document
from reentra.common.stores.sqlite.rows import VERSION_COLUMNS, Row, check_version, version_in

_MOST_OF_A_KIND = 100
_KEPT = """CASE WHEN v.removed IS NOT NULL THEN (
    SELECT json_array(p.display_name, json(coalesce(p.facets, '{}'))) FROM versions p
    WHERE p.shelf = v.shelf AND p.object_id = v.object_id AND p.first < v.first ORDER BY p.first DESC LIMIT 1) END"""
_ROWS = f"""SELECT {VERSION_COLUMNS}, v.search, {_KEPT}
FROM versions v LEFT JOIN segment_names n ON n.name = v.segment WHERE v.shelf = ? AND v.first = ?"""  # noqa: S608
_SHELVES = """SELECT object_type, shelf FROM shelves s WHERE tenant_id = ?
AND EXISTS (SELECT 1 FROM versions v WHERE v.shelf = s.shelf AND v.first = ?) ORDER BY object_type"""
_SEGMENT = 5
"""Where its name stands in a row: once in memory for all rows that it holds."""
_NOTHING_KEPT: tuple[str, Mapping[str, str]] = ("", {})


@dataclass(frozen=True, slots=True)
class _Rows(Mapping[ObjectId, InspectedRow]):
    """As SQLite gave them, which takes half the memory of what they mean."""

    object_type: ObjectTypeName
    found: Mapping[ObjectId, Row]

    def __getitem__(self, object_id: ObjectId) -> InspectedRow:
        row = self.found[object_id]
        kept = tuple(orjson.loads(row[-1])) if row[-1] else _NOTHING_KEPT
        return InspectedRow(version_in(row, self.object_type), row[-2], kept)

    def get(self, object_id: ObjectId, default: Any = None) -> Any:
        return self[object_id] if object_id in self.found else default

    def __iter__(self) -> Iterator[ObjectId]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


class SqliteInspection:
    def __init__(
        self,
        database: Database,
        catalogue: SqliteCatalogue,
        log_damage: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._log_damage = log_damage

    async def damage(self, *, all_rows: bool) -> Sequence[Damage]:
        if (sentence := await asyncio.to_thread(self._log_damage)) is not None:
            return [Damage(f"{self._database.path.name}-wal", sentence)]
        found = [*await self.structure()]
        if found:
            return found
        found += await self._ask(_documents)
        found += await self._ask(lambda connection: list(agreement.small_tables(connection)))
        if all_rows:
            found += await self._ask(lambda connection: list(agreement.large_tables(connection)))
        return found

    async def structure(self) -> Sequence[Damage]:
        return await self._ask(_structure)

    async def drop_damaged_documents(self) -> Sequence[tuple[str, str]]:
        return await self._database.write(repair.drop_damaged_documents)

    async def clear_catalogue(self) -> None:
        await self._database.write(repair.clear_catalogue)
        self._catalogue.forget_counts()

    async def rows(self, tenant_id: TenantId, number: SnapshotNumber) -> AsyncIterator[InspectedType]:
        shelves = await self._database.read(
            lambda connection: connection.execute(_SHELVES, (tenant_id, number)).fetchall()
        )
        for object_type, shelf in shelves:
            yield await self._type(tenant_id, object_type, shelf, number)
            await asyncio.sleep(0)

    async def _type(
        self, tenant_id: TenantId, object_type: ObjectTypeName, shelf: int, number: SnapshotNumber
    ) -> InspectedType:
        def work(connection: sqlite3.Connection) -> InspectedType:
            rows: dict[ObjectId, Row] = {}
            segments: dict[str, str] = {}
            damage = []
            for row in connection.execute(_ROWS, (shelf, number)):
                try:
                    check_version(row, object_type)
                except Unreadable as error:
                    damage.append(Damage(f"versions/{object_type}", error.message, tenant_id))
                else:
                    rows[row[0]] = (
                        *row[:_SEGMENT],
                        segments.setdefault(row[_SEGMENT], row[_SEGMENT]),
                        *row[_SEGMENT + 1 :],
                    )
            return InspectedType(object_type, _Rows(object_type, rows), damage)

        return await self._database.read(work)

    async def _ask(self, question: Callable[[sqlite3.Connection], list[Damage]]) -> list[Damage]:
        """What cannot even be read is damage as well."""
        try:
            return await self._database.read(question)
        except Unreadable as error:
            return [Damage(self._database.path.name, error.message)]
        except sqlite3.Error:  # our questions are fixed: what they stumble over is in the file
            return [_damage_of_file("it cannot be read as it was written")]


def _structure(connection: sqlite3.Connection) -> list[Damage]:
    found = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_MOST_OF_A_KIND})")]
    damage = [_damage_of_file(text) for text in found if text != "ok"]
    return damage or [_damage_of_file(text) for text in shape.deviations(connection)]


def _damage_of_file(what: str) -> Damage:
    sentence = (
        f"The database is damaged ({what.strip()}). Stop Reentra, move reentra.db and reentra.db-wal away (put a copy "
        "in their place if you have one) and run `reentra rebuild`: the backups themselves lie in the objects folder."
    )
    return Damage("reentra.db", sentence)


def _documents(connection: sqlite3.Connection) -> list[Damage]:
    return [
        Damage(f"{collection}/{id}", damaged_document(collection, id).message)
        for collection, id in repair.damaged_documents(connection)
    ]
