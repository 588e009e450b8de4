"""Looking at backups through the API: snapshots, objects, history, changes."""

import sqlite3
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from msgspec.structs import replace
from tests.unit.gateway.conftest import OTHER, TENANT, World, connect, lettered

from reentra.common.snapshot.record import ObjectRecord
from reentra.common.testing.backups import BackupWriter, group, removal, user

BASE = f"/api/v1/tenants/{TENANT}"
ADA = user(1).object_id
BOB = user(2).object_id


@pytest.fixture
async def backed_up(world: World) -> World:
    await world.back_up_twice()
    return world


async def names(world: World, query: str) -> list[str]:
    answer = await world.admin.get(f"{BASE}/objects?type=user{query}")
    assert answer.status_code == 200, answer.text
    return [row["display_name"] for row in answer.json()["value"]]


async def test_objects_are_listed_by_name_as_of_any_snapshot(backed_up: World) -> None:
    assert await names(backed_up, "") == ["Ada Lovelace", "Eve", "Person 4"]
    assert await names(backed_up, "&snapshot=1") == ["Ada", "Bob", "Eve"]
    assert await names(backed_up, "&snapshot=2026-11-23T10:01:30Z") == ["Ada", "Bob", "Eve"]
    assert await names(backed_up, "&snapshot=2026-11-23") == ["Ada Lovelace", "Eve", "Person 4"]


async def test_search_and_deleted_select(backed_up: World) -> None:
    assert await names(backed_up, "&search=LOVEL") == ["Ada Lovelace"]
    assert await names(backed_up, "&search=p4@contoso") == ["Person 4"]
    assert await names(backed_up, "&deleted=true") == ["Bob"]


async def test_objects_are_filtered_by_what_lists_show(backed_up: World) -> None:
    assert await names(backed_up, "&filter=userPrincipalName:p4@contoso.example") == ["Person 4"]
    refused = await backed_up.admin.get(f"{BASE}/objects?type=user&filter=shoeSize:44")
    assert (refused.status_code, "shoeSize" in refused.json()["detail"]) == (422, True)
    assert (await backed_up.admin.get(f"{BASE}/objects?type=user&filter=nonsense")).status_code == 422


async def test_cursor_is_of_one_list_with_its_filters(backed_up: World) -> None:
    page = (await backed_up.admin.get(f"{BASE}/objects?type=user&limit=1")).json()
    cursor = httpx.URL(page["next_link"]).params["cursor"]
    same = await backed_up.admin.get(f"{BASE}/objects?limit=2&cursor={cursor}&type=user")
    others = ["objects?type=group", "objects?type=user&search=a", "objects?type=user&deleted=true", "recycle-bin?"]

    assert same.status_code == 200
    for other in others:
        answer = await backed_up.admin.get(f"{BASE}/{other}&cursor={cursor}")
        assert answer.status_code == 422, other
        assert "begin without a cursor" in answer.json()["detail"]


async def test_following_next_links_gives_everything_once(backed_up: World) -> None:
    seen, link = [], f"{BASE}/objects?type=user&limit=1"
    while link:
        page = (await backed_up.admin.get(link)).json()
        seen += [row["display_name"] for row in page["value"]]
        link = page["next_link"]
    assert seen == ["Ada Lovelace", "Eve", "Person 4"]


async def test_pages_of_one_list_stay_in_their_snapshot(backed_up: World) -> None:
    page = (await backed_up.admin.get(f"{BASE}/objects?type=user&limit=2")).json()
    await backed_up.writer.backup([user(9, displayName="Zoe")])

    rest = (await backed_up.admin.get(page["next_link"])).json()

    assert [row["display_name"] for row in rest["value"]] == ["Person 4"]


async def test_one_object_has_properties_and_relationships(backed_up: World) -> None:
    group = (await backed_up.admin.get(f"{BASE}/objects?type=group")).json()["value"][0]

    shown = (await backed_up.admin.get(f"{BASE}/objects/group/{group['id']}")).json()

    assert shown["properties"]["displayName"] == "Group 1"
    assert [entry["id"] for entry in shown["relationships"]["members"]] == [ADA, BOB]
    assert shown["names"][ADA]["display_name"] == "Ada Lovelace"
    assert shown["names"][BOB]["removed"] == "changed"


