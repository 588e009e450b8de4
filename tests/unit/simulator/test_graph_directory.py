"""The truth of a tenant keeps its promises."""

import pytest

from reentra.simulator.directory import Directory, ObjectExists, ObjectMissing


def directory() -> Directory:
    return Directory("11111111-0000-0000-0000-000000000000", "contoso.com")


def test_hard_delete_takes_links_and_joining_objects_along():
    d = directory()
    user, group = d.create("user", {"id": "u"}), d.create("group", {"id": "g"})
    d.create("servicePrincipal", {"id": "s"})
    d.add_link("members", group["id"], user["id"])
    d.create("appRoleAssignment", {"id": "a", "principalId": "u", "resourceId": "s"})

    d.hard_delete("u")

    assert not list(d.targets("members", "g"))
    assert d.get("a") is None
    assert not list(d.joined("appRoleAssignedTo", "s"))
    assert [change.kind for change in d.history.since("group", 0)] == ["created", "linked", "unlinked"]


def test_soft_deleted_object_keeps_its_links_and_comes_back_with_them():
    d = directory()
    d.create("user", {"id": "u", "userPrincipalName": "a@contoso.com"})
    d.create("group", {"id": "g"})
    d.add_link("members", "g", "u")

    d.soft_delete("u", {"userPrincipalName": "ua@contoso.com"})
    assert d.find("user", "userPrincipalName", "a@contoso.com") == []
    assert "u" in d.targets("members", "g")
    d.restore("u", {"userPrincipalName": "a@contoso.com"})

    assert d.find("user", "userPrincipalName", "A@CONTOSO.COM") == ["u"]
    assert d.get("u")["deletedDateTime"] is None
    assert d.sources("members", "u") == ["g"]


def test_index_follows_changes_of_collections():
    d = directory()
    d.create("user", {"id": "u", "proxyAddresses": ["SMTP:a@contoso.com"]})
    assert d.find("user", "proxyAddresses", "smtp:a@contoso.com") == ["u"]

    d.patch("u", {"proxyAddresses": ["SMTP:b@contoso.com"]})

    assert d.find("user", "proxyAddresses", "smtp:a@contoso.com") == []
    assert d.find("user", "proxyAddresses", "smtp:b@contoso.com") == ["u"]


def test_patch_with_equal_values_is_no_change():
    d = directory()
    d.create("user", {"id": "u", "displayName": "A"})
    before = d.history.latest

    d.patch("u", {"displayName": "A"})

    assert d.history.latest == before


def test_single_link_replaces_the_one_before():
    d = directory()
    for name in ("u", "m1", "m2"):
        d.create("user", {"id": name})
    d.set_single_link("manager", "u", "m1")
    d.set_single_link("manager", "u", "m2")
    assert list(d.targets("manager", "u")) == ["m2"]
    d.set_single_link("manager", "u", None)
    assert not list(d.targets("manager", "u"))
    assert d.sources("manager", "m1") == []


def test_loading_leaves_no_history():
    d = directory()
    with d.loading():
        d.create("user", {"id": "u"})
    assert d.history.since("user", 0) == []
    d.patch("u", {"displayName": "A"})
    assert [change.names for change in d.history.since("user", 0)] == [("displayName",)]


def test_positions_of_a_roll_do_not_shift_when_earlier_ids_go():
    d = directory()
    for number in range(10):
        d.create("user", {"id": str(number)})
    first, position = d.ids("user").page(0, 5)
    d.hard_delete("1")
    d.hard_delete("5")
    second, end = d.ids("user").page(position, 5)
    assert first == ["0", "1", "2", "3", "4"]
    assert second == ["6", "7", "8", "9"]
    assert end is None


def test_taken_and_missing_ids_are_refused():
    d = directory()
    d.create("user", {"id": "u"})
    with pytest.raises(ObjectExists):
        d.create("group", {"id": "u"})
    with pytest.raises(ObjectMissing):
        d.patch("nobody", {})
    with pytest.raises(ObjectMissing):
        d.restore("u")
