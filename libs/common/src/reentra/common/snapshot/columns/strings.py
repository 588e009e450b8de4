"""Columns of texts: what they have in common is written once, what remains as compactly as its form allows.

    ONE       one text for all rows
    CHOICE    few different texts: these as a column, and an index per row
    otherwise the beginning and the end that all share, and for the core between them one of
    SAME      another column's core
    SID       Windows' spelling of another column's object id
    PICTURE   equally long texts that differ in digits: ids, hashes, moments
    AROUND    contains the core of another column (an address around a nickname): the rest as a column
    NUMBERS   decimal numbers
    SPLIT     several columns, with the same character between them
    TEXT      anything else

Everything works on whole columns, because a step of the interpreter per value would cost more than compression. A
column on its way in is `joined`: its texts with line ends between them; none has a line end in it.
"""

from collections.abc import Sequence
from itertools import repeat
from operator import mul

from reentra.common.snapshot.columns import numbers, pictures
from reentra.common.snapshot.columns.scope import Column, Scope
from reentra.common.snapshot.columns.streams import Malformed, Sink, Source

ONE, CHOICE, SAME, SID, PICTURE, AROUND, NUMBERS, SPLIT, TEXT = range(9)

Pieces = list["bytes | Sequence[bytes]"]
"""What stands side by side in each row: the same bytes in all rows, or bytes of its own for each."""

_MARKS = b"\x01\x02\x03\x04\x05\x06\x07\x08"
_SEPARATORS = {bytes((mark,)): bytes(set(range(256)) - {mark, ord("\n")}) for mark in b"@/ .:_-"}
"""And all bytes but this one and the line end."""
_MOST_MARKS = 4
_DIGITS = b"0123456789abcdef"
_DEPTH = 4
_LONG = 16
_SHORT = 3


def write(sink: Sink, scope: Scope | None, joined: bytes, depth: int = 0) -> None:
    texts = joined.split(b"\n")
    write_counted(sink, scope, joined, texts, dict.fromkeys(texts), depth)


def write_counted(
    sink: Sink,
    scope: Scope | None,
    joined: bytes,
    texts: Sequence[bytes],
    distinct: dict[bytes, None],
    depth: int = 0,
) -> None:
    """The same for whoever has cut the column and counted its different texts."""
    if len(distinct) == 1:
        sink.plan.append(ONE)
        sink.text.append(texts[0])
    elif is_choice(len(distinct), len(texts), texts[0]):
        sink.plan.append(CHOICE)
        sink.number(len(distinct))
        numbers.write_index(sink, dict(zip(distinct, range(len(distinct)), strict=True)), texts)
        _write_different(sink, None, b"\n".join(distinct), len(distinct), depth)
    else:
        _write_different(sink, scope, joined, len(texts), depth)


def is_choice(distinct: int, count: int, first: bytes) -> bool:
    """Whether an index pays: long texts are worth one when a quarter of them repeats, short ones when half does."""
    return 4 * distinct <= count * (3 if len(first) >= _LONG else 2)


def read(source: Source, scope: Scope | None, count: int) -> Pieces:
    form = source.byte()
    if form == ONE:
        return [source.item()]
    if form == CHOICE:
        size = source.number()
        if size > count:
            raise Malformed("a column has more choices than rows")
        index = numbers.read_index(source, size, count)
        distinct = rows(source, read(source, None, size), size)
        return [list(map(distinct.__getitem__, index))]
    prefix, suffix = source.items(2)
    return [prefix, _read_core(source, scope, form, count).texts, suffix]


def rows(source: Source, pieces: Pieces, count: int) -> Sequence[bytes]:
    """The pieces put together."""
    merged: Pieces = []
    for piece in pieces:
        if not isinstance(piece, bytes):
            merged.append(piece)
        elif piece and merged and isinstance(merged[-1], bytes):
            merged[-1] += piece
        elif piece:
            merged.append(piece)
    if len(merged) == 1 and not isinstance(merged[0], bytes):
        return merged[0]
    source.spend(count, sum(len(p) * count if isinstance(p, bytes) else sum(map(len, p)) for p in merged))
    if not merged:
        return [b""] * count
    columns = [repeat(piece, count) if isinstance(piece, bytes) else piece for piece in merged]
    return list(map(b"".join, zip(*columns, strict=True)))


def _write_different(sink: Sink, scope: Scope | None, joined: bytes, count: int, depth: int) -> None:
    """For texts that hardly ever repeat."""
    at = len(sink.plan)
    sink.plan.append(TEXT)
    sink.plan[at] = _write_form(sink, scope, joined, count, depth)


def _write_form(sink: Sink, scope: Scope | None, joined: bytes, count: int, depth: int) -> int:
    """Returns the form that was chosen."""
    first, last = joined[: joined.find(b"\n")] if count > 1 else joined, joined[joined.rfind(b"\n") + 1 :]
    if scope is not None:
        form = _write_reference(sink, scope, joined, first, last)
        if form is not None:
            return form
    around = _contained(scope, joined, first, last) if scope is not None and depth < _DEPTH else None
    if around is None and _write_long_picture(sink, scope, joined, first, count):
        return PICTURE
    texts = joined.split(b"\n")
    prefix, suffix = _shared(texts, joined)
    if prefix or suffix:
        joined = _stripped(joined, prefix, suffix)
        texts = joined.split(b"\n")
    sink.text += (prefix, suffix)
    if around is not None and scope is not None and _write_around(sink, scope, around, texts, joined, depth):
        form = AROUND
    elif numbers.write_decimals(sink, texts, joined):
        form = NUMBERS
    elif pictures.write(sink, texts[0], joined, count):
        form = PICTURE
    elif depth < _DEPTH and _write_split(sink, scope, texts, joined, depth):
        form = SPLIT
    else:
        sink.text.append(joined)
        form = TEXT
    if scope is not None:
        scope.columns.append(Column(joined, texts))
    return form


