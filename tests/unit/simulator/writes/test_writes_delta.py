"""After any sequence of writes, a client that only ever read delta knows exactly the directory's truth."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .conftest import ROOT, Writer, new_group, new_user, new_writer

pytestmark = pytest.mark.unit
FIRST_ROUNDS = {
    "user": "/users/delta?$select=id,displayName,city,userPrincipalName,manager",
    "group": "/groups/delta?$select=id,displayName,securityEnabled,members",
    "administrativeUnit": "/directory/administrativeUnits/delta",
}
PROPERTIES = {
    "user": ("displayName", "city", "userPrincipalName"),
    "group": ("displayName", "securityEnabled"),
    "administrativeUnit": ("displayName",),
}
LINKS = {"user": ("manager",), "group": ("members",), "administrativeUnit": ()}
Links = dict[str, set[str]]


@dataclass
class DeltaReader:
    """Keeps what a backup would keep: the properties and links of every live object of one type."""

    type_name: str
    url: str
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, Links] = field(default_factory=dict)

    async def read(self, writer: Writer) -> None:
        while True:
            page = await writer.get(self.url)
            for row in page["value"]:
                self._take(row)
            self.url = page.get("@odata.nextLink") or page["@odata.deltaLink"]
            if "@odata.deltaLink" in page:
                return

    def _take(self, row: dict[str, Any]) -> None:
        object_id = row["id"]
        if "@removed" in row:
            self.objects.pop(object_id, None)
            self.links.pop(object_id, None)
            return
        known = self.objects.setdefault(object_id, {})
        known.update({name: row[name] for name in PROPERTIES[self.type_name] if name in row})
        links = self.links.setdefault(object_id, {name: set() for name in LINKS[self.type_name]})
        for relation, targets in links.items():
            for target in row.get(f"{relation}@delta", ()):
                (targets.discard if "@removed" in target else targets.add)(target["id"])


class Playing:
    """Turns drawn numbers into requests; a request that Graph refuses is part of the game."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.made: dict[str, list[str]] = {"users": [], "groups": [], "directory/administrativeUnits": []}
        self.count = 0

    def pick(self, kind: str, number: int) -> str:
        made = self.made[kind]
        return made[number % len(made)] if made else "99999999-0000-0000-0000-000000000000"

    def kind(self, number: int) -> str:
        return list(self.made)[number % len(self.made)]

    async def create(self, a: int, b: int) -> None:
        self.count += 1
        kind, name = self.kind(a), f"thing{self.count}"
        body: dict[str, Any] = {"displayName": name}
        if kind == "users":
            body = new_user(name)
        elif kind == "groups":
            body = new_group(name)
            if self.made["users"]:
                body["members@odata.bind"] = [f"{ROOT}/users/{self.pick('users', b)}"]
        response = await self.writer.http.post(f"/{kind}", json=body)
        if response.status_code == 201:
            self.made[kind].append(response.json()["id"])

    async def change(self, a: int, b: int) -> None:
        body = {"city": f"City {b}"} if self.kind(a) == "users" else {"displayName": f"Name {b}"}
        await self.writer.http.patch(f"/{self.kind(a)}/{self.pick(self.kind(a), b)}", json=body)

    async def delete(self, a: int, b: int) -> None:
        await self.writer.http.delete(f"/{self.kind(a)}/{self.pick(self.kind(a), b)}")

    async def restore(self, a: int, b: int) -> None:
        await self.writer.http.post(f"/directory/deletedItems/{self.pick(self.kind(a), b)}/restore")

    async def purge(self, a: int, b: int) -> None:
        await self.writer.http.delete(f"/directory/deletedItems/{self.pick(self.kind(a), b)}")

    async def join(self, a: int, b: int) -> None:
        reference = self.writer.reference(self.pick("users", b))
        await self.writer.http.post(f"/groups/{self.pick('groups', a)}/members/$ref", json=reference)

    async def leave(self, a: int, b: int) -> None:
        await self.writer.http.delete(f"/groups/{self.pick('groups', a)}/members/{self.pick('users', b)}/$ref")

    async def appoint(self, a: int, b: int) -> None:
        reference = self.writer.reference(self.pick("users", b))
        await self.writer.http.put(f"/users/{self.pick('users', a)}/manager/$ref", json=reference)

    async def dismiss(self, a: int, b: int) -> None:
        await self.writer.http.delete(f"/users/{self.pick('users', a)}/manager/$ref")


STEPS = ["create", "change", "delete", "restore", "purge", "join", "leave", "appoint", "dismiss", "read"]
# Few objects and many steps, so that the same object is met again within one round.
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 2)), max_size=40)


@given(steps, st.integers(1, 4))
@example([("leave", 0, 1), ("delete", 1, 0), ("restore", 1, 0)], 3)
@example([("delete", 1, 0), ("delete", 0, 1), ("purge", 0, 1), ("restore", 1, 0)], 3)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_replaying_delta_gives_the_truth(sequence: list[tuple[str, int, int]], page_size: int) -> None:
    asyncio.run(_play(sequence, page_size))


async def _play(sequence: list[tuple[str, int, int]], page_size: int) -> None:
    writer = new_writer()
    writer.cloud.settings.delta_page_size = page_size
    writer.cloud.settings.delta_links_per_entry = 2
    readers = [DeltaReader(name, url) for name, url in FIRST_ROUNDS.items()]
    game = Playing(writer)
    await _seed(game)
    await _read_all(readers, writer)
    for step, a, b in sequence:
        if step == "read":
            await readers[a % len(readers)].read(writer)
        else:
            move: Callable[[int, int], Awaitable[None]] = getattr(game, step)
            await move(a, b)
    await _read_all(readers, writer)
    for reader in readers:
        assert (reader.objects, reader.links) == _truth(writer, reader.type_name)


async def _read_all(readers: list[DeltaReader], writer: Writer) -> None:
    for reader in readers:
        await reader.read(writer)


async def _seed(game: Playing) -> None:
    """A little company to begin with: three users, two groups, a unit."""
    for kind in (0, 0, 0, 1, 1, 2):
        await game.create(kind, kind)


def _truth(writer: Writer, type_name: str) -> tuple[dict[str, dict[str, Any]], dict[str, Links]]:
    """Soft-deleted members stay members; only a purge takes them away."""
    directory = writer.directory
    objects = {
        item["id"]: {name: item.get(name) for name in PROPERTIES[type_name]} for item in directory.objects(type_name)
    }
    links = {
        object_id: {name: set(directory.targets(name, object_id)) for name in LINKS[type_name]} for object_id in objects
    }
    return objects, links
