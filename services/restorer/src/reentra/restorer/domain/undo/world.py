"""The tenant as it is now, as far as an undo looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reentra.common.directory.catalog import ObjectType
from reentra.restorer.domain.steps import Json, Remark, Step
from reentra.restorer.domain.undo.deeds import Deed

CHANGED_SINCE, CANNOT_BE_UNDONE, NOT_KNOWN, NOT_OURS = (
    "changed_since",
    "cannot_be_undone",
    "outcome_unknown",
    "made_by_somebody_else",
)
_BIN_IN_GLOBAL_CLOUD_ONLY = frozenset({"conditionalAccessPolicy", "namedLocation"})


@dataclass(frozen=True, slots=True)
class Use:
    """An object that names another one, and what people call it."""

    object_type: str
    object_id: str
    name: str


@dataclass(frozen=True, slots=True)
class World:
    """Ids in keys in lower case. `objects`: by type and id, those that are there. `returning`: of those, the ones that
    an earlier undo put into the recycle bin, as they will come out of it; their links cannot be read there.
    `links`: by type, source and relationship. `rows`: what a path lists. `unknown`: ids that are no directory object
    now. `whole_bin`: the cloud keeps security groups and Conditional Access in a recycle bin (the global one does).
    `uses`: by type and id, what others made name it. `given`: the groups and units that it is in and the licences that
    it holds, but for those that the restore gave it. `unseen`: a sentence for each kind of these that Graph does not
    show."""

    objects: Mapping[tuple[str, str], Json]
    links: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[tuple[str, str], tuple[Json, ...]] = field(default_factory=dict)
    rows: Mapping[str, list[Json]] = field(default_factory=dict)
    returning: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    whole_bin: bool = True
    uses: Mapping[tuple[str, str], Sequence[Use]] = field(default_factory=dict)
    given: Mapping[tuple[str, str], Sequence[Use]] = field(default_factory=dict)
    unseen: Sequence[str] = ()

    def has_bin(self, row: ObjectType, live: Json) -> bool:
        if self.whole_bin or not row.soft_delete:
            return row.soft_delete
        is_security_group = row.name == "group" and "Unified" not in (live.get("groupTypes") or ())
        return row.name not in _BIN_IN_GLOBAL_CLOUD_ONLY and not is_security_group


@dataclass(slots=True)
class Tally:
    """What is found on the way."""

    steps: list[Step] = field(default_factory=list)
    blockers: list[Remark] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)

    def block(self, deed: Deed, code: str, reason: str) -> None:
        self.blockers.append(told(deed, code, reason))

    def is_blocked(self, deed: Deed) -> bool:
        return any((b.object_type, b.object_id.lower()) == deed.key for b in self.blockers)


def told(deed: Deed, code: str, reason: str) -> Remark:
    step = deed.step
    return Remark(step.object_type, deed.object_id or step.object_id, step.display_name, code, reason)
