"""The suite of the byte port. Inherit, and give a fixture `blobs` with an empty store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reentra.common.errors import Conflict, NotFound, Rejected, Unreadable
from reentra.common.stores.blobs import BlobInfo, Blobs
from reentra.common.testing.contracts import SHARED_SUITE

_NAMES = st.text("ab-.09Z_", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _broken() -> AsyncIterator[bytes]:
    yield b"half"
    raise ValueError("the source broke")


async def _keys(blobs: Blobs, prefix: str = "") -> list[str]:
    return [key async for key in blobs.list(prefix)]


class BlobsContract:
    async def test_bytes_come_back_whole_and_in_parts(self, blobs: Blobs) -> None:
        await blobs.create("tenants/t/a", b"0123456789")
        assert await blobs.read("tenants/t/a") == b"0123456789"
        assert await blobs.read("tenants/t/a", offset=3, length=4) == b"3456"
        assert await blobs.read("tenants/t/a", offset=8) == b"89"
        assert await blobs.read("tenants/t/a", offset=10) == b""

    async def test_empty_bytes_are_bytes(self, blobs: Blobs) -> None:
        await blobs.create("empty", b"")
        assert await blobs.read("empty") == b""
        assert await blobs.info("empty") == BlobInfo("empty", 0, "")

    async def test_nothing_is_overwritten_not_even_by_the_same(self, blobs: Blobs) -> None:
        await blobs.create("a", b"first")
        for data in (b"first", b"other"):
            with pytest.raises(Conflict):
                await blobs.create("a", data)
            with pytest.raises(Conflict):
                await blobs.create_stream("a", _chunks(data))
        assert await blobs.read("a") == b"first"

    async def test_of_many_creators_one_wins_and_its_bytes_are_there(self, blobs: Blobs) -> None:
        offers = [f"offer {number}".encode() * 1000 for number in range(8)]
        results = await asyncio.gather(*(blobs.create("a/b", offer) for offer in offers), return_exceptions=True)
        winners = [offer for offer, result in zip(offers, results, strict=True) if result is None]
        assert len(winners) == 1
        assert sum(isinstance(result, Conflict) for result in results) == 7
        assert await blobs.read("a/b") == winners[0]

    async def test_missing_bytes_are_not_found(self, blobs: Blobs) -> None:
        await blobs.create("folder/a", b"x")
        for key in ("nothing", "folder", "folder/a/b"):
            with pytest.raises(NotFound):
                await blobs.read(key)
            with pytest.raises(NotFound):
                [chunk async for chunk in blobs.stream(key)]
            assert await blobs.info(key) is None

    async def test_fewer_bytes_than_asked_for_are_unreadable(self, blobs: Blobs) -> None:
        await blobs.create("a", b"12345")
        for offset, length in ((0, 6), (3, 3), (6, None)):
            with pytest.raises(Unreadable):
                await blobs.read("a", offset=offset, length=length)

    async def test_a_stream_is_stored_with_its_size_and_hash(self, blobs: Blobs) -> None:
        parts = [bytes([number]) * 70_000 for number in range(5)]
        info = await blobs.create_stream("exports/t/job.zip", _chunks(*parts))
        whole = b"".join(parts)
        assert info == BlobInfo("exports/t/job.zip", len(whole), hashlib.sha256(whole).hexdigest())
        assert await blobs.read("exports/t/job.zip") == whole

    async def test_a_stream_comes_back_in_chunks_from_any_offset(self, blobs: Blobs) -> None:
        whole = bytes(range(256)) * 40
        await blobs.create("a", whole)
        chunks = [chunk async for chunk in blobs.stream("a", offset=100, chunk_bytes=1000)]
        assert b"".join(chunks) == whole[100:]
        assert max(map(len, chunks)) <= 1000

    async def test_a_stream_that_breaks_leaves_nothing(self, blobs: Blobs) -> None:
        with pytest.raises(ValueError, match="the source broke"):
            await blobs.create_stream("a", _broken())
        assert await blobs.info("a") is None
        assert await _keys(blobs) == []
        await blobs.create("a", b"now")

    async def test_a_stream_that_is_cancelled_leaves_nothing(self, blobs: Blobs) -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 10_000
                begun.set()

        task = asyncio.create_task(blobs.create_stream("a", endless()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await blobs.info("a") is None
        assert await _keys(blobs) == []

    @pytest.mark.parametrize(
        "key", ["", "/a", "a/", "a//b", "..", "a/../b", "a/.", "a b", "a\\b", "~incoming/x", "ä", "a\n", "a" * 2000]
    )
    async def test_a_key_that_is_none_is_rejected(self, blobs: Blobs, key: str) -> None:
        with pytest.raises(Rejected):
            await blobs.create(key, b"x")
        with pytest.raises(Rejected):
            await blobs.read(key)
        assert await _keys(blobs) == []

    async def test_deleted_bytes_are_gone_and_deleting_twice_is_harmless(self, blobs: Blobs) -> None:
        await blobs.create("a/b", b"x")
        await blobs.delete("a/b")
        await blobs.delete("a/b")
        assert await _keys(blobs) == []
        await blobs.create("a/b", b"y")
        assert await blobs.read("a/b") == b"y"

    @settings(max_examples=30, deadline=None, suppress_health_check=SHARED_SUITE)
    @given(folders=st.sets(st.tuples(_NAMES, _NAMES), max_size=8), prefix=st.text("ab-/.0", max_size=3))
    async def test_keys_are_listed_in_ascending_order_under_any_prefix(
        self, blobs: Blobs, folders: set[tuple[str, str]], prefix: str
    ) -> None:
        for key in await _keys(blobs):
            await blobs.delete(key)
        # Two depths, but no key that is also another's folder: a local folder cannot hold that.
        keys = {f"f{first}/{second}" for first, second in folders} | {f"{first}x" for first, _ in folders}
        for key in keys:
            await blobs.create(key, b"x")
        assert await _keys(blobs) == sorted(keys)
        for start in {"f", *(f"f{first}" for first, _ in folders), *(f"f{first}/" for first, _ in folders)}:
            assert await _keys(blobs, start) == sorted(key for key in keys if key.startswith(start))
        if not prefix.startswith("/") and "//" not in prefix and ".." not in prefix and "./" not in prefix:
            assert await _keys(blobs, prefix) == sorted(key for key in keys if key.startswith(prefix))
