"""An example of every body that the API takes or gives, by the name of its schema. A test holds them to the schemas."""

from typing import Any

_TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
_READER = "bbbbbbbb-0000-4000-8000-000000000002"
_USER = "cccccccc-0000-4000-8000-000000000003"
_JOB = "019ab1c0-0000-7000-8000-000000000001"
_PLAN = "019ab1c0-0000-7000-8000-000000000002"
_BEGAN, _ENDED = "2026-11-24T12:00:00.000000Z", "2026-11-24T12:00:41.000000Z"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_TOKEN = {
    "id": "dddddddd-0000-4000-8000-000000000004",
    "name": "nightly script",
    "scope": "read",
    "created_at": _BEGAN,
    "expires_at": "2027-02-22T12:00:00.000000Z",
    "last_used_at": None,
}
_OBJECT = {
    "object_type": "user",
    "id": _USER,
    "display_name": "Ada Lovelace",
    "removed": None,
    "first_snapshot": 3,
    "last_snapshot": None,
    "facets": {"userPrincipalName": "ada@contoso.example"},
    "kept_until": None,
}
_MANAGER = {"id": "cccccccc-0000-4000-8000-000000000005", "displayName": "Charles Babbage"}
_COUNTS = {"status": "complete", "mode": "delta", "objects": 500, "added": 1, "changed": 2, "removed": 0, "reason": ""}
_SELECTION = {"object_types": ["user"], "ids": [_USER], "snapshot": "latest"}

