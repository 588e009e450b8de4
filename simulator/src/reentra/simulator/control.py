"""The control API below /_control: what only the simulator has. `GET /_control/` lists everything it can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reentra.simulator import truth
from reentra.simulator.cloud import SimulatedCloud, TenantMissing
from reentra.simulator.directory import Directory, ObjectExists, ObjectMissing
from reentra.simulator.generator import generate_tenant
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.graph.settings import GraphSettings
from reentra.simulator.graph.writes.deletion import as_it_lies_in_the_bin
from reentra.simulator.identity import SignIn, consent
from reentra.simulator.identity.errors import SignInRefused
from reentra.simulator.identity.registration import ClientSecret

Handler = Callable[["Control", Request], Awaitable[Any]]


class Control:
    def __init__(self, cloud: SimulatedCloud, sign_in: SignIn) -> None:
        self.cloud = cloud
        self.sign_in = sign_in

    def directory(self, request: Request) -> Directory:
        """The tenant of the path, by id or domain."""
        return self.sign_in.tenant(request.path_params["tenant"])


def build_control_app(cloud: SimulatedCloud, sign_in: SignIn) -> Starlette:
    control = Control(cloud, sign_in)
    return Starlette(
        routes=[
            Route(f"/_control{path}", _endpoint(handler, control), methods=[method])
            for method, path, handler in _ROUTES
        ]
    )


def _endpoint(handler: Handler, control: Control) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return _json(await handler(control, request))
        except (TenantMissing, ObjectMissing, SignInRefused) as error:
            return _json({"error": str(error)}, status=404)
        except (ObjectExists, ValueError, KeyError, TypeError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, status=400)

    return endpoint


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")


async def describe(_control: Control, _request: Request) -> Any:
    """This list."""
    return [f"{method} /_control{path}: {(handler.__doc__ or '').strip()}" for method, path, handler in _ROUTES]


# Tenants


async def list_tenants(control: Control, _request: Request) -> Any:
    """Tenants with their number of objects by type."""
    return [
        {
            "tenantId": directory.tenant_id,
            "domain": directory.domain,
            "counts": {name: len(directory.ids(name)) for name in directory.types()},
        }
        for directory in control.cloud.tenants.values()
    ]


async def add_tenant(control: Control, request: Request) -> Any:
    """Generates a tenant; the body holds generate_tenant's arguments (users and seed at least)."""
    arguments = await request.json()
    tenant = await run_in_threadpool(generate_tenant, control.cloud, **arguments)
    return {"tenantId": tenant.tenant_id, "domain": tenant.directory.domain, "administrator": tenant.administrator}


async def vanish_tenant(control: Control, request: Request) -> Any:
    """The tenant is gone, as when a customer closes it."""
    control.cloud.vanish_tenant(control.directory(request).tenant_id)
    return {}


async def read_truth(control: Control, request: Request) -> Any:
    """All objects, deleted objects and links."""
    return truth.whole_truth(control.directory(request))


async def mutate(control: Control, request: Request) -> Any:
    """Changes a part of a type: {type, percentage, seed?, properties?}; answers the ids."""
    body = await request.json()
    ids = truth.mutate(
        control.directory(request),
        body["type"],
        percentage=body["percentage"],
        seed=body.get("seed", 0),
        properties=body.get("properties"),
    )
    return {"changed": ids}


async def expire_delta_tokens(control: Control, request: Request) -> Any:
    """Every delta token given out so far must start again."""
    control.cloud.expire_delta_tokens(control.directory(request).tenant_id)
    return {}


# Objects and links, behind Graph's back


async def list_objects(control: Control, request: Request) -> Any:
    """Objects of a type by id; ?deleted=true for those in the bin."""
    read = truth.deleted_of if request.query_params.get("deleted") == "true" else truth.objects_of
    return read(control.directory(request), request.path_params["type"])


async def create_object(control: Control, request: Request) -> Any:
    """Creates without validation; the body is the object."""
    return control.directory(request).create(request.path_params["type"], await request.json())


