"""From a scene to ordered steps: bin first, ids as places, links after objects, blockers with reasons."""

from __future__ import annotations

from typing import Any

from reentra.common.directory.catalog import object_type
from reentra.common.ids import ObjectId
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.restores import digest_of_steps
from reentra.restorer.domain.administrators import sensitive_steps, warnings
from reentra.restorer.domain.compose import compose
from reentra.restorer.domain.permissions import Rights
from reentra.restorer.domain.steps import (
    chunks_of,
    filled,
    place,
    places_in,
    step_from_json,
)
from reentra.restorer.domain.subjects import LinkMode, Live, Manner, Referrer, Scene, Subject

A, B, C, D = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(4))
GROUP = {"displayName": "G", "mailNickname": "g", "mailEnabled": False, "securityEnabled": True, "groupTypes": []}


def subject(name: str, object_id: str, properties: dict[str, Any], links: Any = None, **state: Any) -> Subject:
    row = object_type(name)
    wanted = ObjectRecord(row.name, ObjectId(object_id), {"id": object_id, **properties}, links or {})
    return Subject(row, wanted, properties.get("displayName", ""), **state)


def refs(*ids: str) -> list[dict[str, str]]:
    return [{"@odata.type": "#microsoft.graph.user", "id": i} for i in ids]


def test_undeleting_comes_before_everything_and_links_after_all_objects() -> None:
    gone = subject("group", A, GROUP, {"members": refs(B)})
    binned = subject("user", B, {"displayName": "U"}, binned={"displayName": "U"})
    draft = compose(Scene((gone, binned)))
    assert [(s.kind, s.object_id) for s in draft.steps] == [
        ("undelete", B),
        ("create", A),
        ("add_link", A),
        ("align_links", B),
        ("align_links", B),
    ]
    link = draft.steps[2]
    assert link.path == f"/groups/{place(A)}/members/$ref"
    assert set(link.needs) == {A, B}


def test_a_reference_to_an_object_made_anew_is_a_place() -> None:
    group = subject("group", A, GROUP)
    role = subject(
        "roleAssignment", "r", {"principalId": A, "roleDefinitionId": C, "directoryScopeId": "/"}, chosen=False
    )
    draft = compose(Scene((group, role)))
    assert draft.steps[-1].body["principalId"] == place(A)
    assert draft.steps[-1].needs == (A,)


def test_an_id_changed_by_an_earlier_restore_is_known() -> None:
    assignment = subject("roleAssignment", "r", {"principalId": A, "roleDefinitionId": C, "directoryScopeId": "/"})
    draft = compose(Scene((assignment,), ids={A: B}))
    assert draft.steps[0].body["principalId"] == B


def test_what_refers_to_something_gone_is_a_blocker() -> None:
    assignment = subject("roleAssignment", "r", {"principalId": A, "roleDefinitionId": C, "directoryScopeId": "/"})
    draft = compose(Scene((assignment,), gone=frozenset({A})))
    assert (draft.steps, [b.code for b in draft.blockers]) == ((), ["reference_gone"])


def test_what_waits_for_a_blocked_object_of_the_same_plan_says_so() -> None:
    taken = subject("user", A, {"displayName": "Ann"}, rival=B)
    group = subject("group", C, GROUP, {"members": refs(A)}, live=Live(C, GROUP, {"members": ()}))
    assignment = subject("roleAssignment", "r", {"principalId": A, "roleDefinitionId": D, "directoryScopeId": "/"})

    reasons = {one.object_id: one.reason for one in compose(Scene((taken, group, assignment))).blockers}
    assert reasons["r"] == f"It refers to Ann ({A}) (principalId), which is in this plan and cannot be brought back."
    assert reasons[C] == (
        f"Its members had Ann ({A}), which is in this plan and cannot be brought back; "
        "plan again and choose to go without it."
    )


def test_what_came_along_and_cannot_be_made_is_only_skipped() -> None:
    device = subject("device", A, {"displayName": "D"})
    member = subject(
        "roleAssignment", "r", {"principalId": A, "roleDefinitionId": C, "directoryScopeId": "/"}, chosen=False
    )
    draft = compose(Scene((device, member)))
    assert [b.code for b in draft.blockers] == ["cannot_be_created"]
    assert [s.code for s in draft.skipped] == ["reference_gone"]


