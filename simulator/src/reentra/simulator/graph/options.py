"""The query options of a read, checked against the type: refuses what Graph refuses, in its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reentra.simulator.data.types import EXTRA_PERMISSION, TYPES, TypeFacts

from .context import GraphRequest
from .errors import GraphError, bad_request, denied, not_implemented, unsupported_query
from .filter import Filter, parse_filter

KNOWN_OPTIONS = frozenset(
    {"$select", "$filter", "$top", "$orderby", "$search", "$count", "$expand", "$skiptoken", "$deltatoken", "$format"}
)
_EXPAND = re.compile(r"^(?P<name>[A-Za-z0-9]+)(?:\(\$select=(?P<select>[^)]*)\)|\(\$levels=[^)]*\))?$")
_SEARCH = re.compile(r'"([A-Za-z0-9]+):([^"]*)"')
_SEARCH_WORD = re.compile(r'"[^"]*"|[^\s"]+')
PAGE, MAX_TOP, MAX_TOP_WITH_SIGN_INS = 100, 999, 500


@dataclass(frozen=True, slots=True)
class Expand:
    name: str
    select: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Options:
    select: tuple[str, ...] | None = None
    filter: Filter | None = None
    top: int | None = None
    order_by: tuple[tuple[str, bool], ...] = ()
    """Property and whether it descends."""
    search: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Alternatives (OR) of clauses that hold together (AND), each a property and what one of its words begins with."""
    count: bool = False
    expand: Expand | None = None
    page_token: str | None = None

    @property
    def needs_whole_list(self) -> bool:
        return bool(self.order_by)


def read_options(request: GraphRequest, types: tuple[str, ...], *, on_collection: bool = True) -> Options:
    """`types` are those that may appear in the answer; a property must belong to one of them."""
    query = request.query
    unknown = [name for name in query if name.startswith("$") and name not in KNOWN_OPTIONS]
    if "$skip" in query:
        raise bad_request("'$skip' is not supported by the service.")
    if unknown:
        raise bad_request(f"The query parameter '{unknown[0]}' is not supported.")
    facts = [TYPES[name] for name in types]
    advanced = request.is_eventual and (query.get("$count") == "true" or "$search" in query)
    chosen = read_select(request, facts, on_collection=on_collection)
    return Options(
        select=chosen,
        filter=_read_filter(query.get("$filter"), facts, advanced=advanced),
        top=_read_top(query.get("$top"), chosen),
        order_by=_read_order(request, facts, advanced=advanced),
        search=_read_search(request, facts),
        count=query.get("$count") == "true" and request.is_eventual,
        expand=_read_expand(request, facts, advanced=advanced),
        page_token=query.get("$skiptoken"),
    )


def read_select(
    request: GraphRequest, facts: list[TypeFacts], *, on_collection: bool, links: tuple[str, ...] = ()
) -> tuple[str, ...] | None:
    text = request.query.get("$select")
    if not text:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in links:
            _check_selected(request, facts, name.split("/")[0], on_collection=on_collection)
    return names


def _check_selected(request: GraphRequest, facts: list[TypeFacts], name: str, *, on_collection: bool) -> None:
    if not any(fact.knows(name) or name in fact.navigation for fact in facts):
        request.cloud.counters.violate(
            "unknown_property",
            f"{facts[0].name}.{name}",
            tenant_id=request.token.tenant_id,
            app_id=request.token.app_id,
        )
        raise bad_request(
            f"Could not find a property named '{name}' on type '{facts[0].graph_type[1:]}'.", code="BadRequest"
        )
    settings = request.cloud.settings
    if name in settings.unoffered_properties:
        if not settings.names_unoffered_properties:
            raise bad_request("Invalid query options.")
        raise bad_request(
            f"Could not find a property named '{name}' on type '{facts[0].graph_type[1:]}'.", code="BadRequest"
        )
    if on_collection and len(facts) == 1 and name in facts[0].single_object_only:
        raise not_implemented(f"The property '{name}' can only be read on a single object.")
    needed = EXTRA_PERMISSION.get(name)
    if needed and not request.token.roles.intersection(needed):
        raise denied()