async def read_object(control: Control, request: Request) -> Any:
    """One object with type, links and where it is linked from, also from the bin."""
    object_id = request.path_params["id"]
    found = truth.one_object(control.directory(request), object_id)
    if found is None:
        raise ObjectMissing(f"There is no object {object_id} in this tenant.")
    return found


async def patch_object(control: Control, request: Request) -> Any:
    """Sets properties without validation."""
    return control.directory(request).patch(request.path_params["id"], await request.json())


async def delete_object(control: Control, request: Request) -> Any:
    """Into the bin; ?hard=true for good."""
    directory, object_id = control.directory(request), request.path_params["id"]
    if request.query_params.get("hard") == "true":
        directory.hard_delete(object_id)
        return {}
    item = directory.get(object_id)
    if item is None:
        raise ObjectMissing(f"There is no live object {object_id} in this tenant.")
    return directory.soft_delete(object_id, as_it_lies_in_the_bin(directory.type_of(object_id) or "", item))


async def restore_object(control: Control, request: Request) -> Any:
    """Out of the bin."""
    return control.directory(request).restore(request.path_params["id"])


async def add_link(control: Control, request: Request) -> Any:
    """Adds a link; says whether it is new."""
    relation, source, target = _link(request)
    return {"changed": control.directory(request).add_link(relation, source, target)}


async def remove_link(control: Control, request: Request) -> Any:
    """Removes a link; says whether it was there."""
    relation, source, target = _link(request)
    return {"changed": control.directory(request).remove_link(relation, source, target)}


def _link(request: Request) -> tuple[str, str, str]:
    params = request.path_params
    return params["relation"], params["source"], params["target"]


# Apps and consent


async def register_app(control: Control, request: Request) -> Any:
    """Registers an app: {appId, displayName, secrets?, certificates? (PEM), appRoles?, redirectUris?}."""
    body = await request.json()
    app = control.sign_in.register_app(
        body["appId"],
        body["displayName"],
        secrets=body.get("secrets", ()),
        certificates=[pem.encode() for pem in body.get("certificates", ())],
        app_roles=body.get("appRoles", ()),
        redirect_uris=body.get("redirectUris", ()),
    )
    return {"appId": app.app_id}


async def change_app(control: Control, request: Request) -> Any:
    """What its maker changes: {secrets? (text, or {value, expires}), certificates? (PEM), isDisabled?}."""
    body = await request.json()
    certificates = body.get("certificates")
    control.sign_in.change_app(
        request.path_params["app"],
        secrets=[_secret(given) for given in body["secrets"]] if "secrets" in body else None,
        certificates=None if certificates is None else [pem.encode() for pem in certificates],
        is_disabled=body.get("isDisabled"),
    )
    return {}


def _secret(given: str | dict[str, str]) -> str | ClientSecret:
    return given if isinstance(given, str) else ClientSecret(given["value"], datetime.fromisoformat(given["expires"]))


async def remove_app(control: Control, request: Request) -> Any:
    """The registration is deleted by its maker."""
    control.sign_in.remove_app(request.path_params["app"])
    return {}


async def expire_tokens(control: Control, request: Request) -> Any:
    """Every access token issued so far has ended; Graph answers it with 401."""
    control.cloud.expire_tokens(control.directory(request).tenant_id)
    return {}


async def give_consent(control: Control, request: Request) -> Any:
    """As if an administrator had accepted the app."""
    control.sign_in.consent(control.directory(request).tenant_id, request.path_params["app"])
    return {}


async def revoke_consent(control: Control, request: Request) -> Any:
    """The app's service principal goes to the bin."""
    consent.revoke(control.cloud, control.directory(request), request.path_params["app"])
    return {}


async def remove_permission(control: Control, request: Request) -> Any:
    """One application permission is taken from a consented app; tokens already issued keep it."""
    app, permission = request.path_params["app"], request.path_params["permission"]
    consent.remove_permission(control.cloud, control.directory(request), app, permission)
    return {}


# Behaviour and bookkeeping


async def set_faults(control: Control, request: Request) -> Any:
    """Replaces the fault plan: a list of rules (graph/faults.py)."""
    control.cloud.faults.set([FaultRule.from_json(rule) for rule in await request.json()])
    return {}


