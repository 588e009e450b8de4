"""How the product proves to the token endpoint that it is the app: a secret, or an assertion signed by a
certificate's key (PS256 with `x5t#S256`, GRAPH.md 2.2)."""

from base64 import urlsafe_b64encode
from datetime import datetime
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from joserfc import jwt
from joserfc.jwk import RSAKey

from reentra.common.connecting import AppCredential

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME_SECONDS = 300


def client_proof(credential: AppCredential, token_endpoint: str, now: datetime) -> dict[str, str]:
    """Form fields."""
    if credential.kind == "secret":
        return {"client_secret": credential.value}
    return {
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": _assertion(credential, token_endpoint, now),
    }


def _assertion(credential: AppCredential, token_endpoint: str, now: datetime) -> str:
    certificate = x509.load_pem_x509_certificate(credential.value.encode())
    thumbprint = urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    moment = int(now.timestamp())
    claims = {
        "aud": token_endpoint,
        "iss": credential.client_id,
        "sub": credential.client_id,
        "jti": str(uuid4()),
        "nbf": moment,
        "iat": moment,
        "exp": moment + _LIFETIME_SECONDS,
    }
    key = RSAKey.import_key(_private_key(credential.value))
    header = {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}
    return jwt.encode(header, claims, key, algorithms=["PS256"])


def _private_key(pem: str) -> bytes:
    """The key alone, of a PEM file that also holds the certificate."""
    key = load_pem_private_key(pem.encode(), password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
