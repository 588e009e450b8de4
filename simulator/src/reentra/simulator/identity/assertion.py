"""Checks a client assertion: the signed statement by which an app proves that it holds a certificate's key.

Accepted: PS256 with `x5t#S256`, and the older RS256 with `x5t`. Everything that is wrong is told apart, because an
operator who reads the error must know what to mend. A `jti` may come again while the assertion lives, because
Microsoft's own msal sends one assertion for nine minutes; `refuses_replays` makes each good once.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import time
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from reentra.simulator.identity import errors
from reentra.simulator.identity.errors import SignInRefused

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CLOCK_SKEW_SECONDS = 300
# msal puts whole certificate chains into the header (`x5c`).
_LONGEST_HEADER = 64 * 1024
_PEM, _PUBLIC = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


class AssertionCheck:
    """Remembers used `jti`s until they expire; one for the whole cloud."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.refuses_replays = False
        self._clock = clock
        self._used: dict[tuple[str, str], float] = {}

    def verify(
        self,
        assertion: str,
        *,
        client_id: str,
        certificates: Iterable[x509.Certificate],
        audiences: Iterable[str],
    ) -> None:
        """Returns when the assertion holds; raises `SignInRefused` otherwise."""
        header = _header(assertion)
        certificate = _certificate_of(header, certificates)
        claims = _signed_claims(assertion, header, certificate)
        self._check_issuer(claims, client_id)
        if _without_trailing_slash(str(claims.get("aud"))) not in map(_without_trailing_slash, audiences):
            raise SignInRefused(errors.ASSERTION_AUDIENCE)
        self._check_times(claims)
        self._check_replay(claims, client_id)

    def _check_issuer(self, claims: dict[str, Any], client_id: str) -> None:
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise SignInRefused(errors.ASSERTION_ISSUER)

    def _check_times(self, claims: dict[str, Any]) -> None:
        now, expiry = self._clock(), claims.get("exp")
        if not isinstance(expiry, int | float):
            raise SignInRefused(errors.ASSERTION_MALFORMED, reason="It has no 'exp'.")
        not_before = claims.get("nbf", 0)
        if expiry + _CLOCK_SKEW_SECONDS < now or not_before - _CLOCK_SKEW_SECONDS > now:
            raise SignInRefused(errors.ASSERTION_OUT_OF_TIME, now=_moment(now), expiry=_moment(expiry))

    def _check_replay(self, claims: dict[str, Any], client_id: str) -> None:
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise SignInRefused(errors.ASSERTION_MALFORMED, reason="It has no 'jti'.")
        now = self._clock()
        self._used = {key: until for key, until in self._used.items() if until > now}
        if self.refuses_replays and (client_id, jti) in self._used:
            raise SignInRefused(errors.ASSERTION_REPLAYED)
        self._used[client_id, jti] = float(claims["exp"]) + _CLOCK_SKEW_SECONDS


def _header(assertion: str) -> dict[str, Any]:
    try:
        encoded = assertion.split(".")[0]
        header = orjson.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, binascii.Error) as error:
        raise SignInRefused(errors.ASSERTION_MALFORMED, reason="Its header cannot be read.") from error
    if not isinstance(header, dict):
        raise SignInRefused(errors.ASSERTION_MALFORMED, reason="Its header is not an object.")
    return header


def _certificate_of(header: dict[str, Any], certificates: Iterable[x509.Certificate]) -> x509.Certificate:
    key, algorithm = ("x5t#S256", hashes.SHA256()) if header.get("x5t#S256") else ("x5t", hashes.SHA1())  # noqa: S303
    thumbprint = str(header.get(key, "")).rstrip("=")  # msal pads
    for certificate in certificates:
        if thumbprint and thumbprint == _base64url(certificate.fingerprint(algorithm)):
            if certificate.not_valid_after_utc < dt.datetime.now(dt.UTC):
                raise SignInRefused(errors.CERTIFICATE_EXPIRED, thumbprint=thumbprint)
            return certificate
    raise SignInRefused(errors.UNKNOWN_CERTIFICATE, thumbprint=thumbprint)


def _signed_claims(assertion: str, header: dict[str, Any], certificate: x509.Certificate) -> dict[str, Any]:
    allowed = ["PS256"] if "x5t#S256" in header else ["PS256", "RS256"]
    key = RSAKey.import_key(certificate.public_key().public_bytes(_PEM, _PUBLIC))
    registry = JWSRegistry(algorithms=allowed)
    registry.max_header_length = _LONGEST_HEADER
    try:
        return jwt.decode(assertion, key, registry=registry).claims
    except (JoseError, ValueError) as error:
        raise SignInRefused(errors.BAD_ASSERTION_SIGNATURE) from error


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _without_trailing_slash(url: str) -> str:
    return url.rstrip("/")


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
