"""Announced by auth: facts about tenants and their consent."""

from typing import ClassVar

from reentra.common.events.envelope import Event


class TenantConnected(Event):
    topic: ClassVar[str] = "auth.tenant-connected.v1"
    name: str
    immediate_backup: bool = False
    frequency_minutes: int = 1440


class TenantFrequencyChanged(Event):
    """The scheduler takes over the new frequency."""

    topic: ClassVar[str] = "auth.tenant-frequency-changed.v1"
    frequency_minutes: int


class TenantNeedsConsent(Event):
    topic: ClassVar[str] = "auth.tenant-needs-consent.v1"
    reason: str


class CredentialExpires(Event):
    """The certificate of one of a tenant's apps (`purpose`: backup or restore) ends within so many days."""

    topic: ClassVar[str] = "auth.credential-expires.v1"
    purpose: str
    ends_at: str
    days: int


class TenantDisconnected(Event):
    topic: ClassVar[str] = "auth.tenant-disconnected.v1"
