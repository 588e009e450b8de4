"""Whatever happens between two pages, a client that merges all entries ends with the truth."""

import asyncio

import httpx
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.graph.app import build_graph_app
from reentra.simulator.graph.settings import GraphSettings

TENANT = "11111111-1111-1111-1111-111111111111"
USERS = [f"u{number}" for number in range(6)]
GROUPS = [f"g{number}" for number in range(3)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("link"), st.sampled_from(GROUPS), st.sampled_from(USERS)),
        st.tuples(st.just("unlink"), st.sampled_from(GROUPS), st.sampled_from(USERS)),
        st.tuples(st.just("rename"), st.sampled_from(GROUPS), st.text("ab", max_size=3)),
        st.tuples(st.sampled_from(["bin", "restore", "purge", "create"]), st.sampled_from(GROUPS + USERS), st.none()),
        st.just(("page", None, None)),
    ),
    max_size=40,
)


def take(directory, step, object_id, value):
    """Carries the step out when the directory's state allows it."""
    live = directory.is_live
    if step == "link" and live(object_id) and live(value):
        directory.add_link("members", object_id, value)
    elif step == "unlink" and live(object_id):
        directory.remove_link("members", object_id, value)
    elif step == "rename" and live(object_id):
        directory.patch(object_id, {"displayName": value})
    elif step == "bin" and live(object_id):
        directory.soft_delete(object_id)
    elif step == "restore" and directory.deleted(object_id):
        directory.restore(object_id)
    elif step == "purge" and directory.type_of(object_id):
        directory.hard_delete(object_id)
    elif step == "create" and not directory.type_of(object_id):
        directory.create("group" if object_id in GROUPS else "user", {"id": object_id, "displayName": "New"})


class Replica:
    """A client of /groups/delta that keeps names and members."""

    def __init__(self):
        self.names, self.members, self.link = {}, {}, "/groups/delta"

    async def read_page(self, http):
        """Whether a whole round told nothing. The last page of a round that began earlier may be empty, too."""
        begins = "$deltatoken" in self.link
        body = (await http.get(self.link)).json()
        for row in body["value"]:
            self._merge(row)
        self.link = body.get("@odata.nextLink") or body["@odata.deltaLink"]
        return begins and "@odata.deltaLink" in body and not body["value"]

    def _merge(self, row):
        if "@removed" in row:
            self.names.pop(row["id"], None)
            self.members.pop(row["id"], None)
            return
        if "displayName" in row:
            self.names[row["id"]] = row["displayName"]
        members = self.members.setdefault(row["id"], set())
        for entry in row.get("members@delta", ()):
            if "@removed" in entry:
                members.discard(entry["id"])
            else:
                members.add(entry["id"])


async def run(steps):
    cloud = SimulatedCloud(settings=GraphSettings(delta_page_size=2, delta_links_per_entry=2, throttle_scale=None))
    directory = cloud.add_tenant(Directory(TENANT, "contoso.com"))
    for object_id in USERS + GROUPS:
        take(directory, "create", object_id, None)
    headers = {"Authorization": "Bearer " + cloud.issue_token(TENANT, "app", roles=["Directory.Read.All"])}
    transport = httpx.ASGITransport(build_graph_app(cloud))
    replica = Replica()
    async with httpx.AsyncClient(transport=transport, base_url="https://graph.test/v1.0", headers=headers) as http:
        for step, object_id, value in steps:
            if step == "page":
                await replica.read_page(http)
            else:
                take(directory, step, object_id, value)
        for _ in range(60):
            if await replica.read_page(http):
                break
    assert replica.names == {group["id"]: group["displayName"] for group in directory.objects("group")}
    truth = {group_id: set(directory.targets("members", group_id)) for group_id in directory.ids("group")}
    assert {group_id: replica.members.get(group_id, set()) for group_id in truth} == truth


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example([("page", None, None), ("rename", "g0", ""), ("bin", "g2", None)])
def test_merged_pages_are_the_truth(steps):
    asyncio.run(run(steps))