def _read_core(source: Source, scope: Scope | None, form: int, count: int) -> Column:
    if scope is None:
        return _read_form(source, None, form, count)
    if form in (SAME, SID):
        source.spend(count)
    if form == SAME:
        return scope.column(source.number())
    if form == SID:
        return Column(None, pictures.sids(scope.column(source.number()).texts))
    column = _read_form(source, scope, form, count)
    scope.columns.append(column)
    return column


def _read_form(source: Source, scope: Scope | None, form: int, count: int) -> Column:
    if form == TEXT:
        return Column(None, source.items(count))
    if form == PICTURE:
        return Column(pictures.read(source, count))
    if form == NUMBERS:
        return Column(None, numbers.read_decimals(source, count))
    if form == SPLIT:
        mark, marks = bytes((source.byte(),)), source.byte()
        parts = read(source, scope, count)
        for _ in range(marks):
            parts += [mark, *read(source, scope, count)]
        return Column(None, rows(source, parts, count))
    if form == AROUND and scope is not None:
        other, mark = scope.column(source.number()).texts, bytes((source.byte(),))
        rest = rows(source, read(source, scope, count), count)
        size = sum(map(len, rest)) + sum(map(mul, map(bytes.count, rest, repeat(mark)), map(len, other)))
        source.spend(count, size)
        return Column(None, list(map(bytes.replace, rest, repeat(mark), other)))
    raise Malformed(f"a column of texts has the form {form}")


def _write_reference(sink: Sink, scope: Scope, joined: bytes, first: bytes, last: bytes) -> int | None:
    """When the column is another one, or the security identifiers to it, with the same around it in all rows."""
    for number, (other, _, end) in scope.samples():
        form = SAME
        if len(other) == 36 and first.count(b"-") >= 3:
            sid = pictures.sids([other])[0]
            if sid and sid in first:
                form, other, end = SID, sid, pictures.sids([end])[0]
        if len(other) < _SHORT or other not in first:
            continue
        prefix, _, suffix = first.partition(other)
        if last != prefix + end + suffix:
            continue
        texts = scope.column(number).texts
        if form == SID:
            texts = pictures.sids(texts)
        if prefix + (suffix + b"\n" + prefix).join(texts) + suffix == joined:
            sink.text += (prefix, suffix)
            sink.number(number)
            return form
    return None


def _contained(scope: Scope, joined: bytes, first: bytes, last: bytes) -> int | None:
    """The longest column whose texts lie in those of this one, by samples."""
    found, longest, middle = None, _SHORT - 1, None
    for number, (start, half, end) in scope.samples():
        if longest < len(start) and start in first and end in last:
            if middle is None:
                middle = joined.split(b"\n", scope.count // 2 + 1)[scope.count // 2]
            if half in middle:
                found, longest = number, len(start)
    return found


def _write_long_picture(sink: Sink, scope: Scope | None, joined: bytes, first: bytes, count: int) -> bool:
    """Ids and moments, quoted or not, without looking for what they share: chance may give a few the same digits."""
    edge = b""
    if first[:1] == b'"' and joined.count(b'"\n"') == count - 1 and joined.endswith(b'"'):
        edge, first, joined = b'"', first[1:-1], joined[1:-1].replace(b'"\n"', b"\n")
    at = len(sink.text)
    if len(first) < _LONG or first[0] not in _DIGITS or not pictures.write(sink, first, joined, count):
        return False
    sink.text[at:at] = (edge, edge)
    if scope is not None:
        scope.columns.append(Column(joined))
    return True


def _write_around(sink: Sink, scope: Scope, number: int, texts: Sequence[bytes], joined: bytes, depth: int) -> bool:
    other = scope.column(number).texts
    mark = next((bytes((mark,)) for mark in _MARKS if mark not in joined), None)
    if mark is None or not all(other):
        return False
    sink.number(number)
    sink.plan += mark
    rest = b"\n".join(map(bytes.replace, texts, other, repeat(mark)))
    write(sink, scope, rest, depth + 1)
    return True


def _write_split(sink: Sink, scope: Scope | None, texts: Sequence[bytes], joined: bytes, depth: int) -> bool:
    for mark, others in _SEPARATORS.items():
        marks = texts[0].count(mark)
        if 0 < marks <= _MOST_MARKS and (
            joined.translate(None, others) == b"\n".join(repeat(mark * marks, len(texts)))
        ):
            sink.plan += mark
            sink.plan.append(marks)
            parts = joined.replace(mark, b"\n").split(b"\n")
            for place in range(marks + 1):
                write(sink, scope, b"\n".join(parts[place :: marks + 1]), depth + 1)
            return True
    return False


def _shared(texts: Sequence[bytes], joined: bytes) -> tuple[bytes, bytes]:
    """The beginning and the end that all texts share; they do not overlap in any."""
    low, high = min(texts), max(texts)
    prefix = low[: _common(low, high)]
    same = min(_common(low[::-1], high[::-1]), len(low) - len(prefix))
    suffix = low[len(low) - same :]
    ended = joined + b"\n"
    while suffix and ended.count(suffix + b"\n") != len(texts):
        suffix = suffix[1 + len(suffix) // 4 :]
    if suffix and len(prefix) + len(suffix) > min(map(len, texts)):
        return prefix, b""
    return prefix, suffix


def _stripped(joined: bytes, prefix: bytes, suffix: bytes) -> bytes:
    if suffix:
        joined = (joined + b"\n").replace(suffix + b"\n", b"\n")[:-1]
    return (b"\n" + joined).replace(b"\n" + prefix, b"\n")[1:] if prefix else joined


def _common(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))