def test_a_dynamic_groups_members_are_not_written() -> None:
    wanted = {
        **GROUP,
        "groupTypes": ["DynamicMembership"],
        "membershipRule": "x",
        "membershipRuleProcessingState": "On",
    }
    live = Live(A, {"id": A, **wanted}, {"owners": ()})
    draft = compose(Scene((subject("group", A, wanted, {"members": refs(B)}, live=live),)))
    assert (draft.steps, draft.identical) == ((), 1)


def test_links_may_be_merged_or_left_alone() -> None:
    live = Live(A, {"id": A, **GROUP}, {"members": (C,)})
    one = subject("group", A, GROUP, {"members": refs(B)}, live=live)
    modes: tuple[LinkMode, ...] = ("replace", "merge", "none")
    kinds = {mode: [s.kind for s in compose(Scene((one,), manner=Manner(links=mode))).steps] for mode in modes}
    assert kinds == {"replace": ["add_link", "remove_link"], "merge": ["add_link"], "none": []}


def test_removing_a_member_never_deletes_the_member() -> None:
    live = Live(A, {"id": A, **GROUP}, {"members": (C,)})
    step = compose(Scene((subject("group", A, GROUP, live=live),))).steps[0]
    assert (step.method, step.path) == ("DELETE", f"/groups/{A}/members/{C}/$ref")


def test_a_referrer_gets_only_its_pointer_back() -> None:
    policy = object_type("conditionalAccessPolicy")
    before = {
        "conditions": {"users": {"includeGroups": [A], "includeUsers": [D]}},
        "state": "enabled",
        "displayName": "Old",
    }
    now = {
        "conditions": {"users": {"includeGroups": [], "includeUsers": []}},
        "state": "disabled",
        "displayName": "New",
    }
    record = ObjectRecord(policy.name, ObjectId("p"), before)
    referrer = Referrer(policy, record, "Old", Live("p", now), frozenset({A}))
    step = compose(Scene((subject("group", A, GROUP),), (referrer,))).steps[-1]
    assert step.body == {"conditions": {"users": {"includeGroups": [place(A)]}}}
    assert step.repair


def test_no_referrer_is_told_of_what_cannot_come_back() -> None:
    group = object_type("group")
    record = ObjectRecord(group.name, ObjectId(B), GROUP, {"members": refs(A)})
    referrer = Referrer(group, record, "G", Live(B, GROUP, {"members": ()}), frozenset({A}))
    synced = subject("user", A, {"displayName": "U", "onPremisesSyncEnabled": True})
    assert compose(Scene((synced,), (referrer,))).steps == ()


def test_a_list_of_exchange_is_no_referrer_that_could_be_written() -> None:
    mail = {**GROUP, "displayName": "List", "mailEnabled": True, "securityEnabled": False}
    group = object_type("group")
    record = ObjectRecord("group", ObjectId(B), mail, {"members": refs(A)})
    referrer = Referrer(group, record, "List", Live(B, mail, {"members": ()}), frozenset({A}))

    draft = compose(Scene((subject("user", A, {"displayName": "U"}),), (referrer,)))
    assert [step.kind for step in draft.steps] == ["create"]
    assert [(one.object_id, one.code) for one in draft.skipped] == [(B, "held_by_exchange")]


APP, API = {"displayName": "App", "appId": C}, {"displayName": "API", "appId": D}


def calling(app: dict[str, Any], *app_ids: str) -> dict[str, Any]:
    return {**app, "requiredResourceAccess": [{"resourceAppId": i, "resourceAccess": []} for i in app_ids]}


def test_what_is_there_and_names_an_application_made_anew_is_changed_after_it() -> None:
    there = subject("application", A, calling(APP, D), live=Live(A, APP))
    for subjects in ((there, subject("application", B, API)), (subject("application", B, API), there)):
        steps = compose(Scene(subjects)).steps
        assert [(s.kind, s.object_id) for s in steps] == [("create", B), ("update", A)]
        assert len(chunks_of(steps, 20)) == 2


