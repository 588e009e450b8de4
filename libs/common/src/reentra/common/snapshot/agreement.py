"""Whether a record is the very one that the catalogue means."""

from reentra.common.directory.normalise import content_hash
from reentra.common.errors import Unreadable
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion

ANOTHER_RECORD = "another record lies in its place"


def check_record(version: ObjectVersion, record: ObjectRecord, *, consequence: str) -> None:
    """Raises Unreadable naming the object; `consequence`: what was not done because of it."""
    if why := disagreement(version, record):
        raise unreadable(version, why, consequence=consequence)


def disagreement(version: ObjectVersion, record: ObjectRecord) -> str | None:
    """Why the record is not the one that is meant."""
    same = (record.object_type, record.object_id) == (version.object_type, version.object_id)
    if not same or record.removed is not None or record.part:
        return ANOTHER_RECORD
    if content_hash(record.properties, record.links) != version.content_hash:
        return "its content is not what the catalogue says"
    return None


def unreadable(version: ObjectVersion, why: str, *, consequence: str) -> Unreadable:
    return Unreadable(
        f"The stored {version.object_type} {version.object_id} cannot be read, so {consequence}: {why}",
        object_type=version.object_type,
        object_id=version.object_id,
    )
