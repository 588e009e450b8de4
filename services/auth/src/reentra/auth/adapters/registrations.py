"""The product's own app registrations, from the settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from reentra.auth.settings import ProductRegistration
from reentra.common.connecting import AppCredential, CloudOffer, Purpose
from reentra.common.errors import Rejected


class ProductRegistrations:
    def __init__(self, by_cloud: Mapping[str, ProductRegistration]) -> None:
        self._by_cloud = by_cloud

    def offers(self, clouds: Sequence[str]) -> list[CloudOffer]:
        return [CloudOffer(name, self._purposes(name)) for name in clouds]

    def _purposes(self, cloud: str) -> tuple[Purpose, ...]:
        registration = self._by_cloud.get(cloud)
        if registration is None:
            return ()
        return ("backup", "restore") if registration.restore_client_id is not None else ("backup",)

    def credential(self, cloud: str, purpose: Purpose) -> AppCredential:
        registration = self._by_cloud.get(cloud)
        if registration is None:
            raise Rejected(
                f"This installation has no app registration of its own for cloud {cloud}. "
                "Set one up (see the README), or connect the tenant with its own app registration."
            )
        if purpose == "backup":
            certificate, secret = registration.backup_certificate_file, registration.backup_secret
            return _credential(registration.backup_client_id, certificate, secret)
        if registration.restore_client_id is None:
            raise Rejected(f"This installation has no restore app registration for cloud {cloud}. Set one up first.")
        certificate, secret = registration.restore_certificate_file, registration.restore_secret
        return _credential(registration.restore_client_id, certificate, secret)


def _credential(client_id: str, certificate_file: Path | None, secret: SecretStr | None) -> AppCredential:
    if certificate_file is not None:
        try:
            return AppCredential(client_id, "certificate", certificate_file.read_text())
        except OSError as error:
            raise Rejected(f"The certificate file {certificate_file} cannot be read: {error.strerror}.") from error
    if secret is not None:
        return AppCredential(client_id, "secret", secret.get_secret_value())
    raise Rejected(f"The app registration {client_id} has neither a certificate nor a secret in the settings.")
