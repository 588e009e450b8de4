"""The examiner is worth something: each rule is broken once on purpose, and it says so; what is right passes."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.strict.bench import READER
from tests.strict.rules.patience import Patience
from tests.strict.serving import StrictCloud, strict_cloud
from tests.strict.traffic import Answer, Request
from tests.strict.weather import Storm

GUID = "11111111-1111-4111-8111-111111111111"
POLICY = {"displayName": "P", "conditions": {}, "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[StrictCloud]:
    with strict_cloud(users=20, seed=1) as found:
        found.served.cloud.settings.throttle_scale = None
        yield found


class Client:
    """A client with no manners of its own."""

    def __init__(self, cloud: StrictCloud) -> None:
        self.cloud = cloud
        self.token = cloud.served.cloud.issue_token(cloud.served.tenants[0].tenant_id, READER)
        self.cloud.examiner.violations.clear()
        self.cloud.examiner.weather = ()
        self.cloud.examiner.new_round()

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> httpx.Response:
        url = target if "://" in target else self.cloud.examiner.base_url + target
        sent = {"Authorization": f"Bearer {self.token}", "client-request-id": str(uuid4()), **headers}
        return httpx.request(method, url, json=body, headers=sent)

    @property
    def told(self) -> str:
        return "\n".join(self.cloud.examiner.violations)


@pytest.fixture
def client(cloud: StrictCloud) -> Client:
    return Client(cloud)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/users?$select=nickname", "has no property 'nickname'"),
        ("/users?$select=id,manager", "is a relationship"),
        ("/users?$select=id,signInActivity", "needs a permission of its own"),
        ("/users?$select=id,aboutMe", "single object only"),
        ("/users?$select=id,id", "twice"),
        ("/users?$top=1000", "beyond 999"),
        ("/devices?$top=100", "$top is not documented"),
        ("/users?$expand=manager,sponsors", "one relationship"),
        ("/users?$expand=friends", "no relationship 'friends'"),
        ("/users/delta?$top=5", "$top is not supported by delta"),
        ("/users/delta?$expand=manager", "$expand is not supported by delta"),
        ("/users/delta?$select=sponsors", "sponsors is a relationship"),
        ("/users/delta?$filter=displayName eq 'x'", "delta filters by id only"),
        ("/users?$filter=nickname eq 'x'", "has no property 'nickname'"),
        ("/users?$filter=displayName ne 'x'", "needs ConsistencyLevel"),
        ("/users/$count", "needs ConsistencyLevel"),
        ("/users?$skip=10", "unknown query options"),
        ("/users?$skiptoken=abc", "altered, made up"),
        ("/people", "not documented"),
        (f"/groups/{GUID}/calendar", "not documented"),
    ],
)
def test_a_read_that_the_documents_do_not_allow_is_told(client: Client, target: str, said: str) -> None:
    client.send("GET", target)
    assert said in client.told


@pytest.mark.parametrize(
    ("method", "target", "body", "said"),
    [
        ("DELETE", f"/groups/{GUID}/members/{GUID}", None, "not documented"),
        ("DELETE", f"/directory/deletedItems/{GUID}", None, "purges for good"),
        ("PATCH", f"/roleManagement/directory/roleAssignments/{GUID}", {}, "no PATCH"),
        ("PATCH", f"/users/{GUID}", {"id": GUID}, "id is read-only"),
        ("PATCH", f"/users/{GUID}", {"nickname": "x"}, "has no property nickname"),
        ("PATCH", f"/users/{GUID}", {"accountEnabled": "yes"}, "is not a boolean"),
        ("PATCH", f"/users/{GUID}", {"businessPhones": "1"}, "is not a list"),
        ("PATCH", f"/users/{GUID}", {"employeeOrgData": {"boss": "x"}}, "has no property boss"),
        ("PATCH", f"/users/{GUID}", {"@odata.context": "x"}, "does not belong into a body"),
        ("PATCH", f"/users/{GUID}", {"manager": {"id": GUID}}, "is a relationship"),
        ("PATCH", f"/groups/{GUID}", {"members@odata.bind": ["/users/1"]}, "not a whole URL"),
        ("PATCH", f"/groups/{GUID}", {"isAssignableToRole": True}, "read-only in PATCH"),
        ("POST", f"/groups/{GUID}/members/$ref", {"@odata.id": f"/users/{GUID}"}, "a $ref body is"),
        ("POST", "/identity/conditionalAccess/policies", {**POLICY, "state": "enabled"}, "never written as enabled"),
        ("POST", "/devices", {}, "is not a registration"),
    ],
)
def test_a_write_that_the_documents_do_not_allow_is_told(
    client: Client, method: str, target: str, body: Any, said: str
) -> None:
    client.send(method, target, body)
    assert said in client.told


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": "/organization", **more}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(n) for n in range(21)], "a batch of 21 items"),
        ([row(1), row(1)], "not unique"),
        ([row(1, id=1)], "ids are strings"),
        ([row(1, url="/v1.0/users")], "without version"),
        ([row(1, method="POST", url="/groups", body={})], "Content-Type"),
        ([row(1), row(2, dependsOn=["1"]), row(3)], "dependsOn"),
        ([row(1, url="/users?$select=nickname")], "no property 'nickname'"),
    ],
)
def test_a_batch_that_is_wrong_is_told(client: Client, rows: list[dict[str, Any]], said: str) -> None:
    client.send("POST", "/$batch", {"requests": rows})
    assert said in client.told


def test_what_is_right_is_not_told(client: Client) -> None:
    for target in (
        "/users?$select=id,displayName&$top=999",
        "/groups?$select=id&$expand=owners&$top=999",
        "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')",
        "/groups/delta?$select=id,displayName,members",
        f"/users?$filter=userPrincipalName eq 'a@b.example' and id ne '{GUID}'&$count=true",
    ):
        client.send("GET", target, ConsistencyLevel="eventual")
    rows = [row(1), row(2, dependsOn=["1"]), row(3, dependsOn=["2"])]
    client.send("POST", "/$batch", {"requests": rows})
    assert client.told == ""


def test_an_altered_link_and_one_asked_twice_are_told(client: Client) -> None:
    link = client.send("GET", "/groups/delta").json()["@odata.deltaLink"]
    client.send("GET", link)
    assert client.told == ""
    client.send("GET", link)
    assert "asked again in the same round" in client.told
    client.send("GET", link.replace("deltatoken=", "deltatoken=x"))
    assert "altered" in client.told


def test_requests_before_retry_after_is_over_are_told() -> None:
    patience, refusal = Patience(), {"retry-after": "1"}

    def asked(path: str, at: float) -> str:
        return "\n".join(patience.asked(Request(at, "GET", path, {}, None, ("tenant", "app"), "host")))

    request = Request(100.0, "GET", "/organization", {}, None, ("tenant", "app"), "host")
    assert not [*patience.asked(request), *patience.answered(request, Answer(100.0, 429, refusal))]
    assert asked("/domains", 100.1) == ""  # was on its way
    assert "before its own Retry-After" in asked("/organization", 100.1)
    assert "0.70 s before Retry-After was over" in asked("/domains", 100.3)
    assert asked("/organization", 101.01) == ""


def test_a_request_before_retry_after_is_over_is_told_over_the_wire(client: Client) -> None:
    app = "aaaaaaaa-9999-4999-8999-999999999999"  # nobody else's, since its wait goes on
    client.token = client.cloud.served.cloud.issue_token(client.cloud.served.tenants[0].tenant_id, app)
    client.cloud.examiner.weather = [Storm(1, 429, retry_after=600, most=1)]
    assert client.send("GET", "/organization").status_code == 429
    client.send("GET", "/organization")
    assert "Retry-After was over" in client.told


def test_two_requests_of_conditional_access_in_a_second_are_told(client: Client) -> None:
    for _ in range(2):
        client.send("GET", "/identity/conditionalAccess/policies", Prefer="include-unknown-enum-members")
    assert "not a second" in client.told


def test_a_create_that_is_repeated_blindly_is_told_and_one_that_looks_first_is_not(client: Client) -> None:
    body = {"displayName": "Twice", "mailEnabled": False, "mailNickname": "twice", "securityEnabled": True}
    client.cloud.examiner.weather = [
        Storm(1, 504, most=3, code="GatewayTimeout", matching=lambda r: r.method == "POST")
    ]
    client.send("POST", "/groups", body)
    client.send("GET", "/groups?$filter=mailNickname eq 'twice'")
    client.send("POST", "/groups", body)
    assert "blindly" not in client.told
    client.send("POST", "/groups", body)
    assert "blindly" in client.told


def test_a_bearer_at_another_host_and_missing_marks_are_told(client: Client) -> None:
    client.send("GET", client.cloud.examiner.base_url.replace("127.0.0.1", "localhost") + "/organization")
    assert "the bearer was sent to localhost" in client.told
    client.send("GET", "/organization", **{"client-request-id": "1"})
    assert "client-request-id is not a GUID" in client.told
