"""Tenants: connecting by own registration, looking, removing, coverage, backup frequency."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, SecretStr

from reentra.common.connecting import AppCredential, OwnRegistration
from reentra.common.errors import NotFound
from reentra.common.ids import TenantId
from reentra.common.stores.catalogue import Snapshot
from reentra.common.stores.tenants import StoredTenants, Tenant
from reentra.gateway.domain.coverage import TypeCoverage, coverage
from reentra.gateway.operations.browse import Browse
from reentra.gateway.routes.guard import note
from reentra.gateway.routes.paging import Listed

TenantPath = Annotated[str, Path(description="Microsoft's tenant id.", max_length=60)]


class Connections(Protocol):
    async def connect(self, wanted: OwnRegistration) -> TenantId: ...

    async def disconnect(self, tenant_id: TenantId) -> None: ...

    async def set_frequency(self, tenant_id: TenantId, minutes: int) -> None: ...


class LastSnapshot(BaseModel):
    number: int
    result: str | None = Field(examples=["complete"])
    sealed_at: str | None
    objects: int


class TenantView(BaseModel):
    id: str = Field(examples=["aaaaaaaa-0000-4000-8000-000000000001"])
    name: str = Field(examples=["Contoso"])
    domain: str = Field(examples=["contoso.example"])
    domains: list[str]
    cloud: str = Field(examples=["global"])
    state: str = Field(examples=["healthy"])
    needs_consent_reason: str | None
    backup_client_id: str | None
    restore_client_id: str | None
    frequency_minutes: int = Field(examples=[1440])
    connected_at: str | None
    last_snapshot: LastSnapshot | None = None


class Registration(BaseModel):
    """An app registration with a PEM file's text (certificate and key), or with a client secret."""

    client_id: str = Field(examples=["bbbbbbbb-0000-4000-8000-000000000002"], max_length=60)
    kind: Literal["certificate", "secret"]
    value: SecretStr = Field(max_length=65536, examples=["-----BEGIN CERTIFICATE-----..."])

    def credential(self) -> AppCredential:
        return AppCredential(self.client_id, self.kind, self.value.get_secret_value())


class NewTenant(BaseModel):
    name: str = Field(examples=["Contoso"], max_length=200)
    tenant_id: str = Field(examples=["aaaaaaaa-0000-4000-8000-000000000001"], max_length=60)
    cloud: str = Field("global", max_length=40)
    backup: Registration
    restore: Registration | None = None
    frequency_minutes: int = 1440
    immediate_backup: bool = False


class Schedule(BaseModel):
    frequency_minutes: int = Field(examples=[1440], description="1440, 720, 360, 60 or 15.")


def build_router(
    route_class: type[APIRoute], tenants: StoredTenants, connections: Connections, browse: Browse
) -> APIRouter:
    router = APIRouter(route_class=route_class, prefix="/api/v1/tenants", tags=["tenants"])

    async def view(tenant: Tenant) -> TenantView:
        return _view(tenant, await browse.latest(tenant.id))

    @router.get("", summary="Tenants; with `called`, the one of that name, id or domain")
    async def list_tenants(called: Annotated[str | None, Query(max_length=200)] = None) -> Listed[TenantView]:
        found: Sequence[Tenant] = await tenants.list() if called is None else [await tenants.called(called)]
        return Listed(value=[await view(tenant) for tenant in found], next_link=None)

    @router.post("", summary="Connect a tenant by its own app registration", status_code=201)
    async def connect(request: Request, body: NewTenant) -> TenantView:
        note(request, tenant_id=body.tenant_id[:60], cloud=body.cloud)
        wanted = OwnRegistration(
            name=body.name,
            tenant_id=TenantId(body.tenant_id),
            cloud=body.cloud,
            backup=body.backup.credential(),
            restore=body.restore.credential() if body.restore else None,
            frequency_minutes=body.frequency_minutes,
            immediate_backup=body.immediate_backup,
        )
        return await view(await tenant_at(tenants, await connections.connect(wanted)))

    @router.get("/{tenant_id}", summary="One tenant")
    async def show(tenant_id: TenantPath) -> TenantView:
        return await view(await tenant_at(tenants, tenant_id))

    @router.delete("/{tenant_id}", summary="Disconnect a tenant; its backups stay", status_code=204)
    async def remove(tenant_id: TenantPath) -> None:
        tenant = await tenant_at(tenants, tenant_id)
        await connections.disconnect(tenant.id)

    @router.get("/{tenant_id}/coverage", summary="What is backed up and what could be restored, type by type")
    async def show_coverage(tenant_id: TenantPath) -> Listed[TypeCoverage]:
        tenant = await tenant_at(tenants, tenant_id)
        latest = await browse.latest(tenant.id)
        types: Mapping[str, Any] = latest.types if latest else {}
        return Listed(value=coverage(types, can_write=tenant.restore_client_id is not None), next_link=None)

    @router.get("/{tenant_id}/schedule", summary="How often it is backed up")
    async def show_schedule(tenant_id: TenantPath) -> Schedule:
        return Schedule(frequency_minutes=(await tenant_at(tenants, tenant_id)).frequency_minutes)

    @router.put("/{tenant_id}/schedule", summary="Change how often it is backed up")
    async def change_schedule(request: Request, tenant_id: TenantPath, body: Schedule) -> Schedule:
        tenant = await tenant_at(tenants, tenant_id)
        await connections.set_frequency(tenant.id, body.frequency_minutes)
        note(request, frequency_minutes=body.frequency_minutes)
        return body

    return router


async def tenant_at(tenants: StoredTenants, tenant_id: str) -> Tenant:
    """Of a path. A tenant that was disconnected answers like one that never was."""
    found = await tenants.get(TenantId(tenant_id.lower()))
    if found is None or found.state == "disconnected":
        raise NotFound(f"There is no tenant {tenant_id[:60]!r}.")
    return found


def _view(tenant: Tenant, latest: Snapshot | None) -> TenantView:
    return TenantView(
        id=tenant.id,
        name=tenant.name,
        domain=tenant.domain,
        domains=list(tenant.domains),
        cloud=tenant.cloud,
        state=tenant.state,
        needs_consent_reason=tenant.needs_consent_reason,
        backup_client_id=tenant.backup_client_id,
        restore_client_id=tenant.restore_client_id,
        frequency_minutes=tenant.frequency_minutes,
        connected_at=tenant.connected_at,
        last_snapshot=_last(latest) if latest else None,
    )


def _last(snapshot: Snapshot) -> LastSnapshot:
    objects = sum(int(outcome.get("objects") or 0) for outcome in snapshot.types.values())
    return LastSnapshot(number=snapshot.number, result=snapshot.result, sealed_at=snapshot.sealed_at, objects=objects)