async def test_removed_object_is_shown_as_it_was_last(backed_up: World) -> None:
    shown = (await backed_up.admin.get(f"{BASE}/objects/user/{BOB}")).json()

    assert shown["removed"] == "changed"
    assert shown["properties"]["displayName"] == "Bob"


async def test_raw_is_graphs_json(backed_up: World) -> None:
    raw = (await backed_up.admin.get(f"{BASE}/objects/user/{ADA}/raw?snapshot=1")).json()

    assert (raw["id"], raw["displayName"]) == (ADA, "Ada")


async def test_an_id_is_the_same_in_capital_letters(backed_up: World) -> None:
    await backed_up.writer.backup([lettered()])
    for path in ("", "/history", "/raw"):
        small = await backed_up.admin.get(f"{BASE}/objects/user/{lettered().object_id}{path}")
        capital = await backed_up.admin.get(f"{BASE}/objects/user/{lettered().object_id.upper()}{path}")
        assert capital.status_code == 200
        assert capital.json() == small.json()


async def test_history_tells_what_changed_and_when(backed_up: World) -> None:
    ada = (await backed_up.admin.get(f"{BASE}/objects/user/{ADA}/history")).json()["value"]
    bob = (await backed_up.admin.get(f"{BASE}/objects/user/{BOB}/history")).json()["value"]

    assert [(v["first_snapshot"], v["last_snapshot"]) for v in ada] == [(1, 1), (2, None)]
    assert ada[1]["properties"] == [{"name": "displayName", "before": "Ada", "after": "Ada Lovelace"}]
    assert [v["removed"] for v in bob] == [None, "changed"]


async def test_changes_of_a_snapshot_are_told_apart(backed_up: World) -> None:
    rows = (await backed_up.admin.get(f"{BASE}/snapshots/2/changes")).json()["value"]

    found = {(row["change"], row["display_name"]) for row in rows}
    assert found == {("changed", "Ada Lovelace"), ("removed", "Bob"), ("added", "Person 4")}


async def test_first_snapshot_is_all_additions(backed_up: World) -> None:
    rows = (await backed_up.admin.get(f"{BASE}/snapshots/1/changes")).json()["value"]

    assert {row["change"] for row in rows} == {"added"}


async def test_snapshots_are_listed_newest_first(backed_up: World) -> None:
    first = (await backed_up.admin.get(f"{BASE}/snapshots?limit=1")).json()
    second = (await backed_up.admin.get(first["next_link"])).json()

    assert [row["number"] for row in first["value"] + second["value"]] == [2, 1]


async def test_types_are_counted(backed_up: World) -> None:
    rows = (await backed_up.admin.get(f"{BASE}/types")).json()["value"]

    users = next(row for row in rows if row["object_type"] == "user")
    assert (users["label"], users["objects"], users["removed"]) == ("Users", 3, 1)


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/objects?type=user&snapshot=9", 404, "no snapshot 9"),
        ("/objects?type=user&snapshot=yesterday", 422, "names no snapshot"),
        ("/objects?type=user&snapshot=2020-01-01", 404, "at or before"),
        ("/objects?type=spaceship", 404, "no object type"),
        ("/objects", 422, "query.type"),
        ("/objects?type=user&cursor=abc", 422, "cursor"),
        ("/objects?type=user&cursor=WzEsMiwzXQ", 422, "cursor"),
        ("/objects?type=user&limit=0", 422, "query.limit"),
        ("/objects/user/nonsense", 404, "no user 'nonsense'"),
        ("/objects/user/nonsense/history", 404, "nonsense"),
        ("/snapshots/0", 404, "no snapshot 0"),
        ("/snapshots?cursor=!!", 422, "cursor"),
    ],
)
async def test_nonsense_gets_a_sentence_and_the_right_status(
    backed_up: World, path: str, status: int, sentence: str
) -> None:
    answer = await backed_up.admin.get(BASE + path)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]


async def test_tenant_without_a_snapshot_says_what_to_do(world: World) -> None:
    answer = await world.admin.get(f"{BASE}/objects?type=user")

    assert answer.status_code == 404
    assert "Start a backup" in answer.json()["detail"]


