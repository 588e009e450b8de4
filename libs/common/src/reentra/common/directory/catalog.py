"""The catalogue of object types. Every difference between types is a column here; code never asks for a type's name.

The rows lie in `types.toml` beside this file, in the order in which they are read. Adding a type is adding a table.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from reentra.common.directory.facets import RULES, Derived
from reentra.common.errors import NotFound
from reentra.common.ids import ObjectTypeName

Strategy = Literal["delta", "expand", "each"]
FIRST_DERIVATION = 1
"""Properties as they are, no derived facets."""
ReferenceKind = Literal["object", "app_id", "own_app_id", "scope", "text"]


@dataclass(frozen=True, slots=True)
class Only:
    """Which objects can have a relationship: those whose list `property` holds `value`."""

    property: str
    value: str


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship that is backed up with its object.

    `strategy` says how it is read: `delta`, in the pages of the type's delta query; `expand`, by a sweep of the
    collection with `$expand` (cut at 20 without a sign, so 20 means: read this one on its own); `each`, one request
    per object, twenty in a `$batch`. `kind`: `ref` (another directory object), `assignment` or `object` (contained).
    """

    name: str
    path: str
    kind: Literal["ref", "assignment", "object"]
    strategy: Strategy
    single: bool = False
    writable: bool = False
    only: Only | None = None
    permission: str = ""
    """The application permission that reads it and nothing else of the type."""

    def concerns(self, properties: Mapping[str, Any]) -> bool:
        return self.only is None or self.only.value in (properties.get(self.only.property) or ())


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """Where a type's properties hold ids of others: dotted, `[]` for each element of a list.

    `kind`: `object`, an object id (or a word such as `All`); `app_id`, an application's appId; `own_app_id`, the
    application's own; `scope`, a path that ends in an id (`/administrativeUnits/{id}`); `text`, ids inside a text.
    """

    path: str
    kind: ReferenceKind


@dataclass(frozen=True, slots=True)
class Filter:
    """For a collection that Graph may refuse to list whole: one request per object of `object_type`, whose id the
    `property` of the rows must equal."""

    object_type: ObjectTypeName
    property: str


@dataclass(frozen=True, slots=True)
class FacetValues:
    """A facet by which lists are filtered, with the values that Graph documents."""

    facet: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One row. Paths are relative to `/v1.0`; `{id}` is the object's id. Lists of names are Graph's property names.

    `select` empty: Graph's default set is complete. `optional`: those of `select` that not every Graph offers and that
    older snapshots lack; what a snapshot does not hold of them is not compared with the tenant. `parent_type` and
    `parent_relationship` are set for types that have no collection of their own and are read as a relationship of
    another. `lane` is the throttling lane. `restore_order`: lower is restored first. `natural_key`: what to match on
    when the id is gone. `derivation`: the version of what is derived of an object for the catalogue.
    `endings`: properties whose entries have an `endDateTime`.
    """

    name: ObjectTypeName
    label: str
    labels: str
    graph_type: str
    collection: str
    item: str
    delta: str | None = None
    max_top: int | None = None
    select: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    lane: Literal["directory", "conditional_access"] = "directory"
    parent_type: ObjectTypeName | None = None
    parent_relationship: str | None = None
    filter: Filter | None = None
    relationships: tuple[Relationship, ...] = ()
    references: tuple[ReferencePath, ...] = ()
    read_permissions: tuple[str, ...] = ()
    restore_permissions: tuple[str, ...] = ()
    soft_delete: bool = False
    deleted_collection: str | None = None
    restore_path: str | None = None
    can_create: bool = False
    can_update: bool = False
    can_delete: bool = False
    create_required: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    create_only: tuple[str, ...] = ()
    write_only: tuple[str, ...] = ()
    separate_call: tuple[str, ...] = ()
    own_patch: tuple[str, ...] = ()
    not_app_only: tuple[str, ...] = ()
    id_is_stable: bool = False
    natural_key: tuple[str, ...] = ()
    restore_order: int = 99
    display: tuple[str, ...] = ("displayName",)
    search: tuple[str, ...] = ("displayName", "id")
    facets: tuple[str, ...] = ()
    filters: tuple[FacetValues, ...] = ()
    derived: tuple[Derived, ...] = ()
    derivation: int = FIRST_DERIVATION
    endings: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """What lists show of an object."""
        return (*self.facets, *(one.facet for one in self.derived))

    @property
    def needed(self) -> tuple[str, ...]:
        """The properties that derived facets are made of."""
        return tuple(dict.fromkeys(name for one in self.derived for name in one.rule.needs))

    @property
    def filterable(self) -> Mapping[str, tuple[str, ...]]:
        """The facets that filters are offered for, with their documented values."""
        return {f.facet: f.values for f in self.filters} | {one.facet: one.rule.values for one in self.derived}

    @property
    def asked(self) -> str:
        """A short name for the properties asked for; '' where Graph gives its default set."""
        return sha256(",".join(sorted(self.select)).encode()).hexdigest()[:16] if self.select else ""

    def relationships_by(self, strategy: Strategy) -> tuple[Relationship, ...]:
        return tuple(r for r in self.relationships if r.strategy == strategy)

    def relationship(self, name: str) -> Relationship:
        for candidate in self.relationships:
            if candidate.name == name:
                return candidate
        raise NotFound(f"{self.labels} have no relationship {name!r} in the catalogue.", relationship=name)


def _row(name: str, table: Mapping[str, Any]) -> ObjectType:
    columns: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    columns["relationships"] = tuple(_relationship(r) for r in table.get("relationships", ()))
    columns["references"] = tuple(ReferencePath(**r) for r in table.get("references", ()))
    columns["filters"] = tuple(FacetValues(n, tuple(values)) for n, values in table.get("filters", {}).items())
    rules = [(facet, RULES[of["rule"]], of["since"]) for facet, of in table.get("derived", {}).items()]
    derived = tuple(Derived(facet, rule.value, since, rule) for facet, rule, since in rules)
    columns["derived"] = derived
    columns["derivation"] = max((one.since for one in derived), default=FIRST_DERIVATION)
    if "filter" in table:
        columns["filter"] = Filter(**table["filter"])
    unknown = set(columns) - {f.name for f in fields(ObjectType)}
    if unknown:
        raise ValueError(f"types.toml: {name} has unknown columns {sorted(unknown)}")
    return ObjectType(name=ObjectTypeName(name), **columns)


def _relationship(table: Mapping[str, Any]) -> Relationship:
    only = table.get("only")
    return Relationship(**{**table, "only": Only(**only) if only else None})


def load(text: str) -> Mapping[ObjectTypeName, ObjectType]:
    rows = [_row(name, table) for name, table in tomllib.loads(text).items()]
    return MappingProxyType({row.name: row for row in rows})


CATALOG: Mapping[ObjectTypeName, ObjectType] = load(files(__package__).joinpath("types.toml").read_text("utf-8"))


def object_type(name: str) -> ObjectType:
    """The row of that name, case-insensitively; NotFound with the known names otherwise."""
    wanted = name.lower()
    for row in CATALOG.values():
        if row.name.lower() == wanted:
            return row
    raise NotFound(f"There is no object type {name!r}. Known types: {', '.join(CATALOG)}.", object_type=name)


def type_of_graph_name(graph_name: str) -> ObjectType | None:
    """The row for an `@odata.type` such as `#microsoft.graph.user`; None for types that are not kept."""
    return _BY_GRAPH_NAME.get(graph_name.lstrip("#").lower())


_BY_GRAPH_NAME = {row.graph_type.lower(): row for row in CATALOG.values()}
