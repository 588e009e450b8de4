"""What Microsoft's answers come down to."""

from dataclasses import dataclass

from reentra.common.ids import TenantId


@dataclass(frozen=True, slots=True)
class Organization:
    """What Graph says about the tenant that a token is for."""

    id: TenantId
    name: str
    domain: str
    domains: tuple[str, ...]
