"""The catalogue and the pure rules about objects."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.directory.catalog import CATALOG, ObjectType, load, object_type, type_of_graph_name
from reentra.common.directory.diff import apply, difference
from reentra.common.directory.normalise import canonical, content_hash, same_state, strip_annotations, without_empty
from reentra.common.directory.references import references_of, replace_ids
from reentra.common.directory.summary import digest_of, shown_names, summarise, summarise_encoded
from reentra.common.errors import NotFound
from reentra.common.ids import ObjectId, ObjectTypeName, TenantId
from reentra.common.snapshot.record import ObjectRecord, from_line, live_line

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
PROPERTIES = st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), VALUES, max_size=5)
TENANT = TenantId("4f3c1a52-9d2e-4e61-8b0a-6a1f0c7d2e11")
GROUP = "11111111-2222-3333-4444-555555555555"
APP = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


def test_every_type_of_the_main_job_is_in_the_catalogue() -> None:
    expected = [
        "user",
        "group",
        "application",
        "servicePrincipal",
        "device",
        "administrativeUnit",
        "directoryRole",
        "roleDefinition",
        "roleAssignment",
        "conditionalAccessPolicy",
        "namedLocation",
        "oauth2PermissionGrant",
        "appRoleAssignment",
        "organization",
        "domain",
        "subscribedSku",
        "groupSetting",
    ]
    assert list(CATALOG) == expected


def test_a_type_is_found_by_name_in_any_case_and_by_graph_name() -> None:
    assert object_type("CONDITIONALaccesspolicy").name == "conditionalAccessPolicy"
    found = type_of_graph_name("#microsoft.graph.user")
    assert found is not None
    assert found.name == "user"
    with pytest.raises(NotFound, match="Known types: user"):
        object_type("mailbox")


def test_a_misspelt_column_is_refused() -> None:
    with pytest.raises(ValueError, match="colection"):
        load('[x]\nlabel="x"\nlabels="x"\ngraph_type="x"\ncolection="/x"\nitem="/x"')


def test_annotations_go_and_types_stay() -> None:
    raw = {
        "@odata.context": "c",
        "@odata.etag": "e",
        "@microsoft.graph.tips": "t",
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "1.2.3.0/24"}],
        "grantControls": {"authenticationStrength@odata.context": "c", "operator": "OR"},
        "unknownToUs": {"kept": 1},
    }
    assert strip_annotations(raw) == {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "1.2.3.0/24"}],
        "grantControls": {"operator": "OR"},
        "unknownToUs": {"kept": 1},
    }


@given(PROPERTIES)
def test_normalising_twice_changes_nothing(properties: dict[str, Any]) -> None:
    once = without_empty(properties)
    assert without_empty(once) == once
    assert strip_annotations(strip_annotations(properties)) == strip_annotations(properties)


@given(PROPERTIES, st.sampled_from([None, [], {}]))
def test_null_and_empty_count_as_absent(properties: dict[str, Any], nothing: object) -> None:
    assert same_state(properties, {}, {**properties, "z": nothing}, {"owners": []})
    assert not same_state(properties, {}, {**properties, "z": 1}, {})


@given(PROPERTIES, PROPERTIES)
def test_applying_a_difference_gives_the_other_state(before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = apply(before, difference(before, after).properties)
    assert not difference(changed, after)
    assert same_state(changed, {}, after, {})


def test_links_differ_by_id_and_not_by_order() -> None:
    one, two, three = ({"id": c} for c in "abc")
    change = difference({}, {}, {"members": [one, two]}, {"members": [two, one]})
    assert not change
    change = difference({}, {}, {"members": [one, two]}, {"members": [two, three]})
    assert change.links[0].added == (three,)
    assert change.links[0].removed == (one,)


def test_references_are_found_in_properties_texts_and_links_and_replaced() -> None:
    policy = object_type("conditionalAccessPolicy")
    properties = {
        "conditions": {
            "users": {"includeUsers": ["All"], "excludeGroups": [GROUP]},
            "applications": {"includeApplications": [APP, "Office365"]},
        }
    }
    found = {(r.where, r.kind, r.value) for r in references_of(policy, properties, {})}
    assert found == {
        ("conditions.users.excludeGroups[]", "object", GROUP),
        ("conditions.applications.includeApplications[]", "app_id", APP),
    }
    replaced = replace_ids(policy, properties, lambda i: "new-" + i)
    assert replaced["conditions"]["users"] == {"includeUsers": ["All"], "excludeGroups": ["new-" + GROUP]}
    assert replaced["conditions"]["applications"]["includeApplications"] == ["new-" + APP, "Office365"]
    assert properties["conditions"]["users"]["excludeGroups"] == [GROUP], "the original is left as it was"

    group = object_type("group")
    rule = {"membershipRule": f"user.memberof -any (group.objectId -in ['{GROUP}'])"}
    links = {"members": [{"@odata.type": "#microsoft.graph.user", "id": APP}]}
    assert {r.value for r in references_of(group, rule, links)} == {GROUP, APP}
    assert "['x']" in replace_ids(group, rule, lambda _: "x")["membershipRule"]


def test_a_scoped_role_member_refers_to_the_member_and_the_role() -> None:
    unit = object_type("administrativeUnit")
    links = {"scopedRoleMembers": [{"id": "own", "roleId": "role", "roleMemberInfo": {"id": "member"}}]}
    assert {r.value for r in references_of(unit, {}, links)} == {"member", "role"}


def test_a_summary_has_name_search_facets_and_digests_of_swept_links() -> None:
    user = object_type("user")
    owner = [{"@odata.type": "#microsoft.graph.user", "id": "1"}]
    links = {"sponsors": owner, "manager": owner}
    found = summarise(user, {"id": "7", "displayName": "Åsa", "mail": "A@x.y", "accountEnabled": False}, links, TENANT)
    assert found.display_name == "Åsa"
    assert found.search == "åsa a@x.y"
    derived = {"synced": "false", "licensed": "false", "#": "2"}
    assert found.facets == {"mail": "A@x.y", "accountEnabled": "false", **derived, "#sponsors": digest_of(owner)}


def test_a_search_text_says_nothing_twice() -> None:
    user = {"id": "7", "displayName": "Anna", "mail": "A@x.y", "userPrincipalName": "a@x.y"}
    assert summarise(object_type("user"), user, {}, TENANT).search == "a@x.y"


@given(st.sampled_from(list(CATALOG.values())), PROPERTIES, st.data())
def test_a_summary_is_the_same_of_encoded_properties(row: ObjectType, properties: dict[str, Any], data: Any) -> None:
    shown = st.sampled_from(shown_names(row))
    values = st.none() | st.booleans() | st.integers(-9, 9) | st.text()
    whole = {**properties, **data.draw(st.dictionaries(shown, values))}
    assert summarise_encoded(row, canonical(whole), TENANT) == summarise(row, whole, {}, TENANT)


@given(PROPERTIES)
def test_a_record_encodes_to_its_canonical_line_and_content_hash(properties: dict[str, Any]) -> None:
    record = ObjectRecord(ObjectTypeName("user"), ObjectId("u"), properties, {"manager": [{"id": "m"}]})
    links = {name: canonical(entries) for name, entries in record.links.items()}
    line, found = live_line(record.object_type, record.object_id, canonical(properties), links)
    assert line == record.to_line()
    assert from_line(line) == record
    assert found == content_hash(record.properties, record.links)
