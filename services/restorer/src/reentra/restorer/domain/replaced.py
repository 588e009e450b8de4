"""Text that was no Unicode when it was read (half of a surrogate pair): what a restore writes is nearly it."""

from collections.abc import Mapping, Sequence

from reentra.restorer.domain.steps import Remark, Step


def nearly_as_it_was(steps: Sequence[Step], replaced: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[Remark, ...]:
    """A warning for each step that writes such text. `replaced`: properties by type and object, of the snapshot."""
    found = []
    for step in steps:
        names = replaced.get(step.object_type, {}).get(step.object_id, ())
        written = sorted(set(names) & set(step.body)) if isinstance(step.body, dict) else []
        if written:
            reason = (
                f"The snapshot has U+FFFD in {', '.join(written)} where text was no Unicode, and that is what is "
                "written. Check it afterwards."
            )
            found.append(Remark(step.object_type, step.object_id, step.display_name, "text_replaced", reason))
    return tuple(found)
