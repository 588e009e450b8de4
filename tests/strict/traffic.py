"""What passes between a client and Graph, as the examiner sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Request:
    """`target`: path and query below /v1.0, byte for byte. `who`: tenant and app, from the bearer. `at`: seconds."""

    at: float
    method: str
    target: str
    headers: Mapping[str, str]
    body: Any
    who: tuple[str, str]
    host: str
    in_batch: bool = False

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def options(self) -> dict[str, str]:
        pairs = [pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair]
        return {unquote(name): unquote(value.replace("+", " ")) for name, _, value in pairs}

    @property
    def is_link(self) -> bool:
        """A page or delta link: its options are the service's own words."""
        return any(name.lower().lstrip("$") in ("skiptoken", "deltatoken") for name in self.options)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: the connection broke, and with `body` None nothing readable arrived. Header names in lower case."""

    at: float
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


class Rule(Protocol):
    """Both give the violations that they see, as one sentence each."""

    def asked(self, request: Request) -> Iterator[str]: ...

    def answered(self, request: Request, answer: Answer) -> Iterator[str]: ...


def items_of(request: Request) -> dict[str, Request]:
    """The requests inside a batch, by their ids; empty for what is no batch."""
    if request.path != "/$batch" or not isinstance(request.body, dict):
        return {}
    return {
        str(item.get("id")): replace(
            request,
            method=str(item.get("method", "")).upper(),
            target=str(item.get("url", "")),
            headers={str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()},
            body=item.get("body"),
            in_batch=True,
        )
        for item in request.body.get("requests", ())
    }


def answers_of(answer: Answer) -> dict[str, Answer]:
    rows = answer.body.get("responses", ()) if isinstance(answer.body, dict) else ()
    return {
        str(row["id"]): Answer(
            answer.at,
            int(row["status"]),
            {str(name).lower(): str(value) for name, value in (row.get("headers") or {}).items()},
            row.get("body"),
        )
        for row in rows
    }
