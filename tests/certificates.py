"""Certificates signed by themselves: that servers on loopback show, and that applications prove themselves with."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def certificate_for_loopback(folder: Path, *, is_authority: bool = True) -> tuple[Path, Path]:
    """(key and certificate, certificate alone), both PEM."""
    key, shown = _made(
        "Reentra tests",
        (x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False),
        (x509.BasicConstraints(ca=is_authority, path_length=None), True),
    )
    both, alone = folder / "loopback.pem", folder / "loopback-ca.pem"
    both.touch(mode=0o600)
    both.write_bytes(key + shown)
    alone.write_bytes(shown)
    return both, alone


def certificate_by_an_authority(folder: Path) -> tuple[Path, Path]:
    """(key and certificate, the authority's certificate), both PEM: as strict clients want it, who take no authority's
    certificate for a server's."""
    authority_key, authority = _key(), _name("Reentra tests' authority")
    root = _builder(authority, authority, authority_key).add_extension(x509.BasicConstraints(True, None), True)
    key = _key()
    leaf = _builder(_name("127.0.0.1"), authority, key).add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
    )
    both, alone = folder / "server.pem", folder / "authority.pem"
    both.touch(mode=0o600)
    shown = leaf.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM)
    both.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + shown)
    alone.write_bytes(root.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return both, alone


def key_and_certificate(*, days: int = 30) -> str:
    """PEM, as an application shows it to Microsoft: the key first. `days` until it ends; it began long before."""
    key, shown = _made("Client", days=days)
    return (key + shown).decode()


def _made(name: str, *extensions: tuple[x509.ExtensionType, bool], days: int = 30) -> tuple[bytes, bytes]:
    """Key and certificate, signed by itself."""
    key, subject = _key(), _name(name)
    builder = _builder(subject, subject, key, days=days)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(key, hashes.SHA256())
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate.public_bytes(Encoding.PEM),
    )


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, *, days: int = 30
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
    )
