"""A full read of what is already known: which objects it has met, which of them may still be incomplete, and which it
should have met and did not.

Graph spreads a large group over several entries, on several pages (delta-query-groups). The first of them looks like
a group that lost members, so an object that seems to have lost links is put off until the last page.

A pass that broke off may have stored objects, or marked them as seen, that vanish before the type is read again from
its first page. Delta does not tell of them then, for it begins behind their end; so what this pass does not tell of is
gone.

Kept in memory: the ids met, those in doubt, and the objects put off; after a crash such a read begins again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reentra.collector.domain.merge import Entry, join
from reentra.collector.operations.pages import Draft, draft_removal
from reentra.collector.operations.staging import Staging
from reentra.common.directory.catalog import ObjectType
from reentra.common.ids import ObjectId, TenantId
from reentra.common.snapshot.record import ObjectRecord

_CHUNK = 200


@dataclass(slots=True)
class Reread:
    met: set[ObjectId] = field(default_factory=set)
    put_off: dict[ObjectId, Entry] = field(default_factory=dict)
    doubtful: set[ObjectId] = field(default_factory=set)
    """What a pass that broke off has seen, and this one has not told of yet."""

    def due(self, entries: Sequence[Entry], *, last: bool) -> Sequence[Entry]:
        """The page's entries without those that belong to objects put off; with the last page come all of these."""
        found: list[Entry] = []
        for entry in entries:
            earlier = self.put_off.pop(entry.object_id, None)
            if earlier is None or entry.removed is not None:
                found.append(entry)
            else:
                self.put_off[entry.object_id] = join(earlier, entry)
        if last:
            found.extend(self.put_off.values())
            self.put_off.clear()
        return found

    def puts_off(self, object_type: ObjectType, entry: Entry, base: ObjectRecord | None) -> bool:
        if base is None or entry.object_id in self.met:
            return False
        told, known = entry.link_changes, base.links
        names = [r.name for r in object_type.relationships_by("delta") if not r.single]
        if not any(len(told.get(name, ())) < len(known.get(name, ())) for name in names):
            return False
        self.put_off[entry.object_id] = entry
        return True

    def meet(self, entry: Entry) -> bool:
        """Whether the object was met before in this read."""
        self.doubtful.discard(entry.object_id)
        again = entry.object_id in self.met
        if entry.removed is None:
            self.met.add(entry.object_id)
        else:
            self.met.discard(entry.object_id)
        return again

    async def gone(self, catalogue: Staging, tenant_id: TenantId, object_type: ObjectType) -> Sequence[Draft]:
        """The removals of what is in doubt still, after the last page."""
        ids, drafts = sorted(self.doubtful), list[Draft]()
        for start in range(0, len(ids), _CHUNK):
            heads = await catalogue.heads(tenant_id, object_type.name, ids[start : start + _CHUNK])
            drafts += [draft_removal(object_type, head, "absent") for head in heads.values() if head.removed is None]
        return drafts
