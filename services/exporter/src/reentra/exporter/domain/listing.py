"""The archive's own manifest: what it holds, of which snapshot, with the SHA-256 of every file.

It is put together from a head, a line per file, a line per object that is left out and a tail, because it may have
millions of lines.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import orjson

from reentra.common.ids import ObjectId, ObjectTypeName
from reentra.common.stores.catalogue import Snapshot
from reentra.common.stores.documents import Json

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
README = "README.md"
MIDDLE = b'\n  ],\n  "damaged": ['
"""Between the files and what is left out."""


@dataclass(frozen=True, slots=True)
class Source:
    """Of whom and what the archive is. `tenant_name` and `cloud` as they are called now."""

    tenant_name: str
    cloud: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Damaged:
    """An object that was asked for and is left out, because what is stored of it cannot be trusted."""

    object_type: ObjectTypeName
    object_id: ObjectId
    display_name: str
    reason: str


def head(source: Source, selection: Json) -> bytes:
    snapshot = source.snapshot
    facts = {
        "format": "reentra-archive",
        "format_version": FORMAT_VERSION,
        "tenant": {"id": snapshot.tenant_id, "name": source.tenant_name, "cloud": source.cloud},
        "snapshot": {
            "number": snapshot.number,
            "result": snapshot.result,
            "started_at": snapshot.started_at,
            "sealed_at": snapshot.sealed_at,
            "manifest_sha256": snapshot.manifest_sha256,
        },
        "selection": selection,
    }
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2)[:-2] + b',\n  "files": ['


def file_line(path: str, size: int, sha256: str, *, first: bool) -> bytes:
    line = orjson.dumps({"path": path, "size": size, "sha256": sha256})
    return (b"\n    " if first else b",\n    ") + line


def damaged_line(damaged: Damaged, *, first: bool) -> bytes:
    return (b"\n    " if first else b",\n    ") + orjson.dumps(asdict(damaged))


def tail(counts: Mapping[str, int], snapshot: Snapshot) -> bytes:
    facts = {"counts": dict(sorted(counts.items())), "incomplete_types": incomplete_types(snapshot, counts)}
    return b"\n  ],\n" + orjson.dumps(facts, option=orjson.OPT_INDENT_2)[2:] + b"\n"


def incomplete_types(snapshot: Snapshot, names: Mapping[str, int] | None = None) -> dict[str, str]:
    """Types of which the snapshot has not everything, with the reason."""
    return {
        name: str(facts.get("reason") or facts.get("warning") or facts.get("status"))
        for name, facts in sorted(snapshot.types.items())
        if facts.get("status") != "complete" and (names is None or name in names)
    }
