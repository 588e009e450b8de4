"""Deterministic chance: the same seed gives the same ids, moments and choices on every machine."""

from __future__ import annotations

import datetime as dt
import random

_FIRST_DAY = dt.datetime(2016, 1, 1)  # UTC; naive because it is only ever written out
_LAST_SECOND = int(dt.timedelta(days=10 * 365).total_seconds())


class Chance(random.Random):
    def guid(self) -> str:
        """A version 4 UUID in text; formatted by hand because a tenant needs hundreds of thousands."""
        bits = f"{self.getrandbits(128):032x}"
        variant = "89ab"[int(bits[16], 16) & 3]
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{variant}{bits[17:20]}-{bits[20:]}"

    def moment(self) -> str:
        """Some second between 2016 and 2025, as Graph writes it."""
        moment = _FIRST_DAY + dt.timedelta(seconds=self.randrange(_LAST_SECOND))
        return f"{moment.isoformat()}Z"

    def token(self, length: int) -> str:
        """Letters and digits, as the short opaque ids of assignments and grants have them."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
        return "".join(self.choices(alphabet, k=length))


def security_identifier(object_id: str) -> str:
    """The S-1-12-1 identifier that Entra derives from an object id."""
    first, second, third, fourth, last = object_id.split("-")
    tail = bytes.fromhex(fourth + last)
    parts = (
        int(first, 16),
        int(third + second, 16),
        int.from_bytes(tail[:4], "little"),
        int.from_bytes(tail[4:], "little"),
    )
    return "S-1-12-1-" + "-".join(map(str, parts))


def windows_identifier(chance: Chance) -> str:
    """A SID of an on-premises domain."""
    return f"S-1-5-21-{chance.getrandbits(31)}-{chance.getrandbits(31)}-1{chance.getrandbits(16)}"
