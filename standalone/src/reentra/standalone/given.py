"""Small text files that people give: a certificate, a secret, a token. Windows' shells and editors put a mark before
the text, or write UTF-16."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

_MOST_BYTES = 256 << 10
_ENCODINGS = {BOM_UTF8: "utf-8", BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}


class TooLarge(ValueError):
    """Nothing of the kind is that long; a device may have no end."""


def text_of(path: Path) -> str:
    """Raises OSError, TooLarge, UnicodeDecodeError."""
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise TooLarge(f"{path} has more than {_MOST_BYTES} bytes.")
    for mark, encoding in _ENCODINGS.items():
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding)
    return data.decode()
