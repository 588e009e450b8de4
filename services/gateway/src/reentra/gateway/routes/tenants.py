"""Tenants: connecting by own registration, looking, removing, coverage, backup frequency."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, SecretStr

from reentra.common.connecting import (
    AddedTenant,
    AppCredential,
    CredentialKind,
    OwnRegistration,
    Purpose,
)
from reentra.common.directory.catalog import CATALOG
from reentra.common.errors import NotFound
from reentra.common.ids import TenantId
from reentra.common.jobs.job import Job, JobFilter, JobStatus
from reentra.common.stores.catalogue import Snapshot
from reentra.common.stores.tenants import StoredTenants, Tenant
from reentra.gateway.domain.coverage import TypeCoverage, coverage
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import GuardedRoute, Within, note
from reentra.gateway.routes.paging import Listed
from reentra.gateway.routes.parts import Given, Parts

TenantPath = Annotated[str, Path(description="Microsoft's tenant id.", max_length=60)]


class TypeObjects(BaseModel):
    object_type: str = Field(examples=["user"])
    label: str = Field(examples=["Users"])
    objects: int


class LastSnapshot(BaseModel):
    number: int
    result: str | None = Field(examples=["complete"])
    sealed_at: str | None
    objects: int
    types: list[TypeObjects] = Field(description="Types that have objects.")


class LastBackup(BaseModel):
    """The newest backup job, whatever became of it."""

    job_id: str
    status: JobStatus = Field(examples=["succeeded"])
    percent: int = Field(description="While it runs.")
    created_at: str
    ended_at: str | None
    message: str | None = Field(description="What went wrong, as a sentence.")


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
    next_backup_at: str | None
    last_backup: LastBackup | None
    last_snapshot: LastSnapshot | None


class TenantName(BaseModel):
    id: str = Field(examples=["aaaaaaaa-0000-4000-8000-000000000001"])
    name: str = Field(examples=["Contoso"], description="The last one it had.")
    is_connected: bool = Field(description="false: it was disconnected; jobs and the audit log still tell of it.")


class Registration(Body):
    """An app registration with a PEM file's text (certificate and key), or with a client secret."""

    client_id: str = Field(examples=["bbbbbbbb-0000-4000-8000-000000000002"], max_length=60)
    kind: Literal["certificate", "secret"]
    value: SecretStr = Field(max_length=65536, examples=["-----BEGIN CERTIFICATE-----..."])

    def credential(self) -> AppCredential:
        return AppCredential(self.client_id, self.kind, self.value.get_secret_value())


class TenantToAdd(Body):
    name: str = Field(examples=["Contoso"], max_length=200)
    organization: str = Field(
        examples=["contoso.example"], max_length=253, description="A verified domain of it, or its tenant id."
    )
    cloud: str = Field("global", max_length=40)


class NewTenant(Body):
    name: str = Field(examples=["Contoso"], max_length=200)
    tenant_id: str = Field(examples=["aaaaaaaa-0000-4000-8000-000000000001"], max_length=60)
    cloud: str = Field("global", max_length=40)
    backup: Registration
    restore: Registration | None = None
    frequency_minutes: int = 1440
    immediate_backup: bool = False


class CredentialView(BaseModel):
    """Of an app registration that a tenant's administrators brought. The credential itself is never shown."""

    tenant_id: str
    purpose: Purpose
    client_id: str
    kind: CredentialKind
    added_at: str
    ends_at: str | None = Field(description="null: a client secret; Microsoft does not tell when it ends.")


class Schedule(BaseModel):
    frequency_minutes: int = Field(examples=[1440], description="1440, 720, 360, 60 or 15.")


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/tenants", tags=["tenants"])


@router.get("", summary="Tenants; with `called`, the one of that name, id or domain")
async def list_tenants(
    parts: Given, within: Within, called: Annotated[str | None, Query(max_length=200)] = None
) -> Listed[TenantView]:
    found: Sequence[Tenant]
    found = await parts.tenants.list(within) if called is None else [await parts.tenants.called(called, within)]
    return Listed(value=[await _card(parts, tenant) for tenant in found], next_link=None)


@router.post("", summary="Connect a tenant by its own app registration", status_code=201)
async def connect(parts: Given, request: Request, body: NewTenant) -> TenantView:
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
    return await _card(parts, await tenant_at(parts.tenants, await parts.identity.connections.connect(wanted)))


