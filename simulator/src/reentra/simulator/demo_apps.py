"""Two apps ready to use in every tenant: one that may read the directory, one that may also write it."""

from __future__ import annotations

from typing import Any

from reentra.simulator.generator.chance import Chance
from reentra.simulator.identity import SignIn

_READS = (
    "Directory.Read.All", "User.Read.All", "Group.Read.All", "GroupMember.Read.All", "Member.Read.Hidden",
    "Application.Read.All", "Device.Read.All", "AdministrativeUnit.Read.All", "RoleManagement.Read.Directory",
    "Policy.Read.All", "Organization.Read.All", "Domain.Read.All",
)  # fmt: skip
_WRITES = (
    "User.ReadWrite.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All", "User.DeleteRestore.All",
    "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "AdministrativeUnit.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory", "Policy.ReadWrite.ConditionalAccess",
    "DelegatedPermissionGrant.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "Device.ReadWrite.All",
    "Organization.ReadWrite.All", "Domain.ReadWrite.All",
    "Directory.ReadWrite.All",
)  # fmt: skip
_APPS = (
    ("aaaaaaaa-1111-4111-8111-111111111111", "Demo reader", "demo-reader-secret", _READS),
    ("bbbbbbbb-2222-4222-8222-222222222222", "Demo writer", "demo-writer-secret", (*_READS, *_WRITES)),
)


def register_demo_apps(sign_in: SignIn) -> list[dict[str, Any]]:
    """Registers and consents in all tenants there are, as if it were long ago: the same at each start. Answers how to
    use them."""
    for app_id, name, secret, roles in _APPS:
        sign_in.register_app(app_id, name, secrets=[secret], app_roles=roles)
        for tenant_id in sign_in.cloud.tenants:
            sign_in.consent(tenant_id, app_id, at=Chance(f"{tenant_id}{app_id}").moment())
    return [{"name": name, "client_id": app_id, "client_secret": secret} for app_id, name, secret, _ in _APPS]
