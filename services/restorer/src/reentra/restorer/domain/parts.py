"""Objects that an object contains and Graph lets apps write: what is missing is made, what differs is put right.

Nothing is removed: a snapshot of before they were backed up holds none either. What comes out of the recycle bin brings
its own along, so it is only compared once it is there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reentra.common.directory.catalog import ObjectType, Relationship
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.recipes import LINK_RANK
from reentra.restorer.domain.steps import Json, Probe, Step
from reentra.restorer.domain.subjects import Scene, Subject, own_path


@dataclass(frozen=True, slots=True)
class Part:
    """`key`: what an object has one of each; `values`: the list that may be changed, whose entries have a `name`."""

    key: str
    values: str


PARTS: Mapping[str, Part] = {"settings": Part("templateId", "values")}
"""`POST` and `PATCH /groups/{id}/settings` take all values, all of them strings (group-post-settings)."""


def written_parts(row: ObjectType, record: ObjectRecord) -> Iterator[Relationship]:
    """Those that the snapshot holds of it."""
    for relationship in row.relationships:
        if relationship.kind == "object" and relationship.writable and record.links.get(relationship.name):
            yield relationship


def part_steps(subject: Subject, scene: Scene) -> list[Step]:
    if scene.manner.links == "none" or (subject.live is None and subject.binned is not None):
        return []
    steps: list[Step] = []
    for relationship in written_parts(subject.row, subject.wanted):
        if not scene.takes(subject, relationship.name):
            continue
        if subject.live is not None and relationship.name not in subject.live.parts:
            continue  # it was not looked at
        part = PARTS[relationship.name]
        held = {
            entry.get(part.key): entry
            for entry in (subject.live.parts if subject.live else {}).get(relationship.name, ())
        }
        path = f"{own_path(subject)}/{relationship.name}"
        for entry in subject.wanted.links[relationship.name]:
            now = held.get(entry.get(part.key))
            if now is None:
                steps.append(missing_part(subject, relationship, part, path, entry))
            elif values_of(now, part) != values_of(entry, part):
                steps.append(_different(subject, relationship, part, f"{path}/{now['id']}", entry, now))
    return steps


def missing_part(subject: Subject, relationship: Relationship, part: Part, path: str, entry: Json) -> Step:
    body = {part.key: entry[part.key], part.values: entry.get(part.values) or []}
    return Step(
        "add_part",
        LINK_RANK,
        subject.row.name,
        subject.id,
        subject.name,
        "POST",
        path,
        f"its {relationship.name} of this kind are missing",
        body,
        before={relationship.name: "absent"},
        probe=Probe(path, {part.key: entry[part.key]}),
    )


def _different(subject: Subject, relationship: Relationship, part: Part, path: str, entry: Json, now: Json) -> Step:
    return Step(
        "update_part",
        LINK_RANK,
        subject.row.name,
        subject.id,
        subject.name,
        "PATCH",
        path,
        f"its {relationship.name} differ from the snapshot",
        {part.values: entry.get(part.values) or []},
        before={relationship.name: now},
    )


def values_of(entry: Json, part: Part) -> dict[Any, Any]:
    return {row.get("name"): row.get("value") for row in entry.get(part.values) or ()}