@router.post("/added", summary="Add a tenant to the list, to be activated", status_code=201)
async def add(parts: Given, request: Request, body: TenantToAdd) -> TenantView:
    tenant_id = await parts.identity.connections.add(AddedTenant(body.name, body.organization, body.cloud))
    note(request, tenant_id=tenant_id, cloud=body.cloud)
    return await _card(parts, await tenant_at(parts.tenants, tenant_id))


@router.get("/credentials", summary="Tenants' own credentials and when they end")
async def list_credentials(parts: Given, within: Within) -> Listed[CredentialView]:
    found = [
        one
        for tenant in await parts.tenants.list(within)
        for one in await parts.identity.connections.credentials(tenant.id)
    ]
    views = [CredentialView(**{name: getattr(one, name) for name in CredentialView.model_fields}) for one in found]
    return Listed(value=views, next_link=None)


@router.get("/names", summary="Names of all tenants, also of those that were disconnected")
async def list_names(parts: Given, within: Within) -> Listed[TenantName]:
    found = await parts.tenants.list(within, disconnected_too=True)
    names = [TenantName(id=one.id, name=one.name, is_connected=one.state != "disconnected") for one in found]
    return Listed(value=names, next_link=None)


@router.get("/{tenant_id}", summary="One tenant")
async def show(parts: Given, tenant_id: TenantPath) -> TenantView:
    return await _card(parts, await tenant_at(parts.tenants, tenant_id))


@router.delete("/{tenant_id}", summary="Disconnect a tenant; its backups stay", status_code=204)
async def remove(parts: Given, tenant_id: TenantPath) -> None:
    tenant = await tenant_at(parts.tenants, tenant_id)
    await parts.identity.connections.disconnect(tenant.id)


@router.get("/{tenant_id}/coverage", summary="What is backed up and what could be restored, type by type")
async def show_coverage(parts: Given, tenant_id: TenantPath) -> Listed[TypeCoverage]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    latest = await parts.browse.latest(tenant.id)
    types: Mapping[str, Any] = latest.types if latest else {}
    return Listed(value=coverage(types, can_write=tenant.restore_client_id is not None), next_link=None)


@router.get("/{tenant_id}/schedule", summary="How often it is backed up")
async def show_schedule(parts: Given, tenant_id: TenantPath) -> Schedule:
    return Schedule(frequency_minutes=(await tenant_at(parts.tenants, tenant_id)).frequency_minutes)


@router.put("/{tenant_id}/schedule", summary="Change how often it is backed up")
async def change_schedule(parts: Given, request: Request, tenant_id: TenantPath, body: Schedule) -> Schedule:
    tenant = await tenant_at(parts.tenants, tenant_id)
    await parts.identity.connections.set_frequency(tenant.id, body.frequency_minutes)
    note(request, frequency_minutes=body.frequency_minutes)
    return body


async def tenant_at(tenants: StoredTenants, tenant_id: str) -> Tenant:
    """Of a path. A tenant that was disconnected answers like one that never was."""
    found = await tenants.get(TenantId(tenant_id.lower()))
    if found is None or found.state == "disconnected":
        raise NotFound(f"There is no tenant {tenant_id[:60]!r}.")
    return found


async def _card(parts: Parts, tenant: Tenant) -> TenantView:
    backups = await parts.work.jobs(JobFilter(tenant_ids=(tenant.id,), kinds=("backup",), limit=1))
    return _view(
        tenant,
        latest=await parts.browse.latest(tenant.id),
        backup=backups[0] if backups else None,
        next_backup_at=await parts.schedules.next_backup_at(tenant.id),
    )


def _view(tenant: Tenant, *, latest: Snapshot | None, backup: Job | None, next_backup_at: str | None) -> TenantView:
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
        next_backup_at=next_backup_at,
        last_backup=_last_backup(backup) if backup else None,
        last_snapshot=_last(latest) if latest else None,
    )


def _last_backup(job: Job) -> LastBackup:
    return LastBackup(
        job_id=job.id,
        status=job.status,
        percent=int(job.progress.get("percent") or 0),
        created_at=job.created_at,
        ended_at=job.ended_at,
        message=job.error["message"] if job.error else None,
    )


def _last(snapshot: Snapshot) -> LastSnapshot:
    counts = {name: int(outcome.get("objects") or 0) for name, outcome in snapshot.types.items()}
    return LastSnapshot(
        number=snapshot.number,
        result=snapshot.result,
        sealed_at=snapshot.sealed_at,
        objects=sum(counts.values()),
        types=[
            TypeObjects(object_type=row.name, label=row.labels, objects=counts[row.name])
            for row in CATALOG.values()
            if counts.get(row.name)
        ],
    )
