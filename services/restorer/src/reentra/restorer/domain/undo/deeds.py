"""What a restore did, from its ledger: every step that happened or may have, in the ids that objects have now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reentra.restorer.domain.mending import mending
from reentra.restorer.domain.steps import CREATING, Json, Probe, Step, filled, written_on

_MAY_HAVE_HAPPENED = ("confirmed", "sent", "unknown")
_NO_PLACES = {"graph": "", "password": ""}


@dataclass(frozen=True, slots=True)
class Deed:
    """`object_id`: of what the step wrote on, or made; '' when nobody knows. `on_new`: the restore itself made that.
    `adds`, `removes`: links that went out one by one; `adds` None: they did not. `was_there`: somebody else had done
    it already, or it came out of the recycle bin with what it joins."""

    step: Step
    object_id: str
    on_new: bool
    adds: tuple[str, ...] | None
    removes: tuple[str, ...]
    was_there: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.step.object_type, self.object_id.lower()

    @property
    def makes(self) -> bool:
        """An object of its own, not a part of another one."""
        return self.step.kind in CREATING and self.step.kind != "add_part"


def deeds_of(rows: Iterable[tuple[Step, Json]], ids: Mapping[str, str]) -> list[Deed]:
    """In the order of the ledger. `ids`: old id (lower case) to present one, from all restores."""
    ledger = [(step, outcome) for step, outcome in rows if _may_have_happened(outcome)]
    names = {**ids, **_NO_PLACES}
    for _, outcome in ledger:
        names.update({old.lower(): new for old, new in (outcome.get("given") or {}).items()})
    deeds: list[Deed] = []

    def name(old: str) -> str:
        return names[old.lower()]

    for step, outcome in ledger:
        try:
            one = replace(step, path=filled(step.path, name), body=filled(step.body, name), probe=_probe(step, name))
        except KeyError:
            continue  # what it needs was never made, so it never went out
        deed = _deed(one, outcome, on_new="@{" in step.path)
        needs = tuple(names.get(old, old) for old in step.needs)
        deeds += [deed, *(_mended(deed, mend, needs) for mend in outcome.get("mends") or ())]
    return deeds


def _mended(deed: Deed, mend: Json, needs: tuple[str, ...]) -> Deed:
    """What was there already was there before the restore: its changes go back like those of anything else."""
    step = replace(mending(deed.step, mend), needs=needs)
    return Deed(step, written_on(step), deed.on_new and not deed.makes, None, (), was_there=False)


def _probe(step: Step, name: Callable[[str], str]) -> Probe | None:
    probe = step.probe
    return replace(probe, path=filled(probe.path, name), match=filled(probe.match, name)) if probe else None


def _may_have_happened(outcome: Json) -> bool:
    return outcome["state"] in _MAY_HAVE_HAPPENED or any(outcome.get(n) for n in ("adds", "removes", "mends"))


def _deed(step: Step, outcome: Json, *, on_new: bool) -> Deed:
    given = {old.lower(): new for old, new in (outcome.get("given") or {}).items()}
    is_made = step.kind in CREATING and step.kind != "add_part"
    object_id = given.get(step.object_id.lower(), "") if is_made else written_on(step)
    return Deed(
        step,
        object_id,
        on_new,
        tuple(outcome["adds"]) if "adds" in outcome else None,
        tuple(outcome.get("removes") or ()),
        bool(outcome.get("found")),
    )


def by_object(deeds: Iterable[Deed], *kinds: str) -> dict[tuple[str, str], Sequence[Deed]]:
    found: dict[tuple[str, str], list[Deed]] = {}
    for deed in deeds:
        if deed.step.kind in kinds:
            found.setdefault(deed.key, []).append(deed)
    return dict(found)
