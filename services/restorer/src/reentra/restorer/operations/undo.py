"""The undo of a restore: its ledger is read, the tenant as it is now, and the opposite is composed (`domain.undo`).

Undoing needs no snapshot: what goes back stands in the ledger.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from reentra.common.directory.catalog import object_type
from reentra.restorer.domain.compose import as_undeleted
from reentra.restorer.domain.missing import LOCATIONS
from reentra.restorer.domain.steps import Draft, Json, Step
from reentra.restorer.domain.undo.compose import compose_undo
from reentra.restorer.domain.undo.deeds import Deed, by_object, deeds_of
from reentra.restorer.domain.undo.existence import own_links, remade
from reentra.restorer.domain.undo.links import link_changes
from reentra.restorer.domain.undo.parts import PART_KINDS, relationship_of
from reentra.restorer.domain.undo.properties import images, references_back
from reentra.restorer.domain.undo.world import World
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.ports import GraphReader
from reentra.restorer.operations.uses import uses_by_others


async def draft_undo(
    ledger: Iterable[tuple[Step, Json]], ids: Mapping[str, str], graph: GraphReader, *, whole_bin: bool
) -> Draft:
    """`ledger`: of the restore to undo. `whole_bin`: see `World`."""
    deeds, live = deeds_of(ledger, ids), LiveReader(graph)
    binned = await _binned(deeds, live)
    objects = {**await _objects(deeds, live), **binned}
    objects |= _hidden(deeds, objects, {object_id for _, object_id in binned})
    uses = await uses_by_others(deeds, objects, live)
    return compose_undo(
        deeds,
        World(
            objects,
            await _links(deeds, objects, live),
            await _parts(deeds, objects, live),
            await live.rows(_probes(deeds)),
            frozenset(object_id for _, object_id in binned),
            await _unknown(deeds, live),
            whole_bin,
            {key: tuple(found) for key, found in uses.named_by.items()},
            {key: tuple(found) for key, found in uses.given.items()},
            tuple(uses.unseen),
        ),
    )


async def _objects(deeds: Sequence[Deed], live: LiveReader) -> dict[tuple[str, str], Json]:
    found: dict[tuple[str, str], Json] = {}
    for name, ids in _ids_by_type(deed for deed in deeds if not _is_joined(deed)).items():
        for object_id, state in (await live.objects(object_type(name), ids)).items():
            found[name, object_id] = state
    return found


def _is_joined(deed: Deed) -> bool:
    return deed.step.kind in ("assign", "grant", "remove")


async def _links(
    deeds: Sequence[Deed], objects: Mapping[tuple[str, str], Json], live: LiveReader
) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """What the restore wrote on, and what was put into what it made. Of groups with the service principals."""
    asked: dict[tuple[str, str], list[str]] = {}
    for change in link_changes(deeds):
        if change.deed.key in objects:
            asked.setdefault((change.deed.step.object_type, change.relationship.name), []).append(change.deed.object_id)
    for deed in deeds:
        if deed.makes and (state := objects.get(deed.key)) is not None:
            for name in own_links(object_type(deed.step.object_type), state):
                asked.setdefault((deed.step.object_type, name), []).append(deed.object_id)
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for (type_name, name), ids in asked.items():
        links = await live.links(object_type(type_name).relationship(name), ids, principals=ids)
        found.update({(type_name, object_id.lower(), name): targets for object_id, targets in links.items()})
    return found


async def _parts(
    deeds: Sequence[Deed], objects: Mapping[tuple[str, str], Json], live: LiveReader
) -> dict[tuple[str, str], tuple[Json, ...]]:
    asked: dict[tuple[str, str], set[str]] = {}
    for deed in deeds:
        if deed.step.kind in PART_KINDS and deed.key in objects:
            asked.setdefault((deed.step.object_type, relationship_of(deed)), set()).add(deed.object_id)
    found: dict[tuple[str, str], tuple[Json, ...]] = {}
    for (type_name, name), ids in asked.items():
        parts = await live.parts(object_type(type_name).relationship(name), sorted(ids))
        found.update({(object_id.lower(), name): entries for object_id, entries in parts.items()})
    return found


def _probes(deeds: Sequence[Deed]) -> list[str]:
    """Where assignments and grants are listed."""
    joined = [deed for deed in deeds if _is_joined(deed)]
    steps = [remade(deed) if deed.step.kind == "remove" else deed.step for deed in joined]
    return [step.probe.path for step in steps if step.probe is not None]


async def _binned(deeds: Sequence[Deed], live: LiveReader) -> dict[tuple[str, str], Json]:
    """Of what an undo put there, as it will be when it is out again."""
    found: dict[tuple[str, str], Json] = {}
    for name, ids in _ids_by_type(deed for deed in deeds if deed.step.kind == "delete").items():
        for object_id, state in (await live.bin(object_type(name), ids)).items():
            is_unified = "Unified" in (state.get("groupTypes") or ())
            then = {**state, "securityEnabled": state.get("securityEnabled") if is_unified else True}
            found[name, object_id] = as_undeleted(name, object_id, state, then)
    return found


def _hidden(
    deeds: Sequence[Deed], seen: Mapping[tuple[str, str], Json], binned: Collection[str]
) -> dict[tuple[str, str], Json]:
    """Grants that return with what lies in the recycle bin, as they were written last: nobody can see them there."""
    found: dict[tuple[str, str], Json] = {}
    for key, updates in by_object([d for d in deeds if not d.on_new], "update").items():
        if key not in seen and any(need.lower() in binned for deed in updates for need in deed.step.needs):
            found[key] = {"id": updates[0].object_id, **images(updates)[1]}
    return found


async def _unknown(deeds: Sequence[Deed], live: LiveReader) -> frozenset[str]:
    """Of what links and properties would refer to again."""
    referred = references_back(deeds)
    targets = [target for change in link_changes(deeds) for target in change.comes_back]
    targets += [value for where, value in referred if not where.endswith(LOCATIONS)]
    unknown = await live.unknown_ids(targets) if targets else set()
    if locations := {value.lower() for where, value in referred if where.endswith(LOCATIONS)}:
        unknown |= locations - (await live.collection(object_type("namedLocation"))).keys()
    return frozenset(unknown)


def _ids_by_type(deeds: Iterable[Deed]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for deed in deeds:
        ids = found.setdefault(deed.step.object_type, [])
        if deed.object_id and deed.object_id not in ids:
            ids.append(deed.object_id)
    return found
