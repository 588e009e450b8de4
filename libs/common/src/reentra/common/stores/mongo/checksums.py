"""Checksums of what the database alone knows, or shows without opening the objects, as in SQLite (decision 7).

A document's covers collection, id, revision and body; a version's everything but `last`, which a later snapshot
changes; a snapshot's everything but its state, which its other fields tell a second time, and what only its writer
needs. A counter is counted by the server, so it holds its number twice: as `value`, and below zero as `opposite`.
"""

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

_SIZE = 16
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
_OF_SNAPSHOT = (
    "tenant",
    "number",
    "job_id",
    "started_at",
    "result",
    "sealed_at",
    "types",
    "manifest_key",
    "manifest_sha256",
    "stats",
)
_OF_VERSION = ("type", "object_id", "live", "removed", "hash", "segment", "offset", "length", "line", "name", "search")


def of_document(collection: str, id: str, revision: int, body: Any) -> bytes:
    """Raises orjson.JSONEncodeError when the body is not JSON."""
    return _digest([collection, id, revision, body])


def of_snapshot(fields: Mapping[str, Any]) -> bytes:
    return _digest([fields.get(name) for name in _OF_SNAPSHOT])


def of_version(tenant_id: str, first: int, row: Mapping[str, Any]) -> int:
    """CRC-32: few bytes a row; every flipped bit, and every burst of up to 32, changes it."""
    values = "\0".join([str(row.get(name)) for name in _OF_VERSION])
    facets = "\0".join([f"{name}\0{value}" for name, value in row.get("facets") or ()])
    return zlib.crc32(f"{tenant_id}\0{first}\0{values}\0{facets}".encode(errors="surrogatepass"))


def is_document(collection: str, stored: Mapping[str, Any]) -> bool:
    try:
        found = of_document(collection, stored["_id"], stored["revision"], stored["body"])
    except (KeyError, orjson.JSONEncodeError):
        return False
    return bool(found == stored.get("checksum"))


def is_counter(stored: Mapping[str, Any]) -> bool:
    value, opposite = stored.get("value"), stored.get("opposite")
    return isinstance(value, int) and isinstance(opposite, int) and value + opposite == 0


def is_snapshot(stored: Mapping[str, Any]) -> bool:
    try:
        return bool(of_snapshot(stored) == stored.get("checksum"))
    except orjson.JSONEncodeError:
        return False


def is_version(stored: Mapping[str, Any]) -> bool:
    try:
        found = of_version(stored["tenant"], stored["first"], stored)
    except (KeyError, TypeError, ValueError):
        return False
    return found == stored.get("checksum")


def _digest(values: list[Any]) -> bytes:
    return hashlib.blake2b(orjson.dumps(values, option=_OPTIONS), digest_size=_SIZE).digest()
