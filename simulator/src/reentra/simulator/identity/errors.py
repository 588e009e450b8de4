"""What sign-in refuses, in the shape of Microsoft's: OAuth error, AADSTS number, one sentence.

Numbers and wording follow the published list of AADSTS codes as far as public client code shows them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row of the AADSTS list; `text` takes the fields named in braces."""

    number: int
    error: str
    text: str
    status: int = 400


class SignInRefused(Exception):
    """A request that sign-in does not grant; carries everything an answer needs."""

    def __init__(self, refusal: Refusal, **fields: str) -> None:
        self.refusal = refusal
        self.description = f"AADSTS{refusal.number}: {refusal.text.format(**fields)}"
        super().__init__(self.description)

    def body(self) -> dict[str, Any]:
        trace_id, correlation_id = str(uuid.uuid4()), str(uuid.uuid4())
        timestamp = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%SZ}"
        return {
            "error": self.refusal.error,
            "error_description": (
                f"{self.description} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
            ),
            "error_codes": [self.refusal.number],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.refusal.number}",
        }


UNKNOWN_TENANT = Refusal(
    90002,
    "invalid_request",
    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
    "correct cloud.",
)
UNKNOWN_APP = Refusal(
    700016,
    "unauthorized_client",
    "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the "
    "application has not been installed by the administrator of the tenant or consented to by any user in the "
    "tenant.",
)
APP_NOT_IN_TENANT = Refusal(
    7000229,
    "unauthorized_client",
    "The client application {app} is missing service principal in the tenant {tenant}.",
    status=401,
)
APP_DISABLED = Refusal(7000112, "unauthorized_client", "Application '{app}'({name}) is disabled.", status=401)
INVALID_SECRET = Refusal(
    7000215,
    "invalid_client",
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
    "not the client secret ID, for a secret added to app '{app}'.",
    status=401,
)
EXPIRED_SECRET = Refusal(
    7000222, "invalid_client", "The provided client secret keys for app '{app}' are expired.", status=401
)
NO_CREDENTIAL = Refusal(
    7000218,
    "invalid_client",
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    status=401,
)
UNKNOWN_CERTIFICATE = Refusal(
    700027,
    "invalid_client",
    "The certificate with identifier used to sign the client assertion is not registered on application. "
    "[Reason - The key was not found., Thumbprint of key used by client: '{thumbprint}'].",
    status=401,
)
BAD_ASSERTION_SIGNATURE = Refusal(
    700027,
    "invalid_client",
    "Client assertion failed signature validation. [Reason - The provided signature value did not match the "
    "expected signature value.].",
    status=401,
)
ASSERTION_OUT_OF_TIME = Refusal(
    700024,
    "invalid_client",
    "Client assertion is not within its valid time range. Current time: {now}, expiry time of assertion {expiry}.",
    status=401,
)
CERTIFICATE_EXPIRED = Refusal(
    700027,
    "invalid_client",
    "The certificate with identifier used to sign the client assertion is expired on application. "
    "[Reason - The key used is expired., Thumbprint of key used by client: '{thumbprint}'].",
    status=401,
)
ASSERTION_AUDIENCE = Refusal(
    700023,
    "invalid_client",
    "Client assertion audience claim does not match Realm issuer. Review the documentation at "
    "https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
    status=401,
)
ASSERTION_ISSUER = Refusal(
    700021, "invalid_client", "Client assertion application identifier doesn't match 'client_id' parameter.",
    status=401,
)  # fmt: skip
ASSERTION_MALFORMED = Refusal(50027, "invalid_request", "JWT token is invalid or malformed. {reason}", status=400)
ASSERTION_REPLAYED = Refusal(
    50181, "invalid_client", "Unable to validate the client assertion: its 'jti' was used before.", status=401
)
CONCRETE_TENANT_NEEDED = Refusal(
    90019,
    "invalid_request",
    "No tenant-identifying information found in either the request or implied by any provided credentials: "
    "'{tenant}' is not a tenant.",
)
INVALID_SCOPE = Refusal(
    1002012,
    "invalid_scope",
    "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
    "/.default suffixed to the resource identifier (application ID URI).",
)
UNKNOWN_RESOURCE = Refusal(
    500011,
    "invalid_resource",
    "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the "
    "application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
)
MISSING_PARAMETER = Refusal(
    900144, "invalid_request", "The request body must contain the following parameter: '{name}'."
)
UNSUPPORTED_GRANT = Refusal(70003, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'.")
UNSUPPORTED_RESPONSE_TYPE = Refusal(
    700054, "unsupported_response_type", "response_type '{value}' is not enabled for the application."
)
INVALID_CODE = Refusal(
    70008, "invalid_grant", "The provided authorization code or refresh token has expired, was used, or is unknown."
)  # fmt: skip
WRONG_VERIFIER = Refusal(
    501481, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the request."
)
REDIRECT_MISMATCH = Refusal(
    50011,
    "invalid_request",
    "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the "
    "application '{app}'.",
)
WRONG_PASSWORD = Refusal(50126, "invalid_grant", "Error validating credentials due to invalid username or password.")
ACCOUNT_DISABLED = Refusal(50057, "invalid_grant", "The user account is disabled.")
COMMON_NOT_SUPPORTED = Refusal(
    900561, "invalid_request", "The admin consent endpoint needs a tenant or 'organizations', not 'common'."
)
ADMIN_NEEDED = Refusal(
    90094,
    "access_denied",
    "{app} needs permission to access resources in your organization that only an admin can grant.",
)
CONSENT_DECLINED = Refusal(65004, "access_denied", "User declined to consent to access the app.")
SIGN_IN_CANCELLED = Refusal(50199, "access_denied", "The user has cancelled the sign-in.")
LOGIN_REQUIRED = Refusal(50058, "login_required", "Session information is not sufficient for single-sign-on.")
CHALLENGE_METHOD = Refusal(
    9002317, "invalid_request", "The code_challenge_method is not supported: only 'S256' is accepted here."
)
CONSENT_DECLINED_BY_ADMIN = Refusal(
    65004, "consent_required", "The resource owner or authorization server denied the request."
)
