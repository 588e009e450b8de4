"""Where Kafka is, and how one proves who one is: `REENTRA_KAFKA__...`."""

import json
import ssl
from pathlib import Path
from typing import Annotated, Any, Literal

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from reentra.common.settings import Settings, must_be, with_pem

_BY_MECHANISM = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}

Server = Annotated[str, must_be("host:port", r"([^\s:/,\[\]]+|\[[0-9A-Fa-f:]+\]):\d{1,5}")]


def _listed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError("it must be host:port, several with commas, or a list in JSON") from error
    return [each.strip() for each in value.split(",") if each.strip()]


class KafkaSettings(Settings):
    """`REENTRA_KAFKA__BOOTSTRAP_SERVERS=kafka-1:9092,kafka-2:9092`, or the same as a list in JSON."""

    model_config = SettingsConfigDict(env_prefix="REENTRA_KAFKA__", frozen=True)

    bootstrap_servers: Annotated[list[Server], NoDecode, BeforeValidator(_listed), Field(min_length=1)]
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    """PEM; who signed the servers' certificates. Without it, whoever the operating system trusts."""
    certificate_file: Path | None = None
    """PEM; the client's own certificate and key, where servers ask for one."""

    @model_validator(mode="after")
    def _fits_together(self) -> "KafkaSettings":
        if self.uses_sasl and not (self.sasl_username and self.sasl_password.get_secret_value()):
            raise ValueError(
                f"{self.security_protocol} needs REENTRA_KAFKA__SASL_USERNAME and REENTRA_KAFKA__SASL_PASSWORD "
                "(or REENTRA_KAFKA__SASL_PASSWORD_FILE)"
            )
        if self.sasl_username and not self.uses_sasl:
            raise ValueError("REENTRA_KAFKA__SASL_USERNAME needs REENTRA_KAFKA__SECURITY_PROTOCOL to be a SASL one")
        if (self.ca_file or self.certificate_file) and not self.uses_tls:
            raise ValueError(
                "REENTRA_KAFKA__CA_FILE and REENTRA_KAFKA__CERTIFICATE_FILE need REENTRA_KAFKA__SECURITY_PROTOCOL "
                "to be SSL or SASL_SSL"
            )
        return self

    @property
    def uses_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL_")

    @property
    def uses_tls(self) -> bool:
        return self.security_protocol.endswith("SSL")


def broker_security(settings: KafkaSettings) -> BaseSecurity | None:
    """For FastStream. Raises Rejected with the name of the setting whose file cannot be used."""
    context = _tls(settings)
    if settings.uses_sasl:
        made = _BY_MECHANISM[settings.sasl_mechanism]
        return made(settings.sasl_username, settings.sasl_password.get_secret_value(), context)
    return BaseSecurity(context) if context is not None else None


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """For aiokafka's own clients."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "security_protocol": settings.security_protocol,
        "ssl_context": _tls(settings),
    }
    if settings.uses_sasl:
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    return options


def _tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Names and signatures are always checked."""
    if not settings.uses_tls:
        return None
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        context = with_pem(
            "REENTRA_KAFKA__CA_FILE", settings.ca_file, lambda path: ssl.create_default_context(cafile=path)
        )
    if settings.certificate_file is not None:
        with_pem("REENTRA_KAFKA__CERTIFICATE_FILE", settings.certificate_file, context.load_cert_chain)
    return context
