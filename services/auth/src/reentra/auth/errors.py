"""What auth refuses beyond the common errors."""

from reentra.common.errors import Forbidden


class NotSignedIn(Forbidden):
    """No session, no token, or one that has ended. The gateway answers 401."""

    code = "not_signed_in"


class ConsentRefused(Forbidden):
    """Somebody said no at Microsoft, or the answer that came back cannot be trusted."""

    code = "consent_refused"