async def add_fault(control: Control, request: Request) -> Any:
    """Adds one rule to the fault plan."""
    control.cloud.faults.add(FaultRule.from_json(await request.json()))
    return {}


async def read_faults(control: Control, _request: Request) -> Any:
    """How many accidents have happened."""
    return {"struck": control.cloud.faults.struck}


async def set_lag(control: Control, request: Request) -> Any:
    """Replica lag: {seconds?, reads?}; {} switches it off."""
    control.cloud.lag.set(**await request.json())
    return {}


async def change_settings(control: Control, request: Request) -> Any:
    """Changes some of Graph's settings (graph/settings.py) and answers all of them."""
    known = {item.name for item in fields(GraphSettings)}
    changes = await request.json()
    if unknown := changes.keys() - known:
        raise ValueError(f"There is no setting {sorted(unknown)}; there are {sorted(known)}.")
    for name, value in changes.items():
        setattr(control.cloud.settings, name, value)
    return asdict(control.cloud.settings)


async def change_sign_in(control: Control, request: Request) -> Any:
    """How strict sign-in is, {refusesReplays: true} makes each client assertion good once; {faults: [...]} replaces its
    plan of troubles, of which it knows `status`."""
    changes = await request.json()
    if "refusesReplays" in changes:
        control.sign_in.assertions.refuses_replays = bool(changes["refusesReplays"])
    if "faults" in changes:
        control.sign_in.faults.set([FaultRule.from_json(rule) for rule in changes["faults"]])
    return {"struck": control.sign_in.faults.struck}


async def read_counters(control: Control, _request: Request) -> Any:
    """Requests, resource units and violations since the last reset."""
    return control.cloud.counters.as_json()


async def reset_counters(control: Control, _request: Request) -> Any:
    """Counting starts again from nothing."""
    control.cloud.counters.reset()
    return {}


async def read_log(control: Control, request: Request) -> Any:
    """The last requests, oldest first; ?last=N."""
    last = request.query_params.get("last")
    return control.cloud.counters.log_as_json(int(last) if last else None)


_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", describe),
    ("GET", "/tenants", list_tenants),
    ("POST", "/tenants", add_tenant),
    ("DELETE", "/tenants/{tenant}", vanish_tenant),
    ("GET", "/tenants/{tenant}/truth", read_truth),
    ("POST", "/tenants/{tenant}/mutate", mutate),
    ("POST", "/tenants/{tenant}/expire-delta-tokens", expire_delta_tokens),
    ("GET", "/tenants/{tenant}/objects/{type}", list_objects),
    ("POST", "/tenants/{tenant}/objects/{type}", create_object),
    ("GET", "/tenants/{tenant}/object/{id}", read_object),
    ("PATCH", "/tenants/{tenant}/object/{id}", patch_object),
    ("DELETE", "/tenants/{tenant}/object/{id}", delete_object),
    ("POST", "/tenants/{tenant}/object/{id}/restore", restore_object),
    ("PUT", "/tenants/{tenant}/links/{relation}/{source}/{target}", add_link),
    ("DELETE", "/tenants/{tenant}/links/{relation}/{source}/{target}", remove_link),
    ("POST", "/apps", register_app),
    ("PATCH", "/apps/{app}", change_app),
    ("DELETE", "/apps/{app}", remove_app),
    ("POST", "/tenants/{tenant}/expire-tokens", expire_tokens),
    ("PUT", "/tenants/{tenant}/consents/{app}", give_consent),
    ("DELETE", "/tenants/{tenant}/consents/{app}", revoke_consent),
    ("DELETE", "/tenants/{tenant}/consents/{app}/{permission}", remove_permission),
    ("PUT", "/faults", set_faults),
    ("POST", "/faults", add_fault),
    ("GET", "/faults", read_faults),
    ("PUT", "/lag", set_lag),
    ("PATCH", "/settings", change_settings),
    ("PATCH", "/sign-in", change_sign_in),
    ("GET", "/counters", read_counters),
    ("DELETE", "/counters", reset_counters),
    ("GET", "/log", read_log),
)
