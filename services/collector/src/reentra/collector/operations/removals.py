"""What a full read did not meet is gone."""

from collections.abc import Mapping, Sequence

from reentra.collector.operations.pages import Draft, Written, draft_removal
from reentra.collector.operations.reread import Reread
from reentra.collector.operations.type_run import TypeRun
from reentra.common.ids import ObjectId
from reentra.common.stores.catalogue import ObjectVersion

_CHUNK = 200
_SMALL = 2000
"""Objects of a type that are asked for in one question."""


async def not_told_again(run: TypeRun, reread: Reread | None) -> Sequence[Draft]:
    """Of what a pass that broke off has stored."""
    return await reread.gone(run.catalogue, run.tenant_id, run.object_type) if reread is not None else ()


async def all_live(run: TypeRun, reread: Reread | None) -> Mapping[ObjectId, ObjectVersion] | None:
    """Before a page that is all of a full read: the type's live objects, if they are few. With them one question says
    what changed and what is gone, and no object needs to be marked as seen. None: it is to be done page by page."""
    if reread is None or reread.doubtful or run.memory.objects > _SMALL:
        return None
    found = await run.catalogue.untouched(run.tenant_id, run.object_type.name, run.number, _SMALL + 1)
    return None if len(found) > _SMALL else {version.object_id: version for version in found}


def absent(
    run: TypeRun, live: Mapping[ObjectId, ObjectVersion], reread: Reread | None, drafts: Sequence[Written]
) -> Sequence[Draft]:
    """The live objects that the only page did not tell of, not even that they were removed."""
    told = {item.object_id for item in drafts} | (reread.met if reread is not None else set())
    return [draft_removal(run.object_type, version, "absent") for id, version in live.items() if id not in told]


async def remove_untouched(run: TypeRun) -> None:
    if run.is_first or run.state.absent_removed:
        return
    while gone := await run.catalogue.untouched(run.tenant_id, run.object_type.name, run.number, _CHUNK):
        drafts = [draft_removal(run.object_type, version, "absent") for version in gone]
        await run.writer.commit_page(run.object_type, drafts)
