"""What a snapshot's manifest is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reentra.common.ids import SnapshotNumber
from reentra.common.stores.catalogue import SegmentEntry, Snapshot, SnapshotResult

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sealing:
    """`types`: per type the state it reached, with its delta link in clear. `previous`: the last sealed snapshot."""

    number: SnapshotNumber
    job_id: str
    started_at: str
    sealed_at: str
    result: SnapshotResult
    types: Mapping[str, Json]
    stats: Json
    segments: Sequence[SegmentEntry]
    previous: Snapshot | None
