"""From a selection to a draft: what planning does, and reading back does again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reentra.common.directory.catalog import CATALOG
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue
from reentra.restorer.domain.choice import EVERYTHING, Choice
from reentra.restorer.domain.compose import compose
from reentra.restorer.domain.steps import Draft
from reentra.restorer.domain.subjects import Manner
from reentra.restorer.operations.comparing import Compared, silently
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.ports import GraphReader, Records
from reentra.restorer.operations.scene import Surveyor
from reentra.restorer.operations.sifting import Sieve, is_sifted
from reentra.restorer.operations.wanted import Selection, SnapshotView, Wanted


@dataclass(frozen=True, slots=True)
class Desk:
    """One tenant at one snapshot, with both worlds open."""

    tenant_id: TenantId
    number: SnapshotNumber
    catalogue: Catalogue
    records: Records
    graph: GraphReader
    roles_by_assignment: bool = True
    uncaptured: Mapping[str, frozenset[str]] = field(default_factory=dict)
    replaced: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """By type and object: properties whose text was no Unicode, which the snapshot has with U+FFFD."""
    held: Mapping[str, int] = field(default_factory=dict)
    """Objects of the snapshot by type."""

    def count(self, selection: Selection) -> int:
        """Objects to compare."""
        if selection.ids is not None:
            return len(selection.ids)
        return sum(self.held.get(name, 0) for name in selection.object_types or CATALOG)

    def view(self) -> SnapshotView:
        return SnapshotView(self.tenant_id, self.number, self.catalogue, self.records)

    async def draft(
        self,
        wanted: Sequence[Wanted],
        ids: dict[str, str],
        manner: Manner,
        *,
        view: SnapshotView,
        choice: Choice = EVERYTHING,
        compared: Compared = silently,
    ) -> Draft:
        """Of these objects."""
        surveyor = self._surveyor(view, ids, manner, choice)
        surveyor.compared = compared
        return _with_damaged(compose(await surveyor.survey(wanted)), view)

    async def draft_whole(
        self,
        selection: Selection,
        ids: dict[str, str],
        manner: Manner,
        *,
        view: SnapshotView,
        choice: Choice = EVERYTHING,
        compared: Compared = silently,
    ) -> Draft:
        """Of whole types."""
        surveyor = self._surveyor(view, ids, manner, choice)
        sieve = Sieve(surveyor, compared)
        wanted = await sieve.selected(selection)
        surveyor.whole = {row.name for row in CATALOG.values() if not is_sifted(row)}
        draft = compose(await surveyor.survey(wanted))
        return replace(_with_damaged(draft, view), identical=draft.identical + sieve.identical)

    def _surveyor(self, view: SnapshotView, ids: dict[str, str], manner: Manner, choice: Choice) -> Surveyor:
        live = LiveReader(self.graph, self.uncaptured)
        return Surveyor(view, live, ids, manner, roles_by_assignment=self.roles_by_assignment, choice=choice)


def _with_damaged(draft: Draft, view: SnapshotView) -> Draft:
    """What could not be read, whether it was selected or only refers to what comes back."""
    return replace(draft, blockers=(*view.damaged.values(), *draft.blockers))
