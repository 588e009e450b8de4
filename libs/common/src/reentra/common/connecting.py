"""What the gateway hands to auth, and gets back, when a tenant is connected."""

from dataclasses import dataclass, field
from typing import Literal

from reentra.common.ids import TenantId

CredentialKind = Literal["certificate", "secret"]
Purpose = Literal["backup", "restore"]

DAY_MINUTES = 24 * 60
FREQUENCIES_MINUTES = (DAY_MINUTES, 720, 360, 60, 15)


@dataclass(frozen=True, slots=True)
class AppCredential:
    """An app registration and one way to prove that one holds it: a PEM file's text (key and certificate), or a
    client secret. Never shown in a representation."""

    client_id: str
    kind: CredentialKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What may be told of a stored credential. `ends_at` None: Microsoft does not tell when a secret ends."""

    tenant_id: TenantId
    purpose: Purpose
    client_id: str
    kind: CredentialKind
    added_at: str
    ends_at: str | None


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """A tenant whose administrators bring their own app registrations."""

    name: str
    tenant_id: TenantId
    cloud: str
    backup: AppCredential
    restore: AppCredential | None = None
    frequency_minutes: int = DAY_MINUTES
    immediate_backup: bool = False


@dataclass(frozen=True, slots=True)
class AddedTenant:
    """A tenant that somebody wants to see in the list before it is activated. `organization`: its tenant id, or one
    of its verified domains."""

    name: str
    organization: str
    cloud: str


@dataclass(frozen=True, slots=True)
class CloudOffer:
    """A cloud of this installation, and for which purposes it has an app registration of its own there."""

    name: str
    purposes: tuple[Purpose, ...]


@dataclass(frozen=True, slots=True)
class ConsentWish:
    """How somebody wants to connect over the browser. `name` empty: the organization's own name. `tenant_id`: whoever
    signs in must be of that tenant; empty: any will do."""

    name: str = ""
    cloud: str = "global"
    purpose: Purpose = "backup"
    frequency_minutes: int = DAY_MINUTES
    immediate_backup: bool = False
    tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class ConsentReturn:
    """Where the browser goes after a callback of Microsoft's: on to `redirect_to`, or back with a sentence."""

    redirect_to: str | None = None
    tenant_id: TenantId | None = None
