"""Which columns a column may refer to: those that have a value in each of its rows, in the order of their writing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress


@dataclass(slots=True)
class Column:
    """Texts with line ends between them, and the same texts one by one: whichever is not there is made when asked."""

    _joined: bytes | None = None
    _texts: Sequence[bytes] | None = None

    @property
    def joined(self) -> bytes:
        if self._joined is None:
            self._joined = b"\n".join(self._texts or ())
        return self._joined

    @property
    def texts(self) -> Sequence[bytes]:
        if self._texts is None:
            self._texts = (self._joined or b"").split(b"\n")
        return self._texts


@dataclass(slots=True)
class Scope:
    """`rows`: a mask over the rows of `parent`; a scope without a parent stands alone.

    Columns are numbered from the outermost scope inwards: an outer scope gets no new ones while an inner is in use.
    """

    count: int
    parent: "Scope | None" = None
    rows: Sequence[int] = ()
    columns: list[Column] = field(default_factory=list)

    def part(self, rows: Sequence[int], count: int) -> "Scope":
        return Scope(count, self, rows)

    def known(self) -> int:
        return len(self.columns) + (self.parent.known() if self.parent is not None else 0)

    def column(self, number: int) -> Column:
        """Cut down to the rows of this scope. Raises IndexError."""
        if self.parent is None:
            return self.columns[number]
        outer = self.parent.known()
        if number >= outer:
            return self.columns[number - outer]
        return Column(None, list(compress(self.parent.column(number).texts, self.rows)))

    def samples(self) -> Iterator[tuple[int, list[bytes]]]:
        """Of every known column its number and its texts in the first, the middle and the last row."""
        return enumerate(self._texts_in((0, self.count // 2, self.count - 1)))

    def _texts_in(self, picks: Sequence[int]) -> list[list[bytes]]:
        found: list[list[bytes]] = []
        if self.parent is not None:
            places = list(compress(range(self.parent.count), self.rows))
            found = self.parent._texts_in([places[pick] for pick in picks])
        return found + [[column.texts[pick] for pick in picks] for column in self.columns]
