"""A full read of what is already known: which objects it has met, and which of them may still be incomplete.

Graph spreads a large group over several entries, on several pages (delta-query-groups). The first of them looks like
a group that lost members, so an object that seems to have lost links is put off until the last page. Kept in memory:
the ids met, and the objects put off; after a crash such a read begins again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reentra.collector.domain.merge import Entry, join
from reentra.common.directory.catalog import ObjectType
from reentra.common.ids import ObjectId
from reentra.common.snapshot.record import ObjectRecord


@dataclass(slots=True)
class Reread:
    met: set[ObjectId] = field(default_factory=set)
    put_off: dict[ObjectId, Entry] = field(default_factory=dict)

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
        again = entry.object_id in self.met
        if entry.removed is None:
            self.met.add(entry.object_id)
        else:
            self.met.discard(entry.object_id)
        return again
