"""What a PATCH or POST carries: only what may be written, only what differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.directory.catalog import object_type
from reentra.common.directory.normalise import without_empty
from reentra.restorer.domain.bodies import changes, create_body, patch_value
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.shapes import REPORT_ONLY


def bodies(name: str, wanted: dict[str, Any], live: dict[str, Any], *, synced: bool = False) -> list[dict[str, Any]]:
    return [patch.body for patch in changes(object_type(name), recipe_of(name), wanted, live, synced=synced).patches]


def test_only_what_differs_and_may_be_written_is_sent() -> None:
    wanted = {"displayName": "A", "city": "Bern", "createdDateTime": "2020", "department": None, "officeLocation": ""}
    live = {"displayName": "A", "city": "Zürich", "createdDateTime": "2021", "department": "HR", "officeLocation": ""}
    assert bodies("user", wanted, live) == [{"city": "Bern", "department": None}]


def test_null_and_empty_are_the_same() -> None:
    assert bodies("user", {"otherMails": [], "city": None}, {"otherMails": None}) == []


def test_an_emptied_list_is_sent_as_a_list() -> None:
    assert bodies("user", {}, {"otherMails": ["a@b.c"]}) == [{"otherMails": []}]


def test_what_is_before_is_kept_for_undoing() -> None:
    found = changes(object_type("user"), recipe_of("user"), {"city": "Bern"}, {"city": "Zug"}, synced=False)
    assert found.patches[0].before == {"city": "Zug"}


def test_on_premises_properties_of_a_synced_user_are_held_back() -> None:
    wanted, live = {"city": "Bern", "usageLocation": "CH"}, {"city": "Zug", "usageLocation": "DE"}
    found = changes(object_type("user"), recipe_of("user"), wanted, live, synced=True)
    assert [patch.body for patch in found.patches] == [{"usageLocation": "CH"}]
    assert found.held_back == {"city": "on_premises"}


def test_extension_attributes_travel_alone() -> None:
    wanted = {"city": "Bern", "onPremisesExtensionAttributes": {"extensionAttribute1": "x"}}
    assert bodies("user", wanted, {}) == [
        {"city": "Bern"},
        {"onPremisesExtensionAttributes": {"extensionAttribute1": "x"}},
    ]


@pytest.mark.parametrize(
    ("wanted", "live", "sent"),
    [
        ("enabled", "enabled", None),
        ("enabled", REPORT_ONLY, None),
        ("enabled", "disabled", REPORT_ONLY),
        ("disabled", "enabled", "disabled"),
        ("disabled", REPORT_ONLY, "disabled"),
        (REPORT_ONLY, "enabled", REPORT_ONLY),
        ("disabled", "disabled", None),
    ],
)
def test_a_policy_is_never_switched_on(wanted: str, live: str, sent: str | None) -> None:
    expected = [] if sent is None else [{"state": sent}]
    assert bodies("conditionalAccessPolicy", {"state": wanted}, {"state": live}) == expected


def test_a_policy_changed_while_it_is_enabled_becomes_report_only_with_the_change() -> None:
    wanted = {"state": "enabled", "displayName": "A"}
    assert bodies("conditionalAccessPolicy", wanted, {"state": "enabled", "displayName": "B"}) == [
        {"displayName": "A", "state": REPORT_ONLY}
    ]


def test_an_enabled_role_is_disabled_before_it_goes() -> None:
    kept, leaving = {"id": "1", "value": "a", "isEnabled": True}, {"id": "2", "value": "b", "isEnabled": True}
    assert bodies("application", {"appRoles": [kept]}, {"appRoles": [kept, leaving]}) == [
        {"appRoles": [kept, {**leaving, "isEnabled": False}]},
        {"appRoles": [kept]},
    ]


def test_scopes_come_before_those_who_may_use_them() -> None:
    scope, caller = {"id": "1", "value": "s", "isEnabled": True}, {"appId": "x", "delegatedPermissionIds": ["1"]}
    wanted = {"api": {"oauth2PermissionScopes": [scope], "preAuthorizedApplications": [caller]}}
    sent = bodies("application", wanted, {"api": {}})
    assert [sorted(body["api"]) for body in sent] == [["oauth2PermissionScopes"], ["preAuthorizedApplications"]]


def test_a_new_user_carries_what_creating_takes_and_no_more() -> None:
    wanted = {
        "id": "1",
        "userPrincipalName": "a@b.c",
        "displayName": "A",
        "mailNickname": "a",
        "accountEnabled": False,
        "proxyAddresses": ["SMTP:a@b.c"],
        "identities": [{"signInType": "userPrincipalName"}],
        "city": None,
        "onPremisesExtensionAttributes": {"extensionAttribute1": "x"},
        "employeeHireDate": "2020-01-01",
    }
    body, later = create_body(object_type("user"), recipe_of("user"), wanted)
    assert body == {"userPrincipalName": "a@b.c", "displayName": "A", "mailNickname": "a", "accountEnabled": False}
    assert later == {}


def test_an_identifier_uri_waits_until_the_application_exists() -> None:
    wanted = {"displayName": "A", "appId": "x", "identifierUris": ["api://x"], "passwordCredentials": [{"keyId": "k"}]}
    body, later = create_body(object_type("application"), recipe_of("application"), wanted)
    assert (body, later) == ({"displayName": "A"}, {"identifierUris": ["api://x"]})


def test_a_location_says_its_kind() -> None:
    wanted = {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "A", "countriesAndRegions": ["CH"]}
    assert create_body(object_type("namedLocation"), recipe_of("namedLocation"), wanted)[0] == wanted
    sent = bodies("namedLocation", wanted, {**wanted, "displayName": "B"})
    assert sent == [{"@odata.type": wanted["@odata.type"], "displayName": "A"}]


_SCALARS = st.none() | st.booleans() | st.text("ab", max_size=2)
_VALUES = st.recursive(
    _SCALARS | st.lists(st.text("ab", max_size=1), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)


def merged(live: Any, patch: Any) -> Any:
    """What Graph makes of a PATCH in which what is left out keeps its value."""
    if isinstance(live, dict) and isinstance(patch, dict):
        return {**live, **{name: merged(live.get(name), value) for name, value in patch.items()}}
    return patch


@given(_VALUES, _VALUES)
def test_a_patched_value_equals_the_wanted_one_even_where_graph_merges(wanted: Any, live: Any) -> None:
    assert without_empty({"v": merged(live, patch_value(wanted, live))}) == without_empty({"v": wanted})


def test_names_that_no_document_knows_are_left_out_at_every_depth_and_told() -> None:
    wanted = {
        "displayName": "A",
        "futureProperty": 1,
        "web": {"homePageUrl": "https://a.example", "futurePart": {"x": 1}},
        "appRoles": [{"id": "r", "value": "v", "isEnabled": True, "futureMark": True}],
    }
    found = changes(object_type("application"), recipe_of("application"), wanted, {"displayName": "A"}, synced=False)
    assert found.unknown == ("appRoles.futureMark", "futureProperty", "web.futurePart")
    assert [patch.body for patch in found.patches] == [
        {"appRoles": [{"id": "r", "value": "v", "isEnabled": True}], "web": {"homePageUrl": "https://a.example"}}
    ]
    body, _ = create_body(object_type("application"), recipe_of("application"), wanted)
    assert body == found.patches[0].body | {"displayName": "A"}


def test_unknown_names_that_the_tenant_still_has_are_not_worth_a_word() -> None:
    state = {"displayName": "A", "futureProperty": {"since": 2027}}
    assert not changes(object_type("group"), recipe_of("group"), state, state, synced=False).unknown


@pytest.mark.parametrize("name", ["extension_0123456789abcdef0123456789ABCDEF_costs", "ext55gb1l09_courses"])
def test_extensions_of_the_customer_travel_like_any_property(name: str) -> None:
    assert bodies("user", {name: "x"}, {}) == [{name: "x"}]


def test_a_name_that_graph_composed_for_a_guest_is_not_put_back() -> None:
    wanted = {"userPrincipalName": "a_b.example#EXT#@one.example"}
    live = {"userPrincipalName": "a_b.example#EXT#@two.example"}
    found = changes(object_type("user"), recipe_of("user"), wanted, live, synced=False)
    assert (found.patches, found.held_back) == ((), {"userPrincipalName": "graph_made"})
