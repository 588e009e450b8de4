"""What the simulated cloud knows, held against what was backed up and against what came back."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.directory.normalise import strip_annotations, without_empty
from reentra.common.ids import ObjectTypeName

RELATIONS = ("members", "owners", "manager", "sponsors", "registeredOwners")
VOLATILE = {
    "subscribedSku": {"consumedUnits"},
    "organization": {"assignedPlans"},
}
"""Moves by itself with every licence; it is reference data and is never restored."""


def differences_with_archive(truth: Mapping[str, Any], archive: Path) -> list[str]:
    """Everything in which a downloaded archive differs from the truth: objects, properties, links."""
    found = list(_checked_files(archive))
    return differences_with_objects(truth, {(name.split("/")[0], body["id"]): body for name, body in found})


def differences_with_objects(truth: Mapping[str, Any], files: Mapping[tuple[str, str], Any]) -> list[str]:
    """By type and id: properties and, beside them, links."""
    problems: list[str] = []
    for name, row in CATALOG.items():
        expected = truth["objects"].get(name, {})
        stored = {key[1] for key in files if key[0] == name}
        problems += [f"{name} {i} is missing in the archive" for i in expected.keys() - stored]
        problems += [f"{name} {i} is in the archive but not in the tenant" for i in stored - expected.keys()]
        for object_id in expected.keys() & stored:
            body = files[(name, object_id)]
            problems += _property_differences(row, object_id, expected[object_id], body)
            problems += _link_differences(row, object_id, truth["links"], body)
    return problems


def archive_files(archive: Path) -> int:
    return sum(1 for _ in _checked_files(archive))


def _checked_files(archive: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Object files, after their SHA-256 was compared with the manifest's."""
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
        hashes = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
        names = {n for n in opened.namelist() if n.endswith(".json") and n != "manifest.json"}
        assert names <= hashes.keys(), f"not in the manifest: {sorted(names - hashes.keys())[:3]}"
        for name in sorted(names):
            data = opened.read(name)
            assert hashlib.sha256(data).hexdigest() == hashes[name], f"{name} is not what the manifest says"
            yield name, json.loads(data)


def _property_differences(row: ObjectType, object_id: str, truth: Mapping[str, Any], body: Any) -> list[str]:
    known = without_empty(strip_annotations(dict(truth)))
    stored = without_empty(body)
    names = set(row.select) if row.select else known.keys() - {r.name for r in row.relationships}
    return [
        f"{row.name} {object_id}: {name} is {stored.get(name)!r} in the archive, {known.get(name)!r} in the tenant"
        for name in sorted(names - VOLATILE.get(row.name, set()))
        if known.get(name) != stored.get(name)
    ]


def _link_differences(row: ObjectType, object_id: str, links: Mapping[str, Any], body: Any) -> list[str]:
    problems = []
    for relationship in row.relationships:
        if relationship.name not in RELATIONS:
            continue
        value = body.get(relationship.name) or []
        entries = value if isinstance(value, list) else [value]
        stored = {entry["id"] for entry in entries}
        expected = set(links.get(relationship.name, {}).get(object_id, []))
        if stored != expected:
            problems.append(
                f"{row.name} {object_id}: {relationship.name} lacks {sorted(expected - stored)[:3]}, "
                f"has {sorted(stored - expected)[:3]} too many"
            )
    return problems


def differences_after_restore(
    before: Mapping[str, Any], after: Mapping[str, Any], new_ids: Mapping[str, str]
) -> list[str]:
    """Every restorable property and link of `before` that is not so again. `new_ids`: old id -> new id."""
    moved = json.loads(_with_new_ids(json.dumps(before), new_ids))
    problems: list[str] = []
    for name, row in CATALOG.items():
        wanted, live = moved["objects"].get(name, {}), after["objects"].get(name, {})
        if row.id_is_stable or row.delta is not None or name in ("conditionalAccessPolicy", "namedLocation"):
            problems += [f"{name} {i} did not come back" for i in wanted.keys() - live.keys()]
            for object_id in wanted.keys() & live.keys():
                created_anew = object_id in new_ids.values()
                problems += _restored_properties(row, object_id, wanted[object_id], live[object_id], created_anew)
        else:
            problems += _restored_assignments(row, wanted, live)
    for relation in RELATIONS:
        if relation == "registeredOwners":
            continue
        sources = moved["links"][relation].keys() | after["links"][relation].keys()
        for source in sources:
            then, now = set(moved["links"][relation].get(source, [])), set(after["links"][relation].get(source, []))
            if then != now:
                problems.append(
                    f"{relation} of {source}: lost {sorted(then - now)[:3]}, gained {sorted(now - then)[:3]}"
                )
    return problems


def _with_new_ids(text: str, new_ids: Mapping[str, str]) -> str:
    for old, new in new_ids.items():
        text = text.replace(old, new)
    return text


def _restored_properties(row: ObjectType, object_id: str, wanted: Any, live: Any, created_anew: bool) -> list[str]:
    then, now = without_empty(strip_annotations(wanted)), without_empty(strip_annotations(live))
    ignored = {
        *row.read_only,
        *row.not_app_only,
        *VOLATILE.get(row.name, ()),
        "state" if row.lane != "directory" else "",
    }
    if created_anew:
        ignored |= {*row.write_only, "passwordProfile"}
    if row.read_only == ("*",):
        return []
    return [
        f"{row.name} {object_id}: {name} is {now.get(name)!r}, was {then.get(name)!r}"
        for name in sorted((then.keys() | now.keys()) - ignored)
        if then.get(name) != now.get(name)
    ]


def _restored_assignments(row: ObjectType, wanted: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Objects that join others have no id worth keeping: they are compared by what they join."""
    key = [k for k in row.natural_key if k != "id"]

    def joined(objects: Mapping[str, Any]) -> set[tuple[Any, ...]]:
        return {tuple(o.get(k) for k in key) for o in objects.values()}

    return [f"{row.name} {dict(zip(key, k, strict=True))} did not come back" for k in joined(wanted) - joined(live)]


def types_in(truth: Mapping[str, Any]) -> dict[ObjectTypeName, int]:
    return {name: len(truth["objects"].get(name, {})) for name in CATALOG}
