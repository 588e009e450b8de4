"""Small text files that people give: a certificate, a secret, a token. Windows' shells and editors put a mark before
the text, or write UTF-16."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

_MOST_BYTES = 256 << 10
_ENCODINGS = {BOM_UTF8: "utf-8", BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}


class TooLarge(ValueError):
    """Nothing of the kind is that long; a device may have no end."""


def text_of(path: Path, *, most_bytes: int = _MOST_BYTES, errors: str = "strict") -> str:
    """Raises OSError, TooLarge and, unless `errors` says otherwise, UnicodeDecodeError."""
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise TooLarge(f"{path} has more than {most_bytes} bytes.")
    for mark, encoding in _ENCODINGS.items():
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, errors)
    return data.decode(errors=errors)
