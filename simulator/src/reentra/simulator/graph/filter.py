"""Understands $filter: eq, ne, comparisons, in, startswith, endswith, any(), /$count, and, or, not, brackets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reentra.simulator.data.types import BOOLEANS

from .errors import bad_request, unsupported_query
from .filter_words import Word, words_of

Test = Callable[[Mapping[str, Any]], bool]
_END = Word("end", "")


@dataclass(frozen=True, slots=True)
class Filter:
    """`advanced`: uses what only an advanced query may. `equals`: all alternatives are `property eq value`."""

    test: Test
    properties: frozenset[str]
    advanced: bool
    equals: tuple[tuple[str, Any], ...] | None


def parse_filter(text: str) -> Filter:
    parser = _Parser(words_of(text))
    result = parser.alternatives()
    parser.expect_end()
    return result


@dataclass
class _Parser:
    words: list[Word]
    position: int = 0
    variable: str | None = None

    def alternatives(self) -> Filter:
        parts = [self.conjunction()]
        while self._take_name("or"):
            parts.append(self.conjunction())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        equals: tuple[tuple[str, Any], ...] | None = ()
        for part in parts:
            equals = None if equals is None or part.equals is None else equals + part.equals
        return _joined(parts, lambda item: any(test(item) for test in tests), equals)

    def conjunction(self) -> Filter:
        parts = [self.term()]
        while self._take_name("and"):
            parts.append(self.term())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        return _joined(parts, lambda item: all(test(item) for test in tests), None)

    def term(self) -> Filter:
        if self._take_name("not"):
            inner = self.term()
            return Filter(lambda item: not inner.test(item), inner.properties, True, None)
        if self._take_mark("("):
            inner = self.alternatives()
            self._expect("mark", ")")
            return inner
        word = self._next()
        if word.kind != "name":
            raise bad_request("Invalid filter clause: a property name was expected.")
        if word.text.casefold() in ("startswith", "endswith", "contains"):
            return self._function(word.text.casefold())
        if word.text.casefold() == "isof":
            return self._is_of()
        if word.text.endswith("/any"):
            return self._any(word.text.removesuffix("/any"))
        return self._comparison(word.text)

    def _function(self, name: str) -> Filter:
        if name == "contains":
            raise unsupported_query("Unsupported query: contains is not supported on this resource.")
        self._expect("mark", "(")
        path = self._expect("name").text
        self._expect("mark", ",")
        value = str(self._literal()).casefold()
        self._expect("mark", ")")
        read = self._reader(path)

        def test(item: Mapping[str, Any]) -> bool:
            text = read(item)
            if not isinstance(text, str):
                return False
            folded = text.casefold()
            return folded.startswith(value) if name == "startswith" else folded.endswith(value)

        return Filter(test, self._property(path), name == "endswith", None)

    def _is_of(self) -> Filter:
        self._expect("mark", "(")
        wanted = f"#{self._literal()}"
        self._expect("mark", ")")
        return Filter(lambda item: item.get("@odata.type") == wanted, frozenset(), False, None)

    def _any(self, path: str) -> Filter:
        read = self._reader(path)
        self._expect("mark", "(")
        if self._take_mark(")"):
            return Filter(lambda item: bool(read(item)), self._property(path), True, None)
        self.variable, outer = self._expect("name").text, self.variable
        self._expect("mark", ":")
        inner = self.alternatives()
        self._expect("mark", ")")
        self.variable = outer

        def test(item: Mapping[str, Any]) -> bool:
            return any(inner.test(_element(element)) for element in read(item) or ())

        return Filter(test, self._property(path), inner.advanced, None)

    def _comparison(self, path: str) -> Filter:
        operator = self._expect("name").text.casefold()
        properties = self._property(path)
        if path.endswith("/$count"):
            inner = self._reader(path.removesuffix("/$count"))
            wanted = self._literal()
            count_test = _COMPARE.get(operator)
            if count_test is None:
                raise bad_request(f"Invalid filter clause: unknown operator '{operator}'.")
            return Filter(lambda item: count_test(len(inner(item) or ()), wanted), properties, True, None)
        read = self._reader(path)
        if operator == "in":
            listed = self._list()
            for one in listed:
                self._check_kind(path, one, operator)
            values = {_folded(value) for value in listed}
            equals = tuple((path, value) for value in listed)
            return Filter(lambda item: _folded(read(item)) in values, properties, False, equals)
        compare = _COMPARE.get(operator)
        if compare is None:
            raise bad_request(f"Invalid filter clause: unknown operator '{operator}'.")
        literal = self._literal()
        self._check_kind(path, literal, operator)
        value = _folded(literal)
        equal = ((path, literal),) if operator == "eq" and isinstance(literal, str) else None
        return Filter(lambda item: compare(_folded(read(item)), value), properties, operator == "ne", equal)

    def _check_kind(self, path: str, literal: Any, operator: str) -> None:
        """'false' in quotes is no boolean."""
        if self.variable is None and path in BOOLEANS and not isinstance(literal, bool | None):
            kind = "String" if isinstance(literal, str) else "Int32"
            raise bad_request(
                "A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and "
                f"'Edm.{kind}' for operator kind '{operator}'.",
                code="BadRequest",
            )

    def _list(self) -> list[Any]:
        self._expect("mark", "(")
        values = [self._literal()]
        while self._take_mark(","):
            values.append(self._literal())
        self._expect("mark", ")")
        return values

    def _reader(self, path: str) -> Callable[[Mapping[str, Any]], Any]:
        names = _without_cast(path)
        if self.variable is not None and names[0] == self.variable:
            names = names[1:] or ["_element"]

        def read(item: Mapping[str, Any]) -> Any:
            value: Any = item
            for name in names:
                value = value.get(name) if isinstance(value, Mapping) else None
            return value

        return read

    def _property(self, path: str) -> frozenset[str]:
        return frozenset() if self.variable is not None else frozenset({_without_cast(path)[0]})

    def _literal(self) -> Any:
        word = self._next()
        if not word.is_literal:
            raise bad_request(f"Invalid filter clause: a value was expected instead of '{word.text}'.")
        return word.value

    def _next(self) -> Word:
        word = self._peek()
        self.position += 1
        return word

    def _peek(self) -> Word:
        return self.words[self.position] if self.position < len(self.words) else _END

    def _expect(self, kind: str, text: str | None = None) -> Word:
        word = self._next()
        if word.kind != kind or (text is not None and word.text != text):
            raise bad_request(f"Invalid filter clause: '{word.text}' was not expected here.")
        return word

    def expect_end(self) -> None:
        if self._peek() is not _END:
            raise bad_request(f"Invalid filter clause: '{self._peek().text}' was not expected here.")

    def _take_name(self, text: str) -> bool:
        word = self._peek()
        if word.kind == "name" and word.text.casefold() == text:
            self.position += 1
            return True
        return False

    def _take_mark(self, text: str) -> bool:
        word = self._peek()
        if word.kind == "mark" and word.text == text:
            self.position += 1
            return True
        return False


def _joined(parts: list[Filter], test: Test, equals: tuple[tuple[str, Any], ...] | None) -> Filter:
    properties = frozenset[str]().union(*(part.properties for part in parts))
    return Filter(test, properties, any(part.advanced for part in parts), equals)


def _without_cast(path: str) -> list[str]:
    """microsoft.graph.countryNamedLocation/countriesAndRegions -> the property."""
    names = path.split("/")
    return names[1:] if names[0].startswith("microsoft.graph.") else names


def _element(element: Any) -> Mapping[str, Any]:
    return element if isinstance(element, Mapping) else {"_element": element}


def _folded(value: Any) -> Any:
    """Entra compares text without regard to case."""
    return value.casefold() if isinstance(value, str) else value


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(left: Any, right: Any) -> bool:
        return left is not None and right is not None and type(left) is type(right) and compare(left, right)

    return test


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "gt": _ordered(lambda left, right: left > right),
    "ge": _ordered(lambda left, right: left >= right),
    "lt": _ordered(lambda left, right: left < right),
    "le": _ordered(lambda left, right: left <= right),
}
