"""GUIDs are equal in any case, and Graph echoes what others wrote: ids are kept in small letters."""

import re

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def canonical_id(text: str) -> str:
    """Ids of other kinds (of grants and assignments, names of domains) are left alone: case is part of them."""
    small = text.lower()
    return small if small != text and _GUID.fullmatch(small) else text
