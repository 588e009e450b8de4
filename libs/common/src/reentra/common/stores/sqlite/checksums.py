"""Checksums of what the database alone knows, or shows without opening the objects: a flipped bit is seen when read.

A document's covers collection, id, revision and body; a version's all that a reader is told of it but `last`, which a
later snapshot changes; a snapshot's all but what only its writer needs. Not keyed: they tell damage, not forgery, for
whoever can write this file can read the keys beside it as well (docs/decisions/0007-checksums-in-rows.md).
"""

import hashlib
import sqlite3
import zlib
from typing import Any

SNAPSHOT_COLUMNS = (
    "tenant_id, number, status, result, job_id, started_at, sealed_at, types, manifest_key, manifest_sha256, stats"
)
_COVER = f"""UPDATE snapshots SET checksum = of_snapshot({SNAPSHOT_COLUMNS})
WHERE :tenant_id IS NULL OR (tenant_id = :tenant_id AND number = :number)"""  # noqa: S608
_DOCUMENTS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'documents_*'"


def of_document(table: str, id: str, revision: int, body: str) -> bytes:
    text = f"{table}\0{id}\0{revision}\0{body}"
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def of_counter(name: str, value: int) -> bytes:
    return of_document("counters", name, value, "")


def of_version(
    object_id: str,
    first: int,
    removed: int | None,
    content_hash: bytes | str,
    segment: int,
    offset: int,
    length: int,
    line: int,
    display_name: str,
    facets: str | None,
) -> int:
    """CRC-32: four bytes a row; every flipped bit, and every burst of up to 32, changes it."""
    text = f"{object_id}\0{first}\0{removed}\0{segment}\0{offset}\0{length}\0{line}\0{display_name}\0{facets}\0"
    packed = content_hash if isinstance(content_hash, bytes) else str(content_hash).encode()
    return zlib.crc32(packed, zlib.crc32(text.encode("utf-8", "surrogatepass")))


def of_snapshot(*row: Any) -> bytes:
    text = "\0".join(map(str, row))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def cover_snapshots(connection: sqlite3.Connection, tenant_id: str | None = None, number: int | None = None) -> None:
    """After each change of the columns it covers; without a tenant every snapshot's."""
    connection.create_function("of_snapshot", -1, of_snapshot, deterministic=True)
    connection.execute(_COVER, {"tenant_id": tenant_id, "number": number})


def add_to_documents(connection: sqlite3.Connection) -> None:
    """To documents that were written before there were checksums."""
    connection.create_function("of_document", 4, of_document, deterministic=True)
    connection.create_function("of_counter", 2, of_counter, deterministic=True)
    for (table,) in connection.execute(_DOCUMENTS).fetchall():
        connection.execute(f"ALTER TABLE {table} ADD COLUMN checksum BLOB")
        connection.execute(f"UPDATE {table} SET checksum = of_document('{table}', id, revision, body)")  # noqa: S608
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'counters'").fetchone():
        connection.execute("ALTER TABLE counters ADD COLUMN checksum BLOB")
        connection.execute("UPDATE counters SET checksum = of_counter(name, value)")


def add_to_catalogue(connection: sqlite3.Connection) -> None:
    connection.create_function("of_version", 10, of_version, deterministic=True)
    connection.execute("ALTER TABLE versions ADD COLUMN checksum INTEGER")
    connection.execute(
        "UPDATE versions SET checksum = of_version(object_id, first, removed, content_hash, segment, offset, length,"
        " line, display_name, facets)"
    )
    connection.execute("ALTER TABLE snapshots ADD COLUMN checksum BLOB")
    cover_snapshots(connection)