def _read_filter(text: str | None, facts: list[TypeFacts], *, advanced: bool) -> Filter | None:
    if text is None:
        return None
    parsed = parse_filter(text)
    for name in parsed.properties:
        if not any(fact.filters(name) for fact in facts):
            raise unsupported_query(f"Unsupported or invalid query filter clause specified for property '{name}'.")
    if parsed.advanced and not advanced:
        raise unsupported_query(
            "Operator not supported because the 'Not' operator, a lambda or the property needs the header "
            "'ConsistencyLevel:eventual' and $count=true."
        )
    return parsed


def _read_top(text: str | None, chosen: tuple[str, ...] | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit() or int(text) < 1:
        raise bad_request(f"Invalid value '{text}' for $top: a whole number above zero is needed.")
    limit = MAX_TOP_WITH_SIGN_INS if "signInActivity" in (chosen or ()) else MAX_TOP
    if int(text) > limit:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {limit} inclusive.")
    return int(text)


def _read_order(request: GraphRequest, facts: list[TypeFacts], *, advanced: bool) -> tuple[tuple[str, bool], ...]:
    text = request.query.get("$orderby")
    if not text:
        return ()
    needs_advanced = "$filter" in request.query or "deletedDateTime" in text or "$search" in request.query
    if needs_advanced and not advanced:
        raise unsupported_query("Sorting not supported for current query.")
    order: list[tuple[str, bool]] = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        if not any(fact.knows(name) for fact in facts):
            raise bad_request(f"Could not find a property named '{name}' on type '{facts[0].graph_type[1:]}'.")
        order.append((name, direction.strip().casefold() == "desc"))
    return tuple(order)


def _read_search(request: GraphRequest, facts: list[TypeFacts]) -> tuple[tuple[tuple[str, str], ...], ...]:
    text = request.query.get("$search")
    if text is None:
        return ()
    if not request.is_eventual:
        raise unsupported_query(
            "Request with $search query parameter only works through MSGraph with a special request "
            "header: 'ConsistencyLevel: eventual'"
        )
    words = _SEARCH_WORD.findall(text)
    if len(words) % 2 == 0 or any(operator not in ("AND", "OR") for operator in words[1::2]):
        raise bad_request('Syntax error: $search needs clauses of the form "property:value", joined by AND or OR.')
    alternatives = [[_search_clause(words[0], facts)]]
    for operator, word in zip(words[1::2], words[2::2], strict=True):
        if operator == "OR":
            alternatives.append([])
        alternatives[-1].append(_search_clause(word, facts))
    return tuple(tuple(clauses) for clauses in alternatives)


def _search_clause(word: str, facts: list[TypeFacts]) -> tuple[str, str]:
    match = _SEARCH.fullmatch(word)
    if match is None:
        raise bad_request('Syntax error: $search needs clauses of the form "property:value".')
    name, value = match.groups()
    if not any(fact.knows(name) for fact in facts):
        raise bad_request(f"Could not find a property named '{name}' on type '{facts[0].graph_type[1:]}'.")
    return name, value.casefold()


def _read_expand(request: GraphRequest, facts: list[TypeFacts], *, advanced: bool) -> Expand | None:
    text = request.query.get("$expand")
    if not text:
        return None
    match = _EXPAND.match(text.strip())
    if match is None:
        raise GraphError(400, "ExpandNotSupported", "Only one relationship may be expanded in a request.")
    if advanced:
        raise unsupported_query("$expand is not supported together with advanced query parameters.")
    if request.cloud.settings.expands == "refused":
        raise GraphError(400, "ExpandNotSupported", "The relationship cannot be expanded.")
    name, select = match.group("name"), match.group("select")
    if not any(name in fact.navigation for fact in facts):
        raise bad_request(f"Could not find a property named '{name}' on type '{facts[0].graph_type[1:]}'.")
    return Expand(name, tuple(select.split(",")) if select else None)
