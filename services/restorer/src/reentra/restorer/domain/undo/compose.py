"""The undo plan: deeds and the tenant as it is now become ordered steps, blockers, skips and warnings. Pure."""

from collections.abc import Collection, Sequence

from reentra.restorer.domain.steps import Draft, Remark, Step, in_order, link_of, with_needs
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
    deleted = {s.object_id.lower() for s in tally.steps if s.kind == "delete"}
    tally.steps = [step for step in tally.steps if not _goes_with_its_owner(step, deleted)]
    if deleted:
        tally.warnings += [Remark("tenant", "", "undo", "not_seen", sentence) for sentence in world.unseen]
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


def _goes_with_its_owner(step: Step, deleted: Collection[str]) -> bool:
    """Who goes to the recycle bin owns nothing there. Graph would refuse to take a last owner away before
    (group-delete-owners)."""
    if step.kind != "remove_link":
        return False
    _, relationship, targets = link_of(step)
    return relationship == "owners" and {target.lower() for target in targets} <= set(deleted)
