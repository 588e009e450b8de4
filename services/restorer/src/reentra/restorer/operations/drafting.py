"""From a selection to a draft: what planning does, and reading back does again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue
from reentra.restorer.domain.compose import compose
from reentra.restorer.domain.steps import Draft, Remark
from reentra.restorer.domain.subjects import LinkMode
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.ports import GraphReader, Records
from reentra.restorer.operations.scene import Surveyor
from reentra.restorer.operations.wanted import SnapshotView, Wanted


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

    def view(self) -> SnapshotView:
        return SnapshotView(self.tenant_id, self.number, self.catalogue, self.records)

    async def draft(
        self,
        wanted: Sequence[Wanted],
        ids: dict[str, str],
        mode: LinkMode,
        *,
        view: SnapshotView,
        whole: bool = False,
        remarks: Sequence[Remark] = (),
    ) -> Draft:
        surveyor = Surveyor(view, LiveReader(self.graph, self.uncaptured), ids, mode, whole, self.roles_by_assignment)
        draft = compose(await surveyor.survey(wanted))
        return replace(draft, blockers=(*remarks, *draft.blockers))
