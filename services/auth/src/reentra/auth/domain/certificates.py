"""A certificate credential as people bring it: one PEM with the certificate and its private key."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from reentra.common.errors import Rejected

_SMALLEST_KEY_BITS = 2048
_MARKS_OF_A_PASSWORD = ("BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED")


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    not_after: datetime
    thumbprint_sha256: str


def checked_certificate(pem: str, now: datetime) -> CertificateFacts:
    """Raises Rejected with what is wrong with the file. `now` decides about expiry."""
    certificates, key = _certificates(pem), _private_key(pem)
    certificate = certificates[0]
    fitting = [one for one in certificates if _public_bytes(one.public_key()) == _public_bytes(key.public_key())]
    if fitting and certificate not in fitting:
        raise Rejected(
            f"The certificate file holds {len(certificates)} certificates, and the one that the private key belongs to "
            "is not the first. Put it first, or leave the others out."
        )
    if not fitting:
        raise Rejected(
            "The private key in the certificate file does not belong to the certificate. "
            "Put the certificate and its own key into one PEM file."
        )
    if now > certificate.not_valid_after_utc:
        raise Rejected(
            f"The certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}. "
            "Make a new one and add it to the app registration."
        )
    if now < certificate.not_valid_before_utc:
        raise Rejected(
            f"The certificate is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC. "
            "Check this machine's clock, or wait."
        )
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    return CertificateFacts(certificate.not_valid_after_utc.astimezone(UTC), fingerprint)


def _certificates(pem: str) -> list[x509.Certificate]:
    """The application's own is the first; those who vouch for it may follow."""
    if "-----BEGIN CERTIFICATE-----" not in pem:
        raise Rejected(
            "The certificate file holds no certificate: expected a PEM file with "
            "'BEGIN CERTIFICATE' and 'BEGIN PRIVATE KEY'."
        )
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise Rejected("The certificate in the certificate file is damaged. Export it again as PEM.") from error


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    if "PRIVATE KEY-----" not in pem:
        raise Rejected("The certificate file holds no private key. Put the key into the same PEM file.")
    if any(mark in pem for mark in _MARKS_OF_A_PASSWORD):
        raise Rejected("The private key in the certificate file has a password. Export it without one.")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise Rejected("The private key in the certificate file is damaged. Export it again as PEM.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Rejected("Microsoft accepts RSA certificates only, and this one has another kind of key.")
    if key.key_size < _SMALLEST_KEY_BITS:
        raise Rejected(f"The certificate's RSA key has {key.key_size} bits; at least {_SMALLEST_KEY_BITS} are needed.")
    return key


def _public_bytes(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
