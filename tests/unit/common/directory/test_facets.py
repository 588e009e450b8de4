"""What is derived of an object for lists to be filtered by."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.directory.catalog import CATALOG, ObjectType, object_type
from reentra.common.directory.summary import DERIVATION, derivation_of, summarise, summarise_removal, summary_of
from reentra.common.ids import ObjectId, TenantId

TENANT = TenantId("4f3c1a52-9d2e-4e61-8b0a-6a1f0c7d2e11")
DERIVED = [row for row in CATALOG.values() if row.derived]
SECRET, CERTIFICATE = {"passwordCredentials": [{"keyId": "1"}]}, {"keyCredentials": [{"keyId": "2"}]}


def facet(type_name: str, name: str, properties: dict[str, Any]) -> str:
    return summarise(object_type(type_name), {"id": "1", **properties}, {}, TENANT).facets[name]


@pytest.mark.parametrize(
    ("properties", "kind", "membership"),
    [
        ({"groupTypes": [], "mailEnabled": False, "securityEnabled": True}, "security", "assigned"),
        ({"groupTypes": ["DynamicMembership"], "mailEnabled": False, "securityEnabled": True}, "security", "dynamic"),
        ({"groupTypes": ["Unified"], "mailEnabled": True, "securityEnabled": False}, "microsoft365", "assigned"),
        (
            {"groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": True, "securityEnabled": True},
            "microsoft365",
            "dynamic",
        ),
        ({"groupTypes": [], "mailEnabled": True, "securityEnabled": True}, "mailEnabledSecurity", "assigned"),
        ({"groupTypes": [], "mailEnabled": True, "securityEnabled": False}, "distribution", "assigned"),
        ({}, "security", "assigned"),
    ],
)
def test_a_group_is_of_the_kind_that_graph_documents(properties: dict[str, Any], kind: str, membership: str) -> None:
    assert facet("group", "kind", properties) == kind
    assert facet("group", "membership", properties) == membership


@pytest.mark.parametrize(
    ("type_name", "name", "properties", "value"),
    [
        ("group", "synced", {"onPremisesSyncEnabled": True}, "true"),
        ("group", "synced", {"onPremisesSyncEnabled": None}, "false"),
        ("group", "roleAssignable", {"isAssignableToRole": True}, "true"),
        ("user", "licensed", {"assignedLicenses": [{"skuId": "1", "disabledPlans": []}]}, "true"),
        ("user", "licensed", {"assignedLicenses": []}, "false"),
        ("application", "credentials", {}, "none"),
        ("application", "credentials", SECRET, "secret"),
        ("application", "credentials", CERTIFICATE, "certificate"),
        ("application", "credentials", SECRET | CERTIFICATE, "both"),
        ("application", "signInAudience", {"signInAudience": "AzureADMyOrg"}, "AzureADMyOrg"),
        ("application", "signInAudience", {"signInAudience": "SomethingNew"}, "SomethingNew"),
        ("servicePrincipal", "accountEnabled", {"accountEnabled": False}, "false"),
        ("servicePrincipal", "owner", {"appOwnerOrganizationId": TENANT}, "this"),
        ("servicePrincipal", "owner", {"appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}, "microsoft"),
        ("servicePrincipal", "owner", {"appOwnerOrganizationId": "0a0b0c0d-0000-4000-8000-000000000000"}, "other"),
        ("servicePrincipal", "owner", {"servicePrincipalType": "ManagedIdentity"}, "none"),
        ("device", "isCompliant", {"isCompliant": False}, "false"),
        ("device", "isCompliant", {}, "unknown"),
        ("device", "trustType", {"trustType": "ServerAd"}, "ServerAd"),
        ("device", "trustType", {"trustType": None}, "none"),
    ],
)
def test_what_filters_ask_is_derived(type_name: str, name: str, properties: dict[str, Any], value: str) -> None:
    assert facet(type_name, name, properties) == value


ODD = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers() | st.text() | st.just([1]))


@given(st.sampled_from(DERIVED), st.data())
def test_every_rule_has_a_value_for_whatever_graph_sends(row: ObjectType, data: Any) -> None:
    names = [name for one in row.derived for name in one.rule.needs]
    properties = {"id": "1", **data.draw(st.dictionaries(st.sampled_from(names), ODD))}
    facets = summarise(row, properties, {}, TENANT).facets
    assert {one.facet for one in row.derived} <= facets.keys()
    assert derivation_of(facets) == row.derivation


@pytest.mark.parametrize("row", DERIVED)
def test_an_object_without_properties_has_values_that_are_offered(row: ObjectType) -> None:
    facets = summarise(row, {"id": "1"}, {}, TENANT).facets
    assert all(facets[one.facet] in one.rule.values for one in row.derived)


@pytest.mark.parametrize("row", DERIVED)
def test_the_first_version_is_derived_as_it_was(row: ObjectType) -> None:
    properties = {"id": "1", "displayName": "A", "mail": "a@x.y", "groupTypes": ["Unified"], "isCompliant": True}
    first = summary_of(row, properties, {}, TENANT, 1)
    assert set(first.facets) <= set(row.facets)
    assert derivation_of(first.facets) == 1
    today = summary_of(row, properties, {}, TENANT)
    assert (today.display_name, today.search) == (first.display_name, first.search)


def test_a_removed_object_is_searched_by_its_own_words_and_keeps_its_facets() -> None:
    group = object_type("group")
    facets = summarise(group, {"id": "1", "displayName": "Ärzte", "mail": "A@x.y"}, {}, TENANT).facets
    removed = summarise_removal(group, "Ärzte", ObjectId("1"), facets)
    assert removed.facets == facets
    assert removed.search == "ärzte 1 a@x.y"
    assert facets[DERIVATION] == "2"
