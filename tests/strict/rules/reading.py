"""Paths and query options: only what is documented, named as it is documented."""

import re
from collections.abc import Iterator

from tests.strict.schema import (
    PATHS,
    collection_of,
    facts_by_collection,
    is_collection,
    properties_of,
    row_type,
    template_of,
)
from tests.strict.traffic import Answer, Request

_NEVER = (
    ("DELETE", r"/directory/deletedItems/[^/]+", "purges for good"),
    ("DELETE", r"/identity/conditionalAccess/deletedItems/.+", "purges for good"),
    ("PATCH", r"/roleManagement/directory/roleAssignments/[^/]+", "role assignments have no PATCH"),
    ("PATCH", r".+/appRoleAssign(edTo|ments)/[^/]+", "app role assignments have no PATCH"),
    ("POST", r"/devices", "a created device is not a registration"),
    ("POST", r"/(organization|subscribedSkus)", "cannot be created"),
    ("DELETE", r"/(organization|subscribedSkus)/.+", "cannot be deleted"),
)
_OPTIONS = {"$select", "$top", "$expand", "$filter", "$count", "$orderby", "$search", "$format"}
_OWN_PERMISSION = {"customSecurityAttributes", "employeeLeaveDateTime", "signInActivity"}
_ADVANCED = re.compile(r"\bne\b|\bnot\b|endsWith\(", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_GUID_WORD = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_FILTER_WORDS = {"eq", "ne", "and", "or", "not", "in", "ge", "le", "gt", "lt", "any", "all", "true", "false", "null"}
_FUNCTIONS = {"startswith", "endswith", "isof"}
_EXPAND = re.compile(r"(?P<name>[A-Za-z]+)(?:\(\$select=(?P<select>[A-Za-z,]+)\))?")
_MEMBERS_OF_DIRECTORY = 999


class Reading:
    def asked(self, request: Request) -> Iterator[str]:
        if request.path == "/$batch":
            if request.method != "POST":
                yield "a batch is a POST"
            return
        template = template_of(request.path)
        if template is None or request.method.lower() not in PATHS[template]:
            yield "this path and method are not documented"
            return
        for method, pattern, reason in _NEVER:
            if method == request.method and re.fullmatch(pattern, request.path):
                yield f"must never be called: {reason}"
        if request.method == "GET" and not request.is_link:
            yield from _options(request, template)

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        if answer.status == 501:
            yield "asked for what only a single object has"
        elif answer.status == 400 and _code(answer) in ("Request_UnsupportedQuery", "ExpandNotSupported"):
            yield f"refused as an unsupported query: {_code(answer)}"


def _code(answer: Answer) -> str:
    return str(answer.body.get("error", {}).get("code")) if isinstance(answer.body, dict) else ""


def _options(request: Request, template: str) -> Iterator[str]:
    options = request.options
    if unknown := options.keys() - _OPTIONS:
        yield f"unknown query options {sorted(unknown)}"
    if template.endswith("/delta"):
        yield from _delta(options, template)
    elif "$select" in options:
        yield from _select(options["$select"].split(","), template)
    if "$top" in options:
        yield from _top(options["$top"], template)
    if "$expand" in options:
        yield from _expand(options, template)
    yield from _advanced(request)


def _delta(options: dict[str, str], template: str) -> Iterator[str]:
    for name in ("$expand", "$top", "$orderby", "$search", "$count"):
        if name in options:
            yield f"{name} is not supported by delta"
    facts = facts_by_collection(template)
    links = set(facts["delta_links"]) if facts else set()
    if "$select" in options:
        names = options["$select"].split(",")
        yield from _select([name for name in names if name not in links], collection_of(template))
    if "$filter" in options and not re.fullmatch(r"id eq '[^']+'( or id eq '[^']+'){0,49}", options["$filter"]):
        yield "delta filters by id only, fifty at most"


def _select(names: list[str], template: str) -> Iterator[str]:
    known = properties_of(row_type(template))
    facts = facts_by_collection(template) or {}
    if len(names) != len(set(names)):
        yield "$select names a property twice"
    for name in names:
        if name not in known and name in (facts.get("named") or ()):
            continue  # documented, though the metadata does not know it
        if name not in known:
            yield f"$select: {row_type(template)} has no property {name!r}"
        elif known[name].is_link:
            yield f"$select: {name} is a relationship"
        elif name in _OWN_PERMISSION:
            yield f"$select: {name} needs a permission of its own and fails the whole request"
        elif is_collection(template) and name in (facts.get("single_object_only") or ()):
            yield f"$select: {name} can be had of a single object only"


def _top(text: str, template: str) -> Iterator[str]:
    facts = facts_by_collection(template)
    most = facts["max_top"] if facts else None
    if template.startswith("/directory/deletedItems") or row_type(template) == "microsoft.graph.directoryObject":
        most = _MEMBERS_OF_DIRECTORY
    if most is None:
        yield f"$top is not documented for {template}"
    elif not text.isdigit() or not 0 < int(text) <= most:
        yield f"$top={text} is beyond {most}"


def _expand(options: dict[str, str], template: str) -> Iterator[str]:
    found = _EXPAND.fullmatch(options["$expand"])
    known = properties_of(row_type(template))
    if found is None:
        yield "$expand takes one relationship, one level deep"
        return
    link = known.get(found["name"])
    if link is None or not link.is_link:
        yield f"$expand: {row_type(template)} has no relationship {found['name']!r}"
        return
    for name in (found["select"] or "").split(",") if found["select"] else ():
        if name not in properties_of(link.kind.strip("[]")):
            yield f"$expand: {link.kind} has no property {name!r}"
    if "$count" in options or "$search" in options:
        yield "$expand does not go with advanced queries"


def _advanced(request: Request) -> Iterator[str]:
    options = request.options
    text = options.get("$filter", "")
    template = template_of(request.path) or ""
    bare = _GUID_WORD.sub(" ", _QUOTED.sub(" ", text))
    for path in re.findall(r"[A-Za-z_][\w/.:]*", bare):
        name = path.split("/")[0].split(":")[0]
        known = properties_of(row_type(template))
        if name.lower() not in _FILTER_WORDS | _FUNCTIONS and known and name not in known and len(name) > 1:
            yield f"$filter: {row_type(template)} has no property {name!r}"
    needs = bool(_ADVANCED.search(bare)) or ("$orderby" in options and "$filter" in options)
    needs = needs or "$search" in options or options.get("$count") == "true" or request.path.endswith("/$count")
    if needs and request.headers.get("consistencylevel", "").lower() != "eventual":
        yield "an advanced query needs ConsistencyLevel: eventual"
    if needs and "$count" not in options and "$search" not in options and not request.path.endswith("/$count"):
        yield "an advanced query needs $count=true"
