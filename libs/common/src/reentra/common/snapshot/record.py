"""One line of a segment: an object as Graph gave it, with its relationships.

Canonical JSON (sorted keys, UTF-8, no spaces), so that equal states have equal bytes. `properties` is Graph's JSON,
unknown properties included, without `@odata.*` bookkeeping other than `@odata.type`. `links` maps a relationship's
name to its entries in ascending order: `{"id", "@odata.type"}` for references, whole contained objects otherwise.
A removal has `removed` and nothing else; a part (`part: true`) is a fragment of a very large object that a later
record in the same snapshot replaces, and is never a version by itself.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from reentra.common.directory.normalise import canonical, hash_of
from reentra.common.ids import ObjectId, ObjectTypeName


class ObjectRecord(msgspec.Struct, frozen=True, gc=False):
    object_type: ObjectTypeName
    object_id: ObjectId
    properties: dict[str, Any] = msgspec.field(default_factory=dict)
    links: dict[str, list[dict[str, Any]]] = msgspec.field(default_factory=dict)
    removed: str | None = None
    part: bool = False

    def to_line(self) -> bytes:
        """Canonical JSON without a line end."""
        body: dict[str, Any] = {"type": self.object_type, "id": self.object_id}
        if self.removed is not None:
            body["removed"] = self.removed
        else:
            body["properties"] = self.properties
            body["links"] = self.links
        if self.part:
            body["part"] = True
        return canonical(body)


def live_line(
    object_type: ObjectTypeName, object_id: ObjectId, properties: bytes, links: Mapping[str, bytes]
) -> tuple[bytes, str]:
    """The line of a live record and its content hash (`directory.normalise.content_hash`). `properties`, and the
    entries of each relationship in `links`, are canonical JSON."""
    encoded = b",".join([b'"%b":%b' % (name.encode(), links[name]) for name in sorted(links)]) if links else b""
    encoded = b"{%b}" % encoded
    parts = (orjson.dumps(object_id), encoded, properties, object_type.encode())
    return b'{"id":%b,"links":%b,"properties":%b,"type":"%b"}' % parts, hash_of(properties, encoded)


def from_line(line: bytes) -> ObjectRecord:
    body = orjson.loads(line)
    return ObjectRecord(
        object_type=body["type"],
        object_id=body["id"],
        properties=body.get("properties", {}),
        links=body.get("links", {}),
        removed=body.get("removed"),
        part=body.get("part", False),
    )
