"""Steps: the writes of a restore in their order, and the words of a plan.

Ids that only exist once another step was carried out stand in paths and bodies as `@{old id}`; `filled` puts the real
ones in. `@{graph}` is the address of Graph, `@{password}` a password made for this one request and kept nowhere.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import orjson

StepKind = Literal[
    "undelete",
    "create",
    "invite",
    "update",
    "add_link",
    "remove_link",
    "set_link",
    "clear_link",
    "align_links",
    "add_part",
    "update_part",
    "assign",
    "grant",
    "activate",
    "license",
    "delete",
    "remove",
    "remove_part",
]
"""`delete`: into the recycle bin. `remove`: assignments and grants, and `remove_part` what another object contains:
for good. Only an undo does these, to what its restore made or took out of the bin."""
CREATING: frozenset[str] = frozenset({"create", "invite", "add_part", "assign", "grant", "activate"})
"""POSTs that make something: never repeated before somebody looked whether it is there."""
LINKING: frozenset[str] = frozenset({"add_link", "remove_link", "set_link", "clear_link"})
DELETING: frozenset[str] = frozenset({"delete", "remove", "remove_part"})

BIND = "@odata.bind"
GRAPH = "@{graph}"
PASSWORD = "@{password}"  # noqa: S105 - the name of a place, not a password
AFTER_NEW = 1.0
"""Added to the rank of what names objects of its own type that are made anew: these come within the first one."""
_PLACE = re.compile(r"@\{([^}]+)\}")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """How to find out whether a create happened: read `path` and look for an object whose properties equal `match`
    and which is not among `known`, those that were there before."""

    path: str
    match: Json = field(default_factory=dict)
    known: tuple[str, ...] = ()
    single: bool = False
    """The path names one object, by a key of its own."""
    empty: tuple[str, ...] = ()
    """What the snapshot has empty, and what is found there with a value loses."""


@dataclass(frozen=True, slots=True)
class Step:
    """`needs`: objects that must be there first, by old id; when one of them cannot come back, this step is skipped.
    `gives`: old ids that this step brings to life, each with the answer's property that holds the new one."""

    kind: StepKind
    rank: float
    object_type: str
    object_id: str
    display_name: str
    method: str
    path: str
    why: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Json = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    gives: Mapping[str, str] = field(default_factory=dict)
    probe: Probe | None = None
    repair: bool = False
    """It puts back a pointer on an object that was not selected; the rest of that object is left alone."""
    number: int = 0

    def to_json(self) -> Json:
        body = {**asdict(self), "needs": list(self.needs)}
        if self.probe is not None and not self.probe.empty:
            del body["probe"]["empty"]  # the hash of a stored plan holds, also of one from before there was this name
        return body


def step_from_json(body: Json) -> Step:
    probe = body["probe"]
    return Step(
        **{
            **body,
            "needs": tuple(body["needs"]),
            "probe": _probe_from_json(probe) if probe else None,
        }
    )


def _probe_from_json(body: Json) -> Probe:
    return Probe(**{**body, "known": tuple(body["known"]), "empty": tuple(body.get("empty") or ())})


@dataclass(frozen=True, slots=True)
class Remark:
    """Why something of the selection is not restored. A blocker makes the restore partial, a skip does not."""

    object_type: str
    object_id: str
    display_name: str
    code: str
    reason: str

    def to_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan before it is stored. `identical`: selected objects that need nothing."""

    steps: tuple[Step, ...] = ()
    blockers: tuple[Remark, ...] = ()
    skipped: tuple[Remark, ...] = ()
    credentials: tuple[Json, ...] = ()
    identical: int = 0
    warnings: tuple[Remark, ...] = ()
    """Steps that are in the plan and may be refused, with what to do before."""


def place(old_id: str) -> str:
    return "@{" + old_id + "}"


def places_in(value: Any) -> set[str]:
    """The names of all places in a path or body."""
    return set(_PLACE.findall(value if isinstance(value, str) else orjson.dumps(value).decode()))


def filled(value: Any, name: Callable[[str], str]) -> Any:
    """The value with every place filled. `name` raises KeyError for what is not known."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: name(found.group(1)), value)
    if isinstance(value, dict):
        return {key: filled(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, name) for item in value]
    return value


def link_of(step: Step) -> tuple[str, str, tuple[str, ...]]:
    """Of a step that writes links, its places filled: the source's id, the relationship, the ids on the other side."""
    path = step.path.removesuffix("/$ref")
    if step.method == "PATCH":
        bound = next(name for name in step.body if name.endswith(BIND))
        return path.rpartition("/")[2], bound.removesuffix(BIND), tuple(map(_end_of, step.body[bound]))
    path, _, target = path.rpartition("/") if step.kind == "remove_link" else (path, "", "")
    source, _, relationship = path.rpartition("/")
    targets = (_end_of(step.body["@odata.id"]),) if step.body else (target,) if target else ()
    return source.rpartition("/")[2], relationship, targets


def _end_of(url: Any) -> str:
    return str(url).rpartition("/")[2]


def written_on(step: Step) -> str:
    """The id of the object that a step writes on, its places filled."""
    if step.kind == "undelete":
        return _end_of(step.path.removesuffix("/restore"))
    if step.kind in LINKING:
        return link_of(step)[0]
    if step.kind == "license":
        return _end_of(step.path.removesuffix("/assignLicense"))
    if step.kind == "align_links":
        return _end_of(step.path.removesuffix(f"/{step.body['relationship']}"))
    if step.kind in ("add_part", "update_part", "remove_part"):
        return step.path.split("/")[2]
    return _end_of(step.path)


def with_needs(step: Step, returning: Collection[str]) -> Step:
    """Places in path and body, and objects that must come out of the recycle bin first (`returning`, lower case),
    besides what it needs already."""
    needs = set(step.needs) | {n for n in places_in(step.path) | places_in(step.body) if _GUID.fullmatch(n)}
    if returning and step.kind != "undelete":
        text = step.path + orjson.dumps(step.body).decode()
        needs |= {found.lower() for found in _GUID.findall(text)} & set(returning)
    return replace(step, needs=tuple(sorted(needs)))


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """By rank; within a rank the first steps of all objects come before the second ones, so that writes to one
    object do not meet in one batch."""
    turns: dict[tuple[float, str], int] = {}
    keyed: list[tuple[float, int, int, Step]] = []
    for position, step in enumerate(steps):
        turn = turns.get((step.rank, step.object_id), 0)
        turns[step.rank, step.object_id] = turn + 1
        keyed.append((step.rank, turn, position, step))
    keyed.sort(key=lambda row: row[:3])
    return tuple(replace(row[3], number=number) for number, row in enumerate(keyed, 1))


def chunks_of(steps: Sequence[Step], most: int) -> list[list[Step]]:
    """Steps that may go out together: of one rank, of different objects, `most` at a time."""
    chunks: list[list[Step]] = []
    for step in steps:
        last = chunks[-1] if chunks else None
        joins = (
            last is not None
            and len(last) < most
            and last[0].rank == step.rank
            and all(other.object_id != step.object_id for other in last)
        )
        if joins and last is not None:
            last.append(step)
        else:
            chunks.append([step])
    return chunks


def makes_or_changes(step: Step) -> bool:
    """A create of older versions, by an alternate key: it changes whoever has that by now."""
    return step.headers.get("Prefer") == "create-if-missing"


def in_words(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
