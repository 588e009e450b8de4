"""The undo plan: deeds and the tenant as it is now become ordered steps, blockers, skips and warnings. Pure."""

from collections.abc import Sequence

from reentra.restorer.domain.steps import Draft, in_order, with_needs
from reentra.restorer.domain.undo.deeds import Deed
from reentra.restorer.domain.undo.existence import undo_existence
from reentra.restorer.domain.undo.licences import undo_licences
from reentra.restorer.domain.undo.links import link_changes, undo_links
from reentra.restorer.domain.undo.parts import undo_parts
from reentra.restorer.domain.undo.properties import undo_properties
from reentra.restorer.domain.undo.world import Tally, World


def compose_undo(deeds: Sequence[Deed], world: World) -> Draft:
    tally = Tally()
    undo_properties(deeds, world, tally)
    undo_links(link_changes(deeds), world, tally)
    undo_parts(deeds, world, tally)
    undo_licences(deeds, world, tally)
    undo_existence(deeds, world, tally)
    concerned = {(s.object_type, s.object_id.lower()) for s in tally.steps}
    concerned |= {(b.object_type, b.object_id.lower()) for b in tally.blockers}
    touched = {deed.key for deed in deeds}
    return Draft(
        in_order([with_needs(step, world.returning) for step in tally.steps]),
        tuple(tally.blockers),
        tuple(tally.skipped),
        identical=len(touched - concerned),
        warnings=tuple(tally.warnings),
    )
