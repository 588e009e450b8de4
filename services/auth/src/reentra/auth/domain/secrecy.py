"""Random secrets, and the hashes of them that are stored instead."""

import hashlib
import secrets

TOKEN_PREFIX = "reentra_"  # noqa: S105 - a mark, not a secret
"""So that secret scanners recognise a leaked token."""


def new_secret() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Enough for random secrets, which cannot be guessed; passwords are hashed slowly instead."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_password() -> str:
    """About 99 bits; letters that are not mistaken for one another."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
    return "-".join(groups)