EXAMPLES: dict[str, Any] = {
    "AskedPermission": {"name": "User.Read.All", "purpose": "backup", "object_types": ["Users", "Groups"]},
    "AuditView": {
        "number": 17,
        "time": _BEGAN,
        "actor": "admin (token dddddddd-0000-4000-8000-000000000004)",
        "action": "backup.start",
        "target": _TENANT,
        "outcome": "ok",
        "tenant_id": _TENANT,
        "request_id": "trace-12345678",
        "details": {"job": _JOB},
    },
    "BinnedView": {
        "object_type": "user",
        "label": "User",
        "id": _USER,
        "display_name": "Ada Lovelace",
        "found_removed_at": _ENDED,
        "kept_until": "2026-12-23T12:00:00.000000Z",
    },
    "CloudView": {"name": "global", "purposes": ["backup", "restore"]},
    "ChangeView": {"object_type": "user", "id": _USER, "display_name": "Ada Lovelace", "change": "changed"},
    "CreatedToken": {**_TOKEN, "secret": "reentra_..."},
    "DeadLetterView": {
        "id": "eeeeeeee-0000-5000-8000-000000000006",
        "topic": "scheduler.backup-requested.v1",
        "code": "undecodable",
        "reason": "The body is not the JSON that its content type promises.",
        "group": "reentra.collector.scheduler.backup-requested.v1",
        "parked_at": _BEGAN,
        "key": _JOB,
        "message_id": "eeeeeeee-0000-4000-8000-000000000007",
        "type": "scheduler.backup-requested.v1",
        "size": 17,
        "preview": '{"job_id": "019ab',
        "whole": True,
        "state": "parked",
        "replayed_at": None,
        "replayed_by": None,
    },
    "Health": {"status": "ok"},
    "CredentialView": {
        "tenant_id": _TENANT,
        "purpose": "backup",
        "client_id": _READER,
        "kind": "certificate",
        "added_at": _BEGAN,
        "ends_at": "2027-11-24T12:00:00.000000Z",
    },
    "HistoryView": {
        **_OBJECT,
        "sealed_at": _ENDED,
        "properties": [{"name": "jobTitle", "before": None, "after": "Analyst"}],
        "relationships": [{"relationship": "manager", "added": [_MANAGER], "removed": []}],
    },
    "JobView": {
        "id": _JOB,
        "kind": "backup",
        "tenant_id": _TENANT,
        "status": "succeeded",
        "params": {},
        "progress": {"phase": "sealed", "percent": 100, "types": {"user": {"status": "done", "read": 500}}},
        "result": {"snapshot": 7, "message": "Snapshot 7 is complete."},
        "error": None,
        "created_at": _BEGAN,
        "created_by": "admin",
        "started_at": _BEGAN,
        "ended_at": _ENDED,
        "not_before": None,
        "attempts": 1,
        "cancel_requested": False,
    },
    "Me": {
        "name": "admin",
        "role": "admin",
        "scope": None,
        "csrf_token": "kX3q...",
        "expires_at": "2026-11-25T00:00:00.000000Z",
    },
    "MomentView": {
        "number": 7,
        "sealed_at": _ENDED,
        "result": "complete",
        "added": 2,
        "changed": 11,
        "removed": 1,
    },
    "NewTenant": {
        "name": "Contoso",
        "tenant_id": _TENANT,
        "cloud": "global",
        "backup": {"client_id": _READER, "kind": "certificate", "value": "-----BEGIN CERTIFICATE-----..."},
        "restore": None,
        "frequency_minutes": 1440,
        "immediate_backup": True,
    },
    "NewToken": {"name": "nightly script", "scope": "read", "days": 90},
    "ObjectDetail": {
        **_OBJECT,
        "properties": {"displayName": "Ada Lovelace", "userPrincipalName": "ada@contoso.example"},
        "relationships": {"manager": [_MANAGER]},
        "names": {_MANAGER["id"]: {"object_type": "user", "display_name": "Charles Babbage", "removed": None}},
    },
    "ObjectView": _OBJECT,
    "PasswordChange": {"old_password": "fj3kd-8sn2p-q7m4x-w9rtz", "new_password": "four words nobody guesses"},
    "PlanRequest": {**_SELECTION, "snapshot": "6", "links": "replace", "missing": "block", "licences": "add"},
    "PlanView": {
        "id": _PLAN,
        "tenant_id": _TENANT,
        "snapshot": 6,
        "created_at": _BEGAN,
        "created_by": "admin",
        "sha256": _SHA256,
        "links": "replace",
        "missing": "block",
        "licences": "add",
        "only": None,
        "only_of": None,
        "warnings": [],
        "identical": False,
        "counts": {
            "steps": 1,
            "kinds": {"undelete": 1},
            "properties": {},
            "relationships": {},
            "identical": 0,
            "skipped": 0,
            "blocked": 0,
        },
        "blockers": [],
        "skipped": [],
        "credentials": [],
        "estimate": {"requests": 1, "seconds": 1},
    },
    "Problem": {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "There is no snapshot 12. `snapshots list` shows what there is.",
        "code": "not_found",
        "request_id": "trace-12345678",
    },
    "Schedule": {"frequency_minutes": 1440},
    "SelectionBody": _SELECTION,
    "SignIn": {"username": "admin", "password": "fj3kd-8sn2p-q7m4x-w9rtz"},
    "SignInAddress": {"redirect_to": "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?..."},
    "SnapshotView": {
        "number": 7,
        "result": "complete",
        "started_at": _BEGAN,
        "sealed_at": _ENDED,
        "job_id": _JOB,
        "types": {"user": _COUNTS},
        "stats": {"requests": 18, "resource_units": 24},
        "manifest_sha256": _SHA256,
    },
    "StepView": {
        "number": 1,
        "kind": "undelete",
        "object_type": "user",
        "object_id": _USER,
        "display_name": "Ada Lovelace",
        "method": "POST",
        "path": f"/directory/deletedItems/{_USER}/restore",
        "why": "It is in the recycle bin.",
        "state": "planned",
        "message": "",
        "new_id": None,
        "body": None,
        "before": {"deleted": True},
    },
    "TenantToAdd": {"name": "Contoso", "organization": "contoso.example", "cloud": "global"},
    "TenantView": {
        "id": _TENANT,
        "name": "Contoso",
        "domain": "contoso.example",
        "domains": ["contoso.example", "contoso.onmicrosoft.com"],
        "cloud": "global",
        "state": "healthy",
        "needs_consent_reason": None,
        "backup_client_id": _READER,
        "restore_client_id": None,
        "frequency_minutes": 1440,
        "connected_at": _BEGAN,
        "next_backup_at": "2026-11-25T12:00:00.000000Z",
        "last_backup": {
            "job_id": _JOB,
            "status": "succeeded",
            "percent": 100,
            "created_at": _BEGAN,
            "ended_at": _ENDED,
            "message": None,
        },
        "last_snapshot": {
            "number": 7,
            "result": "complete",
            "sealed_at": _ENDED,
            "objects": 1141,
            "types": [{"object_type": "user", "label": "Users", "objects": 500}],
        },
    },
    "TokenView": _TOKEN,
    "TypeCoverage": {
        "object_type": "group",
        "label": "Groups",
        "state": "backed_up",
        "reason": None,
        "restorable": "needs_restore_app",
        "properties": ["id", "displayName"],
        "read_only_properties": ["createdDateTime"],
        "relationships": [{"name": "members", "restorable": True}],
        "read_permissions": ["Group.Read.All"],
        "restore_permissions": ["Group.ReadWrite.All"],
    },
    "TypeView": {
        "object_type": "user",
        "label": "Users",
        "objects": 500,
        "removed": 3,
        "status": "complete",
        "reason": None,
        "has_recycle_bin": True,
        "facets": ["userPrincipalName", "userType"],
        "filters": {"userType": ["Member", "Guest"]},
        "last_change_snapshot": 6,
        "last_change_at": _ENDED,
    },
    "Wish": {
        "name": "Contoso",
        "cloud": "global",
        "purpose": "backup",
        "frequency_minutes": 1440,
        "immediate_backup": True,
        "tenant_id": _TENANT,
    },
}
OTHER_EXAMPLES: dict[str, Any] = {
    "/api/v1/tenants/{tenant_id}/objects/{object_type}/{object_id}/raw": {
        "displayName": "Ada Lovelace",
        "id": _USER,
        "manager": [_MANAGER],
        "userPrincipalName": "ada@contoso.example",
    },
    "/api/v1/events": (
        'id: 41\nevent: ready\nretry: 2000\ndata: {"after": 41}\n\n'
        "id: 42\nevent: collector.backup-progressed.v1\n"
        f'data: {{"object_type": "user", "status": "reading", "read": 400, "job_id": "{_JOB}"}}\n\n'
    ),
}
"""By path: bodies without a schema of ours."""


def example_of(schema_name: str) -> Any:
    """A list's example has one row. Raises KeyError for a schema that nobody gave an example."""
    if schema_name.startswith("Listed_"):
        return {"value": [EXAMPLES[schema_name.removeprefix("Listed_").rstrip("_")]], "next_link": None}
    return EXAMPLES[schema_name]