async def test_one_tenant_never_shows_anothers_objects(backed_up: World) -> None:
    await connect(backed_up.auth, OTHER, "Fabrikam")

    for path in ("objects?type=user", f"objects/user/{ADA}", f"objects/user/{ADA}/raw", "snapshots/1"):
        answer = await backed_up.admin.get(f"/api/v1/tenants/{OTHER}/{path}")
        assert answer.status_code == 404, path


async def test_disconnected_tenant_answers_like_one_that_never_was(backed_up: World) -> None:
    assert (await backed_up.admin.delete(BASE)).status_code == 204

    gone = await backed_up.admin.get(f"{BASE}/objects?type=user")
    never = await backed_up.admin.get(f"/api/v1/tenants/{OTHER}/objects?type=user")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.json()["detail"].replace(TENANT, OTHER) == never.json()["detail"]


async def test_what_the_database_says_wrongly_is_refused_in_a_sentence(backed_up: World) -> None:
    def flip(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE versions SET line = line + 1 WHERE object_id = ?", (ADA,))
        connection.execute("UPDATE snapshots SET result = 'completf' WHERE number = 1")

    await backed_up.stores.database.write(flip)
    for path in (
        f"/objects/user/{ADA}",
        f"/objects/user/{ADA}/raw",
        "/objects?type=user",
        "/snapshots",
        "/snapshots/1",
    ):
        answer = await backed_up.admin.get(f"{BASE}{path}")
        assert (answer.status_code, answer.json()["code"]) == (500, "unreadable"), path
        assert "reentra rebuild" in answer.json()["detail"]


def _groups() -> list[ObjectRecord]:
    kinds = [
        {"groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": True},
        {"mailEnabled": True},
        {},
        {"onPremisesSyncEnabled": True},
    ]
    return [replace(g, properties=g.properties | kind) for g, kind in zip(map(group, range(4)), kinds, strict=True)]


async def test_filters_are_told_with_the_number_of_objects_of_each_value(world: World) -> None:
    await world.writer.backup(_groups())
    await world.writer.backup([removal(group(3), "changed")])
    path = f"{BASE}/types/group/filters"

    async def told(query: str = "") -> dict[str, dict[str, int]]:
        answer = (await world.admin.get(path + query)).json()["value"]
        assert {one["earlier"] for one in answer} == {0}
        return {one["facet"]: {v["value"]: v["objects"] for v in one["values"]} for one in answer}

    assert await told("?snapshot=1") == {
        "kind": {"security": 2, "microsoft365": 1, "mailEnabledSecurity": 1, "distribution": 0},
        "membership": {"assigned": 3, "dynamic": 1},
        "synced": {"true": 1, "false": 3},
        "roleAssignable": {"true": 0, "false": 4},
    }
    assert (await told())["synced"] == {"true": 0, "false": 3}
    assert (await told("?deleted=true"))["synced"] == {"true": 1, "false": 0}


async def test_objects_are_filtered_by_what_is_derived_of_them(world: World) -> None:
    await world.writer.backup(_groups())

    async def found(*filters: str) -> list[str]:
        query = "".join(f"&filter={one}" for one in filters)
        answer = await world.admin.get(f"{BASE}/objects?type=group{query}")
        return [row["display_name"] for row in answer.json()["value"]]

    assert await found("kind:microsoft365") == ["Group 0"]
    assert await found("kind:security", "synced:false") == ["Group 2"]
    assert await found("kind:distribution") == []


@pytest.mark.parametrize(
    ("type_name", "wanted", "told"),
    [
        ("group", "colour:red", "these can be: mail, mailNickname, kind, membership, synced, roleAssignable."),
        ("group", "kind:team", "its values are: security, microsoft365, mailEnabledSecurity, distribution."),
        ("user", "userType:Gast", "its values are: Member, Guest."),
        ("domain", "kind:x", "these can be: none."),
    ],
)
async def test_an_unknown_filter_is_refused_and_the_known_ones_are_named(
    world: World, type_name: str, wanted: str, told: str
) -> None:
    await world.writer.backup(_groups())
    refused = await world.admin.get(f"{BASE}/objects?type={type_name}&filter={wanted}")
    assert refused.status_code == 422
    assert told in refused.json()["detail"]


async def test_what_an_earlier_version_listed_is_not_filtered_by_what_it_did_not_know(world: World) -> None:
    stores = world.stores
    earlier = BackupWriter(stores.blobs, stores.catalogue, world.installation, TENANT, derivation=1)
    await earlier.backup([user(1, userType="Guest")], _groups()[:3])
    await world.writer.backup(_groups()[3:])

    for number, count in ((1, 3), (2, 3)):
        answer = (await world.admin.get(f"{BASE}/types/group/filters?snapshot={number}")).json()["value"]
        assert {one["earlier"] for one in answer} == {count}
        refused = await world.admin.get(f"{BASE}/objects?type=group&snapshot={number}&filter=kind:security")
        assert refused.status_code == 422
        assert "3 of the groups in snapshot" in refused.json()["detail"]
        assert "reentra rebuild" in refused.json()["detail"]
    guests = (await world.admin.get(f"{BASE}/types/user/filters")).json()["value"]
    assert {one["facet"]: one["earlier"] for one in guests} == {
        "userType": 0,
        "accountEnabled": 0,
        "synced": 1,
        "licensed": 1,
    }
    assert await names(world, "&filter=userType:Guest") == ["Person 1"]


def _app(number: int, name: str, **days: int) -> ObjectRecord:
    """With a secret or a certificate that ends in so many days."""
    ends = {
        kind: (datetime.now(UTC) + timedelta(days=left)).strftime("%Y-%m-%dT%H:%M:%SZ") for kind, left in days.items()
    }
    properties = {f"{kind}Credentials": [{"keyId": "k", "endDateTime": end}] for kind, end in ends.items()}
    made = user(number, displayName=name)
    return replace(
        made, object_type="application", properties={"id": made.object_id, "displayName": name, **properties}
    )


async def _apps(world: World, query: str) -> list[str]:
    """All pages."""
    found, link = [], f"{BASE}/objects?type=application{query}"
    while link:
        answer = await world.admin.get(link)
        assert answer.status_code == 200, answer.text
        found += [row["display_name"] for row in answer.json()["value"]]
        link = answer.json()["next_link"]
    return found


async def test_applications_are_filtered_by_when_a_secret_or_certificate_ends(world: World) -> None:
    ending = [_app(1, "Ended", password=-1), _app(2, "Soon", key=20), _app(3, "Later", password=60), _app(4, "None")]
    both = _app(5, "Ended and soon", password=-400, key=5)
    many = [_app(number, f"Quiet {number}", password=900) for number in range(10, 1200)]
    await world.writer.backup([*ending, both, *many, _app(9, "Z", key=-3)])

    assert await _apps(world, "&filter=credentialsEnd:ended") == ["Ended", "Ended and soon", "Z"]
    assert await _apps(world, "&filter=credentialsEnd:ended&limit=1") == ["Ended", "Ended and soon", "Z"]
    assert await _apps(world, "&filter=credentialsEnd:30") == ["Ended and soon", "Soon"]
    assert await _apps(world, "&filter=credentialsEnd:90&search=l") == ["Later"]
    assert await _apps(world, "&filter=credentialsEnd:30&filter=credentials:both") == ["Ended and soon"]
    offered = {row["object_type"]: row["filters"] for row in (await world.admin.get(f"{BASE}/types")).json()["value"]}
    assert offered["application"]["credentialsEnd"] == ["ended", "30", "90"]
    assert "credentialsEnd" not in offered["user"]

    wanted = {"object_types": ["application"], "filter": ["credentialsEnd:ended"]}
    job = (await world.admin.post(f"{BASE}/downloads", json=wanted)).json()
    assert set(job["params"]["ids"]) == {ending[0].object_id, both.object_id, _app(9, "Z").object_id}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("type=application&filter=credentialsEnd:soon", "a number of days"),
        ("type=application&filter=credentialsEnd:0", "a number of days"),
        ("type=application&filter=credentialsEnd:30&deleted=true", "Removed objects"),
        ("type=user&filter=credentialsEnd:30", "cannot be filtered"),
    ],
)
async def test_an_end_that_cannot_be_asked_for_is_refused(world: World, query: str, told: str) -> None:
    await world.writer.backup([_app(1, "Ended", password=-1), user(2)])
    refused = await world.admin.get(f"{BASE}/objects?{query}")
    assert (refused.status_code, told in refused.json()["detail"]) == (422, True)
