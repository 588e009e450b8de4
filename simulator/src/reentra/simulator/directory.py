"""The truth of one tenant: objects, links between them, the bin, and the history that delta is made of.

It validates nothing (that is the writing side's work) and never waits. Rules it keeps for every caller:

1. Ids are unique over all types. An object is a plain dict; it is replaced, never changed in place, so a
   reader may hold on to what it got. Callers must not change what they pass in or get back.
2. Links live apart from objects: `relation` (members, owners, manager, sponsors, registeredOwners,
   registeredUsers) from a source id to target ids, with the reverse kept too.
3. Joining objects (appRoleAssignment, oauth2PermissionGrant, scopedRoleMember, roleAssignment, group
   settings) are objects; `data/joins.py` names the properties that hold their ends. They are found from each
   end by `joined(relation, end_id)` and go with an end that is deleted for good.
   A property whose name begins with "_" is the simulator's own and never leaves it.
4. A soft-deleted object keeps its links, in both directions, but readers skip it. Only the hard delete
   removes the links that point at it, and records that as changes of their sources.
5. Every write is a numbered change in `history`. Inside `with directory.loading():` nothing is recorded:
   the generator fills large tenants that way.

    directory = Directory(tenant_id, "contoso.com")
    directory.create("user", {"id": ..., "displayName": ...})   -> the object (an id is made when missing)
    directory.patch(object_id, {"displayName": "New"})          -> the new object
    directory.add_link("members", group_id, user_id)            -> False when it was there
    directory.remove_link("members", group_id, user_id)         -> False when it was not
    directory.set_single_link("manager", user_id, manager_id)   (None takes it away)
    directory.soft_delete(object_id, {"userPrincipalName": ...}) / restore(object_id, {...}) / hard_delete(id)
    directory.get(id) / type_of(id) / find("user", "userPrincipalName", "A@b.c") -> [ids], any case
    directory.ids("user") -> Roll / deleted(id) / deleted_ids("user") -> Roll
    directory.targets("members", group_id) -> Roll / sources("members", user_id) -> ids that link to it

A missing id raises ObjectMissing, an id that exists already ObjectExists.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from .changes import ChangeKind, History
from .data.joins import JOINS
from .lookup import Lookup
from .roll import Roll

Entity = dict[str, Any]
WriteObserver = Callable[[str, Entity | None], None]
_NOTHING = Roll()


class ObjectMissing(LookupError):
    """No such object among the live ones (or in the bin, for restore)."""


class ObjectExists(ValueError):
    """The id is taken."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def graph_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Directory:
    def __init__(self, tenant_id: str, domain: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.tenant_id = tenant_id
        self.domain = domain
        self.clock = clock
        self.history = History()
        self.observers: list[WriteObserver] = []
        """Each is called after a write with the object's id and its state before (None when it was new)."""
        self._live: dict[str, Entity] = {}
        self._bin: dict[str, Entity] = {}
        self._types: dict[str, str] = {}
        self._rolls: dict[str, Roll] = {}
        self._bin_rolls: dict[str, Roll] = {}
        self._lookups: dict[str, Lookup] = {}
        self._targets: dict[str, dict[str, Roll]] = {}
        self._sources: dict[str, dict[str, dict[str, None]]] = {}
        self._joined: dict[str, dict[str, Roll]] = {}
        self._recording = True

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Fill without history; a delta token from before is worthless afterwards."""
        self._recording = False
        try:
            yield
        finally:
            self._recording = True
            self.history.forget()

    # Reading

    def get(self, object_id: str) -> Entity | None:
        return self._live.get(object_id)

    def deleted(self, object_id: str) -> Entity | None:
        return self._bin.get(object_id)

    def type_of(self, object_id: str) -> str | None:
        """Also of objects in the bin."""
        return self._types.get(object_id)

    def is_live(self, object_id: str) -> bool:
        return object_id in self._live

    def ids(self, type_name: str) -> Roll:
        return self._rolls.get(type_name, _NOTHING)

    def deleted_ids(self, type_name: str) -> Roll:
        return self._bin_rolls.get(type_name, _NOTHING)

    def objects(self, type_name: str) -> Iterator[Entity]:
        return (self._live[object_id] for object_id in self.ids(type_name))

    def types(self) -> list[str]:
        return sorted(self._rolls)

    def find(self, type_name: str, property_name: str, value: str) -> list[str]:
        """Ids of live objects whose property (or an element of it) is `value` in any case."""
        lookup = self._lookups.setdefault(type_name, Lookup())
        return lookup.find(self.objects(type_name), property_name, value)

    def targets(self, relation: str, source_id: str) -> Roll:
        """May hold soft-deleted ids: use `is_live` as the `keep` of a page."""
        return self._targets.get(relation, {}).get(source_id, _NOTHING)

    def sources(self, relation: str, target_id: str) -> list[str]:
        return list(self._sources.get(relation, {}).get(target_id, ()))

    def joined(self, relation: str, end_id: str) -> Roll:
        """Ids of joining objects, e.g. ("appRoleAssignedTo", resource service principal id)."""
        return self._joined.get(relation, {}).get(end_id, _NOTHING)

    def ends_are_live(self, object_id: str) -> bool:
        """False for a joining object one of whose ends lies in the bin: readers skip it."""
        item = self._live.get(object_id)
        if item is None:
            return False
        joins = JOINS.get(self._types[object_id], {})
        return not any(item.get(end) in self._bin for end in joins.values())

    # Writing objects

    def create(self, type_name: str, properties: Mapping[str, Any]) -> Entity:
        item = dict(properties)
        object_id = item.setdefault("id", str(uuid.uuid4()))
        if object_id in self._types:
            raise ObjectExists(f"The id {object_id} is taken by a {self._types[object_id]}; choose another.")
        self._types[object_id] = type_name
        self._enter(type_name, object_id, item)
        for relation, end in JOINS.get(type_name, {}).items():
            if end_id := item.get(end):
                self._joined.setdefault(relation, {}).setdefault(end_id, Roll()).add(object_id)
        self._wrote(type_name, "created", object_id, before=None)
        return item

    def patch(self, object_id: str, changes: Mapping[str, Any]) -> Entity:
        """Sets these properties; only those that differ count as changed."""
        before = self._must(self._live, object_id)
        different = {name: value for name, value in changes.items() if before.get(name) != value}
        if not different:
            return before
        after = {**before, **different}
        type_name = self._types[object_id]
        lookup = self._lookups.get(type_name)
        if lookup:
            lookup.remove(before)
            lookup.add(after)
        self._live[object_id] = after
        self._wrote(type_name, "changed", object_id, before=before, names=tuple(different))
        return after

    def soft_delete(self, object_id: str, overrides: Mapping[str, Any] | None = None) -> Entity:
        """Into the bin, with its links. `overrides` change how it lies there (the prefixed UPN)."""
        before = self._must(self._live, object_id)
        type_name = self._types[object_id]
        self._leave(type_name, object_id)
        item = {**before, "deletedDateTime": graph_time(self.clock()), **(overrides or {})}
        self._bin[object_id] = item
        self._bin_rolls.setdefault(type_name, Roll()).add(object_id)
        self._wrote(type_name, "removed", object_id, before=before)
        return item

    def restore(self, object_id: str, overrides: Mapping[str, Any] | None = None) -> Entity:
        item = {**self._must(self._bin, object_id), "deletedDateTime": None, **(overrides or {})}
        type_name = self._types[object_id]
        del self._bin[object_id]
        self._bin_rolls[type_name].discard(object_id)
        self._enter(type_name, object_id, item)
        self._wrote(type_name, "restored", object_id, before=None)
        return item

    def hard_delete(self, object_id: str) -> None:
        """From the live ones or from the bin; links and joining objects at it go too."""
        binned = object_id in self._bin
        before = self._bin[object_id] if binned else self._must(self._live, object_id)
        type_name = self._types[object_id]
        self._drop_links(object_id)
        if binned:
            del self._bin[object_id]
            self._bin_rolls[type_name].discard(object_id)
        else:
            self._leave(type_name, object_id)
        self._drop_joins(type_name, object_id, before)
        del self._types[object_id]
        self._wrote(type_name, "purged", object_id, before=None if binned else before)

    # Writing links

    def add_link(self, relation: str, source_id: str, target_id: str) -> bool:
        source = self._must(self._live, source_id)
        targets = self._targets.setdefault(relation, {}).setdefault(source_id, Roll())
        if not targets.add(target_id):
            return False
        self._sources.setdefault(relation, {}).setdefault(target_id, {})[source_id] = None
        self._wrote_link(relation, "linked", source_id, target_id, source)
        return True

    def remove_link(self, relation: str, source_id: str, target_id: str) -> bool:
        if not self.targets(relation, source_id).discard(target_id):
            return False
        self._sources[relation][target_id].pop(source_id, None)
        self._wrote_link(relation, "unlinked", source_id, target_id, self._live.get(source_id))
        return True

    def set_single_link(self, relation: str, source_id: str, target_id: str | None) -> None:
        for old_id in list(self.targets(relation, source_id)):
            if old_id != target_id:
                self.remove_link(relation, source_id, old_id)
        if target_id is not None:
            self.add_link(relation, source_id, target_id)

    # Keeping it consistent

    def _must(self, objects: dict[str, Entity], object_id: str) -> Entity:
        item = objects.get(object_id)
        if item is None:
            raise ObjectMissing(f"There is no object {object_id} in tenant {self.tenant_id}.")
        return item

    def _enter(self, type_name: str, object_id: str, item: Entity) -> None:
        self._live[object_id] = item
        self._rolls.setdefault(type_name, Roll()).add(object_id)
        if type_name in self._lookups:
            self._lookups[type_name].add(item)

    def _leave(self, type_name: str, object_id: str) -> None:
        item = self._live.pop(object_id)
        self._rolls[type_name].discard(object_id)
        if type_name in self._lookups:
            self._lookups[type_name].remove(item)

    def _drop_links(self, object_id: str) -> None:
        for relation, by_target in self._sources.items():
            for source_id in list(by_target.get(object_id, ())):
                self.remove_link(relation, source_id, object_id)
            by_target.pop(object_id, None)
        for relation, by_source in self._targets.items():
            for target_id in by_source.pop(object_id, ()):
                self._sources[relation][target_id].pop(object_id, None)

    def _drop_joins(self, type_name: str, object_id: str, item: Entity) -> None:
        for relation, end in JOINS.get(type_name, {}).items():
            self._joined.get(relation, {}).get(item.get(end) or "", Roll()).discard(object_id)
        for by_end in self._joined.values():
            for joining_id in list(by_end.pop(object_id, ())):
                if joining_id in self._live:
                    self.hard_delete(joining_id)

    def _wrote(
        self,
        type_name: str,
        kind: ChangeKind,
        object_id: str,
        *,
        before: Entity | None,
        names: tuple[str, ...] = (),
    ) -> None:
        if not self._recording:
            return
        self.history.record(type_name, kind, object_id, self.clock(), names)
        for observe in self.observers:
            observe(object_id, before)

    def _wrote_link(
        self, relation: str, kind: ChangeKind, source_id: str, target_id: str, before: Entity | None
    ) -> None:
        if not self._recording:
            return
        self.history.record(self._types[source_id], kind, source_id, self.clock(), (relation,), target_id)
        for observe in self.observers:
            observe(source_id, before)
