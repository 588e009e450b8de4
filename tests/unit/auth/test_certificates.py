"""Certificate files as people bring them: each mistake has its own sentence."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from reentra.auth.domain.certificates import checked_certificate
from reentra.common.errors import Rejected

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)
CURVE = ec.generate_private_key(ec.SECP256R1())

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificate(key: Key = KEY, *, start: int = -10, end: int = 10) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Client")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW + dt.timedelta(days=start))
        .not_valid_after(NOW + dt.timedelta(days=end))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def private(key: Key = KEY, password: bytes | None = None) -> str:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode()


@pytest.mark.parametrize(
    "pem",
    [
        certificate() + private(),
        private() + certificate(),
        certificate() + certificate(OTHER) + private(),
        "Bag Attributes\n    friendlyName: NOT ENCRYPTED\n" + private() + certificate(),
        (certificate() + private()).replace("\n", "\r\n"),
    ],
)
def test_good_file_tells_when_it_ends(pem: str) -> None:
    assert checked_certificate(pem, NOW).not_after == NOW + dt.timedelta(days=10)


@pytest.mark.parametrize(
    ("pem", "sentence"),
    [
        ("", "holds no certificate"),
        ("hello", "holds no certificate"),
        (private(), "holds no certificate"),
        (certificate(), "holds no private key"),
        (certificate() + private(password=b"x"), "has a password"),
        (certificate() + private(OTHER), "does not belong"),
        (certificate(OTHER) + certificate() + private(), "2 certificates, and the one .* is not the first"),
        (certificate() + "Proc-Type: 4,ENCRYPTED\n" + private(), "has a password"),
        (certificate().replace("MII", "XXX") + private(), "certificate file is damaged"),
        (certificate() + private().replace("MII", "XXX"), "private key in the certificate file is damaged"),
        (certificate(end=-1) + private(), "expired on 2026-05-31"),
        (certificate(start=1) + private(), "not valid before 2026-06-02"),
        (certificate(SMALL) + private(SMALL), "1024 bits"),
        (certificate(CURVE) + private(CURVE), "RSA"),
    ],
)
def test_each_mistake_has_its_sentence(pem: str, sentence: str) -> None:
    with pytest.raises(Rejected, match=sentence) as refused:
        checked_certificate(pem, NOW)

    assert "MII" not in str(refused.value)
