"""One object, one file: its name in the archive and its content.

The content is Graph's own JSON: the properties by their names, and beside them each relationship under its Graph name,
as `$expand` would show it: a list of `{"@odata.type", "id"}`, or one such entry where there can only be one.
"""

import hashlib
import re
from typing import Any
from urllib.parse import quote

import orjson

from reentra.common.directory.catalog import CATALOG
from reentra.common.ids import ObjectId, ObjectTypeName
from reentra.common.snapshot.record import ObjectRecord

_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
_LONGEST = 120
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows gives to devices."""


def file_name(object_type: ObjectTypeName, object_id: ObjectId) -> str:
    """`<type>/<id>.json`. Ids that are no plain file name are percent-encoded; two ids never share a name."""
    name = quote(object_id, safe="-_.").replace("~", "%7E")
    if name.startswith(".") or _RESERVED.fullmatch(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.sha256(object_id.encode()).hexdigest()[:16]}"
    return f"{object_type}/{name}.json"


def file_content(record: ObjectRecord) -> bytes:
    row = CATALOG.get(record.object_type)
    single = {r.name for r in row.relationships if r.single} if row else set()
    links: dict[str, Any] = {}
    for name, entries in record.links.items():
        if name in single:
            links[name] = entries[0] if entries else None
        else:
            links[name] = entries
    kind = {"@odata.type": f"#{row.graph_type}"} if row else {}
    return orjson.dumps({**kind, **record.properties, **links}, option=_PRETTY)
