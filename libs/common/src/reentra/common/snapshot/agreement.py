"""Whether a record is the very one that the catalogue means."""

from reentra.common.directory.normalise import content_hash
from reentra.common.errors import Unreadable
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion


def check_record(version: ObjectVersion, record: ObjectRecord, *, consequence: str) -> None:
    """Raises Unreadable naming the object; `consequence`: what was not done because of it."""
    same = (record.object_type, record.object_id) == (version.object_type, version.object_id)
    if not same or record.removed is not None or record.part:
        raise unreadable(version, "another record lies in its place", consequence=consequence)
    if content_hash(record.properties, record.links) != version.content_hash:
        raise unreadable(version, "its content is not what the catalogue says", consequence=consequence)


def unreadable(version: ObjectVersion, why: str, *, consequence: str) -> Unreadable:
    return Unreadable(
        f"The stored {version.object_type} {version.object_id} cannot be read, so {consequence}: {why}",
        object_type=version.object_type,
        object_id=version.object_id,
    )
