"""One call makes one tenant: the same arguments give the same tenant, to the last id, on every machine."""

from __future__ import annotations

from dataclasses import dataclass

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.generator.administration import fill_with_administration, fill_with_tenancy
from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.crowd import fill_with_people
from reentra.simulator.generator.estate import fill_with_applications
from reentra.simulator.generator.plan import Plan

_COMPANIES = ("Contoso", "Woodgrove", "Trey", "Proseware", "Lucerne", "Relecloud", "Wingtip")


@dataclass(frozen=True, slots=True)
class GeneratedTenant:
    """The tenant, and who may sign in there as what; everybody has the password of the simulated cloud."""

    directory: Directory
    administrator: str
    ordinary_user: str

    @property
    def tenant_id(self) -> str:
        return self.directory.tenant_id


def generate_tenant(
    cloud: SimulatedCloud,
    *,
    users: int,
    seed: int,
    tenant_id: str | None = None,
    domain: str | None = None,
    groups: int | None = None,
    memberships_per_user: int = 5,
    service_principals: int | None = None,
    applications: int | None = None,
    devices: int | None = None,
) -> GeneratedTenant:
    """Adds a tenant to the cloud. Counts that are not given follow from `users` (see `Plan`)."""
    chance = Chance(seed)
    made_up_id = chance.guid()
    company = _COMPANIES[seed % len(_COMPANIES)]
    directory = Directory(tenant_id or made_up_id, domain or f"{company.lower()}{seed}.example")
    plan = Plan.of(
        users,
        groups=groups,
        memberships_per_user=memberships_per_user,
        service_principals=service_principals,
        applications=applications,
        devices=devices,
    )
    with directory.loading():
        crowd = fill_with_people(directory, chance, plan, company)
        estate = fill_with_applications(directory, chance, plan, crowd)
        fill_with_administration(directory, chance, plan, crowd, estate)
        fill_with_tenancy(directory, chance, company, crowd)
    cloud.add_tenant(directory)
    return GeneratedTenant(
        directory,
        administrator=_sign_in_name(directory, crowd.members[0]),
        ordinary_user=_sign_in_name(directory, crowd.members[6]),
    )


def _sign_in_name(directory: Directory, user_id: str) -> str:
    user = directory.get(user_id)
    assert user is not None
    return str(user["userPrincipalName"])
