import asyncio
from dataclasses import replace

import pytest
from tests.unit.snapshot.conftest import OTHER_TENANT, TENANT

from reentra.common.errors import Unreadable
from reentra.common.snapshot.id_maps import (
    FORMAT,
    GivenId,
    IdMapLog,
    decode,
    encode,
    id_map_blob,
    latest,
    list_id_maps,
    read_id_map,
)
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.stores.folder import FolderBlobs


def given(number: int, new: str = "") -> GivenId:
    return GivenId(f"old-{number}", new or f"New-{number}", "group", "plan-1")


async def test_maps_are_read_in_order_and_the_later_word_counts(blobs: FolderBlobs, keys: TenantKeys) -> None:
    assert await IdMapLog(blobs, keys).append([given(1), given(2)]) == 1
    assert await IdMapLog(blobs, keys).append([given(1, "later")]) == 2
    maps = [await read_id_map(blobs, keys, number) for number in await list_id_maps(blobs, TENANT)]
    assert latest(maps) == {"old-1": given(1, "later"), "old-2": given(2)}


async def test_two_that_append_at_once_lose_nothing(blobs: FolderBlobs, keys: TenantKeys) -> None:
    logs = [IdMapLog(blobs, keys) for _ in range(4)]
    numbers = await asyncio.gather(*(log.append([given(n)]) for n in range(5) for log in logs))
    assert sorted(numbers) == await list_id_maps(blobs, TENANT) == list(range(1, 21))


def test_every_flipped_bit_is_found(keys: TenantKeys) -> None:
    data = encode(keys, 1, [given(1)])
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable) as caught:
            decode(keys, 1, bytes(flipped))
        assert id_map_blob(TENANT, 1) in caught.value.message


def test_it_tells_nothing_in_clear(keys: TenantKeys) -> None:
    data = encode(keys, 1, [given(1)])
    assert b"old-1" not in data
    assert b"New-1" not in data


def test_under_another_name_it_does_not_open(keys: TenantKeys) -> None:
    data = encode(keys, 1, [given(1)])
    for other, number in ((keys, 2), (replace(keys, tenant_id=OTHER_TENANT), 1)):
        with pytest.raises(Unreadable):
            decode(other, number, data)
        renamed = data.replace(str(TENANT).encode(), str(other.tenant_id).encode())
        with pytest.raises(Unreadable):
            decode(other, number, renamed.replace(b'"number":1', f'"number":{number}'.encode()))


def test_a_later_format_is_refused_by_name(keys: TenantKeys) -> None:
    data = encode(keys, 1, [given(1)]).replace(FORMAT.encode(), b"reentra-ids-2")
    with pytest.raises(Unreadable, match="its format is 'reentra-ids-2'"):
        decode(keys, 1, data)
