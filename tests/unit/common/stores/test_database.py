import sqlite3
from pathlib import Path

import psutil
import pytest

from reentra.common.errors import NotFound, Rejected, RetryLater, Unreadable
from reentra.common.stores.documents import Collection
from reentra.common.stores.sqlite import listing, schema, staging, statements
from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import SqliteDocuments

NOTES = Collection("notes")


async def test_a_full_disk_is_retried_later_and_leaves_the_database_whole(tmp_path: Path) -> None:
    database = Database(tmp_path / "reentra.db")
    documents = SqliteDocuments(database)
    await documents.insert(NOTES, "before", {"text": "kept"})
    pages = await database.read(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    database._writer.execute(f"PRAGMA max_page_count={pages + 2}")

    with pytest.raises(RetryLater, match=r"reentra\.db"):
        await documents.insert(NOTES, "large", {"text": "x" * 100_000})

    database._writer.execute("PRAGMA max_page_count=1000000")
    assert await documents.get(NOTES, "large") is None
    await documents.insert(NOTES, "large", {"text": "x" * 100_000})
    assert await documents.count(NOTES, {}) == 2
    database.close()


async def test_a_failed_write_leaves_nothing_of_its_transaction(tmp_path: Path) -> None:
    database = Database(tmp_path / "reentra.db")

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE halves (n)")
        raise ValueError("thought better of it")

    with pytest.raises(ValueError, match="thought better"):
        await database.write(half)
    tables = await database.read(
        lambda connection: connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'halves'").fetchone()[0]
    )
    assert tables == 0
    database.close()


def test_a_file_that_is_no_database_is_unreadable_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "reentra.db"
    path.write_bytes(b"this was a database once" * 1000)
    with pytest.raises(Unreadable, match="reentra rebuild"):
        Database(path)


def test_what_cannot_be_opened_is_let_go(tmp_path: Path) -> None:
    """A connection left open would hold the index of a damaged log for whoever opens the mended file next."""
    path = tmp_path / "reentra.db"
    Database(path).close()
    whole = path.read_bytes()
    for damaged in (b"no database " * 1000, whole[:100] + b"\xff" + whole[101:]):
        path.write_bytes(damaged)
        with pytest.raises(Unreadable):
            Database(path)
        assert str(path) not in {file.path for file in psutil.Process().open_files()}


async def test_damage_is_found_by_the_check_after_an_unclean_stop(tmp_path: Path) -> None:
    path = tmp_path / "reentra.db"
    database = Database(path)
    documents = SqliteDocuments(database)
    for number in range(200):
        await documents.insert(NOTES, str(number), {"text": "x" * 500})
    database.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 100] = b"\xff" * 100
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="damaged"):
        Database(path, check=True)


def test_a_database_of_a_newer_reentra_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "reentra.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    connection.close()
    with pytest.raises(Rejected, match="newer"):
        Database(path)


def test_reading_only_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="reentra rebuild"):
        Database(tmp_path / "reentra.db", read_only=True)


def plan(statement: str) -> str:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.prepare(connection)
    names = dict.fromkeys(("shelf", "number", "first", "version", "live", "limit", "after", "until", "last"), 1)
    texts = dict.fromkeys(("tenant_id", "object_id", "id", "name", "word0"), "x") | {"ids": "[]"}
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", names | texts).fetchall()
    connection.close()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (statements.objects(1, continued=True), "SEARCH l USING PRIMARY KEY (shelf=? AND live=? AND display_name>?)"),
        (statements.objects(0, continued=False), "SEARCH l USING PRIMARY KEY (shelf=? AND live=?)"),
        (statements.HEADS, "SEARCH v USING INDEX versions_by_object (shelf=? AND object_id=?)"),
        (statements.OBJECT, "SEARCH v USING INDEX versions_by_object (shelf=? AND object_id=? AND first<?)"),
        (statements.HISTORY, "SEARCH v USING INDEX versions_by_object (shelf=? AND object_id=?)"),
        (statements.SCAN, "SEARCH v USING INDEX versions_by_first (shelf=? AND first=? AND rowid>?)"),
        (statements.COUNT_LISTED, "SEARCH v USING PRIMARY KEY (shelf=? AND live=?)"),
        (statements.changes(many=True), "SEARCH v USING INDEX versions_by_object (shelf=? AND object_id>?)"),
        (statements.changes(many=False), "SEARCH v USING INDEX versions_by_first (shelf=? AND first=?)"),
        (listing._CLOSED, "SEARCH p USING INDEX versions_by_object (shelf=? AND object_id=?)"),
        (staging._CLOSE, "SEARCH versions USING INDEX versions_by_object (shelf=? AND object_id=? AND first<?)"),
        (staging._REOPEN, "SEARCH versions USING INDEX versions_by_object (shelf=? AND object_id=?)"),
    ],
)
def test_every_question_is_answered_by_an_index(statement: str, expected: str) -> None:
    assert expected in plan(statement)


@pytest.mark.parametrize(
    "statement",
    [statements.objects(2, continued=False).replace(":word1", ":word0"), statements.SCAN, statements.HISTORY],
)
def test_lists_come_in_order_without_sorting(statement: str) -> None:
    assert "TEMP B-TREE" not in plan(statement)


def test_many_changes_are_paged_like_few() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.prepare(connection)
    connection.executemany(
        "INSERT INTO versions"
        " (shelf, object_id, first, content_hash, segment, offset, length, line, display_name, search)"
        " VALUES (1, ?, ?, '', 1, 0, 0, 0, '', '')",
        [(f"{number * 7919 % 10007:05}", 1 + number % 2) for number in range(100)],
    )
    connection.execute("INSERT INTO segment_names VALUES (1, 't', 's')")
    values = {"shelf": 1, "number": 2, "id": "00100", "limit": 20}
    few = connection.execute(statements.changes(many=False), values).fetchall()
    many = connection.execute(statements.changes(many=True), values).fetchall()
    assert few == many
    assert len(few) == 20
    connection.close()


def test_damage_in_the_words_of_the_schema_is_unreadable_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "reentra.db"
    Database(path).close()
    data = path.read_bytes()
    at = data.index(b"CREATE TABLE numbers") + 3
    path.write_bytes(data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :])
    with pytest.raises(Unreadable, match="reentra rebuild"):
        Database(path)
