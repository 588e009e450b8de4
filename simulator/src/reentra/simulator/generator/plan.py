"""How large a generated tenant is; every number follows from the users unless it is given."""

from __future__ import annotations

from dataclasses import dataclass

_FEWEST_USERS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    users: int
    guests: int
    groups: int
    memberships_per_user: int
    service_principals: int
    applications: int
    devices: int
    units: int

    @classmethod
    def of(
        cls,
        users: int,
        *,
        groups: int | None = None,
        memberships_per_user: int = 5,
        service_principals: int | None = None,
        applications: int | None = None,
        devices: int | None = None,
        units: int | None = None,
    ) -> Plan:
        """A tenant has ten users at least: its administrators and somebody for each kind of link."""
        people = max(users, _FEWEST_USERS)
        principals = people // 12 if service_principals is None else service_principals
        return cls(
            users=people,
            guests=people // 12,
            groups=people // 5 if groups is None else groups,
            memberships_per_user=memberships_per_user,
            service_principals=principals,
            applications=principals // 3 if applications is None else applications,
            devices=people // 2 if devices is None else devices,
            units=5 + people // 5000 if units is None else units,
        )
