"""What of an object a restore may bring back: chosen properties and relationships by Graph's names.

A choice concerns what is there, or comes out of the recycle bin. What is gone for good is made anew whole, for Graph
takes no half objects; of its relationships only the chosen ones are restored. What came along is not concerned.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reentra.common.directory.catalog import ObjectType
from reentra.common.errors import Rejected
from reentra.restorer.domain.properties import is_sent
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import LINKING, Json, Step

LICENCES = "assignedLicenses"
ALWAYS: Mapping[str, frozenset[str]] = {
    "user": frozenset({"userPrincipalName"}),
    "group": frozenset({"securityEnabled"}),
    "conditionalAccessPolicy": frozenset({"state"}),
    "namedLocation": frozenset({"isTrusted"}),
}
"""What Graph changes on the way out of the recycle bin: put right whatever was chosen, or the object is another one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`names` None: everything. `of`: for single objects (by id in lower case) instead of `names`."""

    names: frozenset[str] | None = None
    of: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_everything(self) -> bool:
        return self.names is None and not self.of

    def takes(self, object_id: str, name: str) -> bool:
        names = self.of.get(object_id.lower(), self.names)
        return names is None or name in names


EVERYTHING = Choice()


def choice_of(params: Json) -> Choice:
    """Of a job or a stored plan: `only` and `only_of`, both of which may be missing."""
    only, only_of = params.get("only"), params.get("only_of") or {}
    return Choice(
        frozenset(only) if only is not None else None,
        {str(object_id).lower(): frozenset(names) for object_id, names in only_of.items()},
    )


def check_choice(choice: Choice, rows: Iterable[ObjectType]) -> None:
    """Raises Rejected for a name that no restore of these types could bring back: a slip would restore nothing."""
    types = tuple(rows)
    for name in sorted({*(choice.names or ()), *(name for names in choice.of.values() for name in names)}):
        if not any(_is_restored(row, name) for row in types):
            what = types[0].labels.lower() if len(types) == 1 else "the chosen object types"
            raise Rejected(f"Of {what}, {name[:100]!r} is neither a property nor a relationship that can be restored.")


def concerned(step: Step, undeleted: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Properties and relationships that a choice could leave out of a step. `undeleted`: ids of the whole plan."""
    if step.repair or (step.kind == "update" and "@{" in step.path):
        return (), ()
    if step.kind == "update":
        fixed = ALWAYS.get(step.object_type, ()) if step.object_id in undeleted else ()
        return tuple(name for name in step.body if "@" not in name and name not in fixed), ()
    if step.kind == "license":
        return (LICENCES,), ()
    if step.kind == "align_links":
        return (), (str(step.body["relationship"]),)
    if step.kind in LINKING or step.kind in ("add_part", "update_part"):
        return (), tuple(step.before)
    return (), ()


def _is_restored(row: ObjectType, name: str) -> bool:
    if any(r.name == name and r.writable and r.kind in ("ref", "object") for r in row.relationships):
        return True
    recipe = recipe_of(row.name)
    return is_sent(row.name, name) or name in recipe.changeable or (recipe.licensed and name == LICENCES)
