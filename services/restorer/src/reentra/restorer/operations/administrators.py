"""Who holds an administrator role: by an assignment, now or in the snapshot, or through a group that has one.

The snapshot counts as well: people in the recycle bin show no assignments, and get theirs back with them.
"""

from collections.abc import Iterable
from contextlib import suppress

from reentra.common.directory.catalog import object_type
from reentra.common.errors import Forbidden, Rejected
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.wanted import SnapshotView

_ASSIGNMENT, _GROUP = object_type("roleAssignment"), object_type("group")


async def role_holders(view: SnapshotView, live: LiveReader) -> set[str]:
    """Ids in lower case. Where Graph does not list them (no permission, or only filtered), the snapshot tells alone."""
    held = {v.facets.get("principalId", "").lower() for v in await view.versions(_ASSIGNMENT)}
    with suppress(Forbidden, Rejected):
        held |= {str(row.get("principalId")).lower() for row in (await live.collection(_ASSIGNMENT)).values()}
    groups = [w for w in await view.named(held) if w.row.name == _GROUP.name]
    held |= {str(entry["id"]).lower() for group in groups for entry in group.record.links.get("members", ())}
    return held | await _members_now(live, [group.record.object_id for group in groups])


async def role_holders_now(live: LiveReader) -> set[str]:
    """The same without a snapshot, for an undo."""
    held: set[str] = set()
    with suppress(Forbidden, Rejected):
        held = {str(row.get("principalId")).lower() for row in (await live.collection(_ASSIGNMENT)).values()}
    return held | await _members_now(live, sorted(held))


async def _members_now(live: LiveReader, groups: Iterable[str]) -> set[str]:
    links: dict[str, tuple[str, ...]] = {}
    with suppress(Forbidden, Rejected):
        links = await live.links(_GROUP.relationship("members"), list(groups))
    return {target.lower() for targets in links.values() for target in targets}
