"""The recycle bin as a backup knows it: what lies there, and until when at least.

Graph tells that an object was removed, not when. It was still there when the snapshot before was taken, so the bin
keeps it for thirty days from then at least (directory-deleteditems-list, entra: recover-from-deletions).
"""

from datetime import timedelta

from reentra.common.clock import from_text, to_text
from reentra.common.directory.catalog import CATALOG
from reentra.common.stores.catalogue import ObjectVersion, Snapshot

KEPT = timedelta(days=30)


def is_in_bin(version: ObjectVersion) -> bool:
    """As far as the backups know. Types without delta do not say whether a removed object is in the bin or gone."""
    return version.removed in ("changed", "absent") and CATALOG[version.object_type].soft_delete


def kept_until(version: ObjectVersion, before: Snapshot | None) -> str | None:
    """`before`: the snapshot before the one in which it was missing. None for what is in no bin, or was never seen."""
    if before is None or not is_in_bin(version):
        return None
    return to_text(from_text(before.started_at) + KEPT)
