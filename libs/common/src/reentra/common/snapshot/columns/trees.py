"""JSON texts of many rows as columns: one per place in the tree that the rows have in common.

    CONSTANT   one text for all rows
    TEXTS      texts that are not looked into: strings, numbers, truth values
    OBJECTS    objects with the same keys in the same order: a column per key
    UNION      objects with nearly the same keys: a column per key, which may be absent
    POSITIONS  short lists: a column per position, which may be absent
    LISTS      their lengths, and all entries as one column
    MIXED      which kind each row has, then one column per kind

No value is made of a text, neither on the way in nor on the way out: texts are cut at the joints of JSON and put
together again. What is absent is an empty text, which no JSON has.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, compress, islice, repeat, zip_longest

import msgspec
import orjson
from msgspec.structs import astuple

from reentra.common.snapshot.columns import numbers, strings
from reentra.common.snapshot.columns.scope import Scope
from reentra.common.snapshot.columns.streams import Malformed, Sink, Source
from reentra.common.snapshot.columns.strings import Pieces, rows

Text = bytes | msgspec.Raw

CONSTANT, TEXTS, OBJECTS, UNION, POSITIONS, LISTS, MIXED = range(7)
_SHORT = 6
"""Lists up to this length are columns by position: the first address of everybody is like the first of the others."""
_DEPTH = 24
"""Of objects and lists in each other; what is deeper is not looked into."""
_SPARSE = 4
"""Objects have a column per key when at least every fourth place in the table is taken."""
_ALONE = 2048
"""Bytes of a single text that are not looked into."""

_MANY = 64
"""Rows from which on it pays to make a decoder for the keys they have."""
_FEW = 4

_ABSENT = b""
_NOTHING, _NULL, _TEXT, _OBJECT, _LIST = range(5)
_FIXED = {_NOTHING: _ABSENT, _NULL: b"null"}
_KINDS = bytes({0: _NOTHING, ord("n"): _NULL, ord("{"): _OBJECT, ord("["): _LIST}.get(b, _TEXT) for b in range(256))
_MASKS = [bytes(number == other for other in range(256)) for number in range(5)]
_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists = msgspec.json.Decoder(list[msgspec.Raw])


def write(sink: Sink, scope: Scope, texts: Sequence[Text], depth: int = 0) -> None:
    """At least one text, without line ends in them."""
    first, count = bytes(texts[0]), len(texts)
    if texts.count(texts[0]) == count and (count > 1 or len(first) < _ALONE):
        sink.plan.append(CONSTANT)
        sink.text.append(first)
        return
    begin = first[:1] if depth < _DEPTH else b""
    if begin in (b"{", b"[") and count >= _MANY and _write_if_few(sink, scope, texts):
        return
    if begin == b"{" and _write_objects(sink, scope, texts, depth):
        return
    if begin == b"[" and _write_lists(sink, scope, texts, depth):
        return
    _write_texts(sink, scope, b"\n".join(texts), depth)


def read(source: Source, scope: Scope, count: int) -> Pieces:
    form = source.byte()
    if form == CONSTANT:
        return [source.item()]
    if form == TEXTS:
        return strings.read(source, scope, count)
    if form == OBJECTS:
        return _read_objects(source, scope, count)
    if form == UNION:
        return _read_union(source, scope, count)
    if form == POSITIONS:
        return _read_positions(source, scope, count)
    if form == LISTS:
        return [_read_lists(source, count)]
    if form == MIXED:
        return [_read_mixed(source, scope, count)]
    raise Malformed(f"a column has the form {form}")


def _write_texts(sink: Sink, scope: Scope, joined: bytes, depth: int) -> None:
    texts = joined.split(b"\n")
    if depth < _DEPTH and (b"{" in joined or b"[" in joined):
        kinds = _kinds_of(texts)
        if kinds.count(kinds[0]) < len(kinds):
            _write_mixed(sink, scope, texts, kinds, depth)
            return
    distinct = dict.fromkeys(texts)
    blank = sum(texts.count(text) for text in _FIXED.values() if text in distinct)
    if blank and not strings.is_choice(len(distinct), len(texts) - blank, texts[0]):
        _write_mixed(sink, scope, texts, _kinds_of(texts), depth)
    else:
        sink.plan.append(TEXTS)
        strings.write_counted(sink, scope, joined, texts, distinct)


def _kinds_of(texts: Sequence[bytes]) -> bytes:
    return b"".join([text[:1] or b"\0" for text in texts]).translate(_KINDS)


def _write_mixed(sink: Sink, scope: Scope, texts: Sequence[bytes], kinds: bytes, depth: int) -> None:
    found = bytes(sorted(set(kinds)))
    sink.plan.append(MIXED)
    sink.plan.append(len(found))
    sink.plan += found
    sink.small.append(kinds)
    for kind in found:
        if kind not in _FIXED:
            mask = kinds.translate(_MASKS[kind])
            part = list(compress(texts, mask))
            write(sink, scope.part(mask, len(part)), part, depth + 1)


def _read_mixed(source: Source, scope: Scope, count: int) -> Sequence[bytes]:
    found = [source.byte() for _ in range(source.byte())]
    kinds = source.small(count)
    parts: list[Iterator[bytes]] = [iter(())] * len(_MASKS)
    for kind in found:
        if kind in _FIXED:
            parts[kind] = repeat(_FIXED[kind])
        else:
            mask = kinds.translate(_MASKS[kind])
            size = mask.count(1)
            parts[kind] = iter(rows(source, read(source, scope.part(mask, size), size), size))
    return [next(parts[kind]) for kind in kinds]


def _write_if_few(sink: Sink, scope: Scope, texts: Sequence[Text]) -> bool:
    """Objects or lists that are mostly the same (plans of a licence) are not cut. Samples say whether to look."""
    if len({bytes(text) for text in texts[:: len(texts) // 16]}) > _FEW:
        return False
    joined = b"\n".join(texts)
    cut = joined.split(b"\n")
    distinct = dict.fromkeys(cut)
    if len(distinct) * 16 > len(cut):
        return False
    sink.plan.append(TEXTS)
    strings.write_counted(sink, scope, joined, cut, distinct)
    return True


def _write_objects(sink: Sink, scope: Scope, texts: Sequence[Text], depth: int) -> bool:
    """False when not all texts are objects, or their keys have too little in common."""
    try:
        keys = list(_objects.decode(texts[0]))
        columns = _same_keys(keys, texts)
        if columns is not None:
            form = OBJECTS
        else:
            form = UNION
            values = list(map(_objects.decode, texts))
            keys = sorted(set(chain.from_iterable(values)))
            if len(keys) * len(texts) > _SPARSE * sum(map(len, values)):
                return False
            columns = (list(map(dict.get, values, repeat(key), repeat(_ABSENT))) for key in keys)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    sink.plan.append(form)
    sink.text.append(orjson.dumps(keys))
    for column in columns:
        write(sink, scope, column, depth + 1)
    return True


def _same_keys(keys: Sequence[str], texts: Sequence[Text]) -> Iterable[Sequence[Text]] | None:
    """The columns of objects that have these keys, None when one has others."""
    if len(texts) < _MANY:
        values = list(map(_objects.decode, texts))
        return zip(*map(dict.values, values), strict=True) if set(map(tuple, values)) == {tuple(keys)} else None
    try:
        return zip(*map(astuple, map(_decoder_of(tuple(keys)).decode, texts)), strict=True)
    except (msgspec.ValidationError, ValueError):
        return None


@lru_cache(maxsize=256)
def _decoder_of(keys: tuple[str, ...]) -> msgspec.json.Decoder[msgspec.Struct]:
    """For objects with exactly these keys: half the time and a tenth of the memory of dictionaries. Raises ValueError
    for keys that have to be escaped."""
    names = {f"field{number}": key for number, key in enumerate(keys)}
    fields = [(name, msgspec.Raw) for name in names]
    return msgspec.json.Decoder(msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False))


def _read_objects(source: Source, scope: Scope, count: int) -> Pieces:
    pieces: Pieces = [b"{"]
    before = b""
    for key in _keys(source):
        pieces.append(before + key)
        pieces += read(source, scope, count)
        before = b","
    return [*pieces, b"}"]


def _read_union(source: Source, scope: Scope, count: int) -> Pieces:
    columns = [_read_after(b"," + key, source, scope, count) for key in _keys(source)]
    return [b"{", _without_first_comma(source, columns, count), b"}"]


def _keys(source: Source) -> Iterator[bytes]:
    for key in orjson.loads(source.item()):
        yield orjson.dumps(key) + b":"


def _read_after(before: bytes, source: Source, scope: Scope, count: int) -> Sequence[bytes]:
    texts = rows(source, read(source, scope, count), count)
    source.spend(count, 2 * sum(map(len, texts)) + 2 * count * len(before))
    return [text and before + text for text in texts]


def _without_first_comma(source: Source, columns: Sequence[Sequence[bytes]], count: int) -> Sequence[bytes]:
    source.spend(count)
    return [row[1:] for row in map(b"".join, zip(*columns, strict=True))] if columns else [b""] * count


def _write_lists(sink: Sink, scope: Scope, texts: Sequence[Text], depth: int) -> bool:
    """False when not all texts are lists."""
    try:
        values = list(map(_lists.decode, texts))
    except msgspec.MsgspecError:
        return False
    lengths = list(map(len, values))
    longest = max(lengths)
    if longest <= _SHORT:
        sink.plan.append(POSITIONS)
        sink.plan.append(longest)
        for column in zip_longest(*values, fillvalue=_ABSENT):
            write(sink, scope, column, depth + 1)
    else:
        sink.plan.append(LISTS)
        numbers.write_integers(sink, lengths)
        entries = list(chain.from_iterable(values))
        write(sink, Scope(len(entries)), entries, depth + 1)
    return True


def _read_positions(source: Source, scope: Scope, count: int) -> Pieces:
    columns = [_read_after(b",", source, scope, count) for _ in range(source.byte())]
    return [b"[", _without_first_comma(source, columns, count), b"]"]


def _read_lists(source: Source, count: int) -> Sequence[bytes]:
    lengths = numbers.read_integers(source, count)
    total = sum(lengths)
    source.spend(total)
    texts = rows(source, read(source, Scope(total), total), total)
    source.spend(count, sum(map(len, texts)) + total)
    entries = iter(texts)
    return [b"[" + b",".join(islice(entries, length)) + b"]" for length in lengths]
