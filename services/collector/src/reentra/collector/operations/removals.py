"""What a full read did not meet is gone."""

from collections.abc import Sequence

from reentra.collector.operations.pages import Draft, draft_removal
from reentra.collector.operations.reread import Reread
from reentra.collector.operations.type_run import TypeRun

_CHUNK = 200


async def not_told_again(run: TypeRun, reread: Reread | None) -> Sequence[Draft]:
    """Of what a pass that broke off has stored."""
    return await reread.gone(run.catalogue, run.tenant_id, run.object_type) if reread is not None else ()


async def remove_untouched(run: TypeRun) -> None:
    if run.is_first:
        return
    while gone := await run.catalogue.untouched(run.tenant_id, run.object_type.name, run.number, _CHUNK):
        drafts = [draft_removal(run.object_type, version, "absent") for version in gone]
        await run.writer.commit_page(run.object_type, drafts)
