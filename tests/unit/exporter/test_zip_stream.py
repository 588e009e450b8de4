import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from reentra.exporter.adapters.zip_stream import ZipStream

AT = datetime(2026, 11, 23, 10, 5, 42, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_characters="/\\\0", codec="utf-8"), min_size=1, max_size=30)


def archive(files: dict[str, bytes], large: dict[str, bytes] | None = None) -> bytes:
    with ZipStream(AT) as stream:
        parts = [stream.add(name, content) for name, content in files.items()]
        for name, content in (large or {}).items():
            parts += stream.add_large(name, [content[:5], content[5:]])
        return b"".join([*parts, *stream.finish()])


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=8), st.dictionaries(NAMES, st.binary(max_size=99)))
def test_files_come_back_by_name(files: dict[str, bytes], large: dict[str, bytes]) -> None:
    large = {f"large/{name}": content for name, content in large.items()}
    opened = zipfile.ZipFile(io.BytesIO(archive(files, large)))
    assert opened.testzip() is None
    assert {name: opened.read(name) for name in opened.namelist()} == files | large


def test_every_file_bears_the_given_time_and_a_plain_mode() -> None:
    info = zipfile.ZipFile(io.BytesIO(archive({"a": b"1"}))).infolist()[0]
    assert info.date_time == (2026, 11, 23, 10, 5, 42)
    assert info.external_attr >> 16 == 0o100644


def test_more_files_than_the_old_format_can_count() -> None:
    opened = zipfile.ZipFile(io.BytesIO(archive({f"{n}": b"" for n in range(70_000)})))
    assert len(opened.namelist()) == 70_000
    assert opened.read("69999") == b""


def test_exactly_the_number_that_means_see_elsewhere() -> None:
    opened = zipfile.ZipFile(io.BytesIO(archive({f"{n}": b"" for n in range(0xFFFF)})))
    assert len(opened.namelist()) == 0xFFFF


def test_files_beyond_four_gigabytes(tmp_path: Path) -> None:
    """The bytes before are a hole in a sparse file: only their number matters."""
    before = (4 << 30) + 12_345
    path = tmp_path / "large.zip"
    with path.open("wb") as file, ZipStream(AT, offset=before) as stream:
        file.truncate(before)
        file.seek(before)
        file.write(stream.add("far", b"content"))
        file.writelines(stream.finish())
    opened = zipfile.ZipFile(path)
    assert opened.infolist()[0].header_offset == before
    assert opened.read("far") == b"content"


def test_memory_does_not_grow_with_the_number_of_files() -> None:
    tracemalloc.start()
    try:
        with ZipStream(AT) as stream:
            for n in range(60_000):
                stream.add(f"user/00000000-0000-4000-8000-{n:012d}.json", b"{}")
            size = sum(len(chunk) for chunk in stream.finish())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 5_000_000
    assert peak < 4_000_000
