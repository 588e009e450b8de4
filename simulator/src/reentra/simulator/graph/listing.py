"""One page of a list: from a roll of ids, filtered, sorted, counted, with a link to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reentra.simulator.roll import Roll

from .context import Answer, GraphRequest
from .options import PAGE, Options
from .tokens import next_page_link, page_position

Look = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Listing:
    """`look` gives the object as this reader sees it, or None to leave it out; `row` gives its JSON form."""

    roll: Roll
    look: Look
    row: Callable[[str], Any]
    context: str
    paging: str = "top"


def answer_list(request: GraphRequest, options: Options, listing: Listing) -> Answer:
    position = page_position(request, options.page_token)
    size = _page_size(options, listing)
    keep = _keep(options, listing.look)
    roll = _sorted(options, listing, keep) if options.order_by else listing.roll
    ids: list[str]
    following: int | None
    if request.cloud.settings.empty_first_pages and options.page_token is None and listing.paging != "whole":
        ids, following = [], position
    else:
        ids, following = roll.page(position, size, keep)
    body: dict[str, Any] = {"@odata.context": f"{request.base_url}/$metadata#{listing.context}"}
    if options.count and options.page_token is None:
        body["@odata.count"] = count(listing.roll, keep)
    if following is not None:
        body["@odata.nextLink"] = next_page_link(request, following)
    body["value"] = [listing.row(object_id) for object_id in ids]
    return Answer(200, body)


def count(roll: Roll, keep: Callable[[str], bool]) -> int:
    return sum(1 for object_id in roll if keep(object_id))


def _page_size(options: Options, listing: Listing) -> int:
    if listing.paging == "whole":
        return max(len(listing.roll), 1)
    if listing.paging == "fixed" or options.top is None:
        return PAGE
    return options.top


def _keep(options: Options, look: Look) -> Callable[[str], bool]:
    test = options.filter.test if options.filter else None
    search = options.search

    def keep(object_id: str) -> bool:
        item = look(object_id)
        if item is None or (test is not None and not test(item)):
            return False
        return not search or any(all(_matches(item.get(name), value) for name, value in clauses) for clauses in search)

    return keep


def _matches(text: Any, value: str) -> bool:
    """$search finds words by their beginning."""
    if not isinstance(text, str):
        return False
    folded = text.casefold()
    return folded.startswith(value) or f" {value}" in folded


def _sorted(options: Options, listing: Listing, keep: Callable[[str], bool]) -> Roll:
    ids: Iterable[str] = [object_id for object_id in listing.roll if keep(object_id)]
    for name, descends in reversed(options.order_by):
        ids = sorted(ids, key=lambda object_id: _sort_key(listing.look(object_id), name), reverse=descends)
    ordered = Roll()
    for object_id in ids:
        ordered.add(object_id)
    return ordered


def _sort_key(item: Mapping[str, Any] | None, name: str) -> tuple[bool, str]:
    value = item.get(name) if item else None
    return value is not None, str(value).casefold()
