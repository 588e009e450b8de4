"""The catalogue's tables. Made so that a page of new versions touches few pages of the file.

Object ids and names are random, so an index ordered by them costs about one dirty page per row and commit. While a
snapshot is staged only `by_object` does (needed to meet an object again); `by_first` grows at its end. The list by
name is written in large sorted portions when the snapshot is sealed (`listing.py`). Repeated texts are kept once.
"""

import sqlite3

from reentra.common.errors import Rejected
from reentra.common.stores.sqlite import checksums

VERSION = 2
"""1: no checksums. 2: a checksum beside every document, version and sealed snapshot."""

_TABLES = """
CREATE TABLE numbers (tenant_id TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE snapshots (
    tenant_id TEXT, number INTEGER, status TEXT NOT NULL, result TEXT, job_id TEXT NOT NULL, epoch INTEGER NOT NULL,
    listed INTEGER NOT NULL DEFAULT FALSE,
    started_at TEXT NOT NULL, sealed_at TEXT, types TEXT NOT NULL, manifest_key TEXT, manifest_sha256 TEXT,
    stats TEXT NOT NULL, checksum BLOB,
    PRIMARY KEY (tenant_id, number)
) WITHOUT ROWID;

CREATE TABLE shelves (
    shelf INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, object_type TEXT NOT NULL, UNIQUE (tenant_id, object_type)
);

CREATE TABLE segment_names (
    name INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, segment TEXT NOT NULL, UNIQUE (tenant_id, segment)
);

CREATE TABLE segments (
    tenant_id TEXT, number INTEGER, segment TEXT, object_type TEXT NOT NULL, ordinal INTEGER NOT NULL,
    sequence INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, records INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, number, segment)
) WITHOUT ROWID;

CREATE TABLE touched (
    shelf INTEGER, number INTEGER, object_id TEXT, PRIMARY KEY (shelf, number, object_id)
) WITHOUT ROWID;

-- last: the snapshot from which on the version is no longer valid; NULL for the newest.
-- removed: 1 changed, 2 deleted, 3 absent; NULL while the object lives.
CREATE TABLE versions (
    version INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, object_id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER,
    removed INTEGER, content_hash BLOB NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL,
    length INTEGER NOT NULL, line INTEGER NOT NULL, display_name TEXT NOT NULL, search TEXT NOT NULL, facets TEXT,
    checksum INTEGER
);
CREATE UNIQUE INDEX versions_by_object ON versions (shelf, object_id, first);
CREATE INDEX versions_by_first ON versions (shelf, first);

-- The versions of sealed snapshots in the order in which they are listed, with all that decides whether a row is.
CREATE TABLE listing (
    shelf INTEGER, live INTEGER, display_name TEXT, object_id TEXT, first INTEGER, last INTEGER, search TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (shelf, live, display_name, object_id, first)
) WITHOUT ROWID;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Inside a transaction. Creates what is missing, upgrades what is older; refuses a file of a newer Reentra."""
    found = version_of(connection)
    if found == VERSION:
        return
    if found == 1:
        checksums.add_to_documents(connection)
        checksums.add_to_catalogue(connection)
    else:
        for statement in statements():
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={VERSION}")


def require_current(connection: sqlite3.Connection) -> None:
    """For whoever may not change the file."""
    found = version_of(connection)
    if found < VERSION:
        raise Rejected(
            f"The database was written by an older Reentra (catalogue {found}, this one knows {VERSION}). "
            "Start `reentra up` once: it brings the database up to date."
        )


def version_of(connection: sqlite3.Connection) -> int:
    """Raises Rejected for a file of a newer Reentra."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > VERSION:
        raise Rejected(f"The database was written by a newer Reentra (catalogue {found}, this one knows {VERSION}).")
    return found


def statements() -> list[str]:
    """One by one: `executescript` would commit the transaction that makes them appear together."""
    return [statement.strip() for statement in _TABLES.split(";\n") if statement.strip()]
