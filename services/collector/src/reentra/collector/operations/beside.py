"""Relationships beside the pages: swept, or asked for one by one, also of objects that no page mentioned."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from reentra.collector.domain.choices import is_sweep_due
from reentra.collector.domain.merge import NO_ENTRIES, EncodedLinks, state_of
from reentra.collector.operations.links import LinkMap, read_links, sweep
from reentra.collector.operations.pages import Draft, draft
from reentra.collector.operations.type_run import TypeRun
from reentra.common.directory.catalog import Relationship
from reentra.common.directory.summary import digest_of_bytes
from reentra.common.stores.catalogue import ObjectVersion

_CHUNK = 200


async def sweep_due(run: TypeRun) -> Mapping[str, LinkMap]:
    row, found = run.object_type, dict[str, LinkMap]()
    for relationship in row.relationships_by("expand"):
        if run.state.mode == "full" or _is_due(run, relationship):
            started = run.swept_at(relationship.name)
            found[relationship.name] = await sweep(run.graph, row, relationship)
            run.state.sweeps[relationship.name] = started
    return found


def _is_due(run: TypeRun, relationship: Relationship) -> bool:
    now = run.clock.now()
    return is_sweep_due(run.object_type, relationship.name, run.parent_objects, run.memory, now, run.settings)


async def read_put_off(run: TypeRun, at_least: int = 1) -> None:
    """What only some objects can have, of objects that are stored already: few of these do have it."""
    for relationship in run.object_type.relationships_by("each"):
        if len(run.state.put_off.get(relationship.name, ())) < at_least:
            continue
        found = await run.singles.read_put_off(relationship)
        heads = await run.catalogue.heads(run.tenant_id, run.object_type.name, list(found))
        links = [(h, {relationship.name: found[h.object_id]}) for h in heads.values() if h.removed is None]
        changed = [(head, entries) for head, entries in links if _differs(head, entries)]
        await _rewrite_links(run, changed, advance=partial(run.state.put_off.pop, relationship.name))


async def compare_swept(run: TypeRun, swept: Mapping[str, LinkMap]) -> None:
    """Objects that no page mentioned, whose swept relationships have changed all the same."""
    each = run.object_type.relationships_by("each")
    if run.state.mode == "full":
        run.state.sweeps.update({r.name: run.state.full_at or run.now() for r in each})
        _forget_omitted(run)
        return
    due = [r for r in each if _is_due(run, r) and r.name not in run.state.omitted]
    if run.previous is None or not (due or swept):
        return
    started = {r.name: run.swept_at(r.name) for r in due}
    mentioned = set(await run.catalogue.seen(run.tenant_id, run.object_type.name, run.number))
    async for batch in run.catalogue.scan(run.tenant_id, run.previous, run.object_type.name):
        unmentioned = [version for version in batch if version.object_id not in mentioned]
        found = dict(swept)
        for relationship in due:
            found[relationship.name] = await _read_each(run, relationship, unmentioned)
        changed: list[tuple[ObjectVersion, EncodedLinks]] = []
        for head in unmentioned:
            links = {n: e.get(head.object_id, NO_ENTRIES) for n, e in found.items() if n not in run.state.omitted}
            if _differs(head, links):
                changed.append((head, links))
        for start in range(0, len(changed), _CHUNK):
            await _rewrite_links(run, changed[start : start + _CHUNK])
    run.state.sweeps.update(started)
    _forget_omitted(run)


async def _read_each(run: TypeRun, relationship: Relationship, heads: Sequence[ObjectVersion]) -> LinkMap:
    if relationship.only is None:
        return await read_links(run.graph, relationship, [head.object_id for head in heads])
    records = await run.records.read([head.place for head in heads])
    return await run.singles.read(relationship, [state_of(record) for record in records])


def _forget_omitted(run: TypeRun) -> None:
    for name in run.state.omitted:
        run.state.sweeps.pop(name, None)


async def _rewrite_links(
    run: TypeRun,
    changed: Sequence[tuple[ObjectVersion, EncodedLinks]],
    advance: Callable[[], object] | None = None,
) -> None:
    records = await run.records.read([version.place for version, _ in changed])
    drafts: list[Draft] = []
    for record, (version, links) in zip(records, changed, strict=True):
        item = draft(run.object_type, state_of(record, links), version, record, tenant_id=run.tenant_id)
        if item is not None:
            drafts.append(item)
    await run.writer.commit_page(run.object_type, drafts, advance=advance)


def _differs(head: ObjectVersion, links: EncodedLinks) -> bool:
    digests = {name: None if entries == NO_ENTRIES else digest_of_bytes(entries) for name, entries in links.items()}
    return any(head.facets.get("#" + name) != digest for name, digest in digests.items())
