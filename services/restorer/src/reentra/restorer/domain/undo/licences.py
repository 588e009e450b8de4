"""Licences that the restore assigned are taken back, and those that it took are assigned again."""

from collections.abc import Mapping, Sequence

from reentra.restorer.domain.licences import direct_licences
from reentra.restorer.domain.recipes import LICENCE_RANK
from reentra.restorer.domain.steps import Step
from reentra.restorer.domain.undo.deeds import Deed, by_object
from reentra.restorer.domain.undo.world import CHANGED_SINCE, Tally, World, told

_Held = dict[str, frozenset[str]]


def undo_licences(deeds: Sequence[Deed], world: World, tally: Tally) -> None:
    for key, assigned in by_object(deeds, "license").items():
        live = world.objects.get(key)
        if live is not None:
            _undo(assigned, direct_licences(live), tally)


def _undo(deeds: Sequence[Deed], held: Mapping[str, frozenset[str]], tally: Tally) -> None:
    deed = deeds[0]
    before: _Held = {sku: frozenset(plans) for sku, plans in deed.step.before["licences"].items()}
    after = dict(before)
    for one in deeds:
        after |= {row["skuId"]: frozenset(row["disabledPlans"]) for row in one.step.body["addLicenses"]}
        after = {sku: plans for sku, plans in after.items() if sku not in one.step.body["removeLicenses"]}
    adds, removes = [], []
    for sku in sorted(before.keys() | after.keys()):
        now, then, written = held.get(sku), before.get(sku), after.get(sku)
        if then == written or now == then:
            continue
        if now != written:
            tally.block(deed, CHANGED_SINCE, f"Its licence {sku} was changed after the restore; it stays as it is now.")
        elif then is None:
            removes.append(sku)
        else:
            adds.append({"skuId": sku, "disabledPlans": sorted(then)})
    if removes:
        why = f"It loses {len(removes)} licence(s) that the restore assigned; data goes with a licence."
        tally.warnings.append(told(deed, "licence_goes", why))
    if adds or removes:
        tally.steps.append(
            Step(
                "license",
                LICENCE_RANK,
                deed.step.object_type,
                deed.object_id,
                deed.step.display_name,
                "POST",
                deed.step.path,
                "its licences go back to what they were before the restore",
                {"addLicenses": adds, "removeLicenses": removes},
                before={"licences": {sku: sorted(plans) for sku, plans in held.items()}},
            )
        )