def test_applications_that_name_each_other_are_made_before_they_do() -> None:
    steps = compose(
        Scene((subject("application", A, calling(APP, C, D)), subject("application", B, calling(API, C))))
    ).steps
    assert [(s.kind, s.object_id) for s in steps] == [("create", A), ("create", B), ("update", A), ("update", B)]
    assert not any(places_in(step.body) for step in steps[:2])
    assert [{i["resourceAppId"] for i in s.body["requiredResourceAccess"]} for s in steps[2:]] == [
        {place(C), place(D)},
        {place(C)},
    ]


def test_dynamic_groups_are_made_after_those_whose_members_they_take() -> None:
    def taking(name: str, object_id: str) -> dict[str, Any]:
        rule = f"user.memberof -any (group.objectId -in ['{object_id}'])"
        return {**GROUP, "displayName": name, "groupTypes": ["DynamicMembership"], "membershipRule": rule}

    third, second, first = (
        subject("group", A, taking("A", B)),
        subject("group", B, taking("B", C)),
        subject("group", C, GROUP),
    )
    steps = [step for step in compose(Scene((third, second, first))).steps if step.kind == "create"]
    assert [step.object_id for step in steps] == [C, B, A]
    assert len(chunks_of(steps, 20)) == 3


def test_a_policy_from_the_bin_is_made_report_only_at_once() -> None:
    state = {"displayName": "P", "state": "enabled"}
    draft = compose(Scene((subject("conditionalAccessPolicy", A, state, binned=state),)))
    assert [s.kind for s in draft.steps] == ["undelete", "update"]
    assert draft.steps[1].body == {"state": "enabledForReportingButNotEnforced"}


def test_an_application_undeleted_brings_its_service_principal_after_it() -> None:
    application = subject("application", A, {"displayName": "P", "appId": C}, binned={"displayName": "P", "appId": C})
    principal = subject("servicePrincipal", B, {"appId": C}, binned={"appId": C}, chosen=False)
    steps = compose(Scene((principal, application))).steps
    assert [s.object_id for s in steps if s.kind == "undelete"] == [A, B]


def test_an_administrator_is_warned_of_unless_the_apps_role_is_enough_for_everybody() -> None:
    changed = Live(A, {"id": A, "displayName": "Ada", "mobilePhone": "2"})
    steps = compose(Scene((subject("user", A, {"displayName": "Ada", "mobilePhone": "1"}, live=changed),))).steps
    sensitive = sensitive_steps(steps)
    assert [w.code for w in warnings(sensitive, {A}, None)] == ["administrator"]
    assert warnings(sensitive, {B}, None) == []
    reader, highest = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "62e90394-69f5-4237-9190-012177145e10"
    assert len(warnings(sensitive, {A}, Rights(frozenset(), frozenset({reader})))) == 1
    assert warnings(sensitive, {A}, Rights(frozenset(), frozenset({reader, highest}))) == []


def test_no_password_is_in_a_plan() -> None:
    user = {"displayName": "U", "userPrincipalName": "u@x.y", "mailNickname": "u", "accountEnabled": True}
    step = compose(Scene((subject("user", A, user),))).steps[0]
    assert step.body["passwordProfile"] == {"password": "@{password}", "forceChangePasswordNextSignIn": True}


def test_steps_on_one_object_never_share_a_batch() -> None:
    live = Live(A, {"id": A, **GROUP}, {"members": ()})
    members = refs(*(f"10000000-0000-4000-8000-{n:012d}" for n in range(45)))
    draft = compose(Scene((subject("group", A, GROUP, {"members": members}, live=live),)))
    assert [len(s.body["members@odata.bind"]) for s in draft.steps] == [20, 20, 5]
    assert all(len({s.object_id for s in chunk}) == len(chunk) for chunk in chunks_of(draft.steps, 20))


def test_steps_survive_being_stored() -> None:
    draft = compose(Scene((subject("group", A, GROUP, {"members": refs(B)}),)))
    again = [step_from_json(step.to_json()) for step in draft.steps]
    assert tuple(again) == draft.steps
    assert digest_of_steps([s.to_json() for s in again]) == digest_of_steps([s.to_json() for s in draft.steps])


def test_places_are_filled_at_every_depth() -> None:
    body = {"a": [{"b": f"{place(A)}/x"}], "c": 1}
    assert places_in(body) == {A}
    assert filled(body, {A: B}.__getitem__) == {"a": [{"b": f"{B}/x"}], "c": 1}
