"""The first bytes of what somebody else wrote, fit to be shown: no control characters, nothing like a secret."""

import re

_LOOKED_AT = 2000
"""More than is shown, so that no secret begins where the text ends."""
_NAMED = re.compile(
    r"""(?ix) ( ["']? [\w-]* (?: passw | secret | token | credential | assertion | authorization | api_?key | private )
    [\w-]* ["']? \s* [:=] \s* ) (?: "(?:[^"\\]|\\.)*"? | '[^']*'? | [^\s,;&}]+ (?: \s+ [^\s,;&}]+ )? )"""
)
_RUN = re.compile(r"[A-Za-z0-9+/_=.~-]{20,}")
_HARMLESS = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # an id
    r"|[a-z]+\.[a-z-]+\.v\d{1,3}"  # a topic
    r"|\d{4}-\d\d-\d\dT[\d.:]*Z?"
)
_MASK = "***"


def preview(data: bytes, most: int = 160) -> str:
    """At most so many characters. Long runs of letters and digits, which a key or a token would be, are left out."""
    text = data[:_LOOKED_AT].decode("utf-8", errors="backslashreplace")
    text = _NAMED.sub(rf"\1{_MASK}", text)
    text = _RUN.sub(lambda run: run[0] if _HARMLESS.fullmatch(run[0]) else _MASK, text)
    text = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    return text if len(text) <= most and len(data) <= _LOOKED_AT else f"{text[:most]}..."
