"""Bodies hold only what may be written, and nothing is created twice because an answer got lost."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.strict.schema import (
    PATHS,
    Property,
    facts_by_type,
    misfit_names,
    properties_of,
    template_of,
)
from tests.strict.traffic import Answer, Request

_WHOLE_URL = r"{base}/(directoryObjects|users|groups|devices|servicePrincipals|applications|policies/\w+|\w+)/[^/?]+"
_READING_POSTS = ("getByIds", "getAvailableExtensionProperties", "checkMemberGroups", "/$batch")
_MOST_BOUND = 20
_POLICIES = "/identity/conditionalAccess/policies"


class Bodies:
    def __init__(self, base_url: str) -> None:
        self._url = re.compile(_WHOLE_URL.format(base=re.escape(base_url)))

    def asked(self, request: Request) -> Iterator[str]:
        template = template_of(request.path)
        if request.method not in ("POST", "PATCH", "PUT") or template is None or request.path == "/$batch":
            if request.method in ("GET", "DELETE") and request.body is not None:
                yield f"{request.method} with a body"
            return
        if template.endswith("/$ref"):
            yield from self._reference(request)
            return
        kind = PATHS[template].get(request.method.lower(), ("any", "any"))[1]
        if kind in ("any", "object") or not isinstance(request.body, dict):
            return
        yield from misfit_names(_said_type(request.body) or kind, request.body, "body")
        yield from self._annotations(request.body, kind)
        yield from _not_writable(request, kind)
        if request.path.startswith(_POLICIES) and request.body.get("state") == "enabled":
            yield "a Conditional Access policy is never written as enabled"

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        return iter(())

    def _reference(self, request: Request) -> Iterator[str]:
        body = request.body
        if (
            not isinstance(body, dict)
            or body.keys() != {"@odata.id"}
            or not self._url.fullmatch(str(body["@odata.id"]))
        ):
            yield "a $ref body is {'@odata.id': a whole URL of this Graph}"

    def _annotations(self, body: Any, kind: str) -> Iterator[str]:
        if isinstance(body, list):
            for each in body:
                yield from self._annotations(each, "any")
        if not isinstance(body, dict):
            return
        for name, value in body.items():
            if name.endswith("@odata.bind"):
                yield from self._bind(name.removesuffix("@odata.bind"), value, properties_of(kind))
            elif name.startswith("@microsoft.graph") or ("@" in name and not name.endswith("@odata.type")):
                yield f"the annotation {name} does not belong into a body"
            yield from self._annotations(value, "any")

    def _bind(self, name: str, value: Any, known: Mapping[str, Property]) -> Iterator[str]:
        urls = value if isinstance(value, list) else [value]
        if name not in known or not known[name].is_link:
            yield f"{name}@odata.bind names no relationship"
        if len(urls) > _MOST_BOUND:
            yield f"{name}@odata.bind names {len(urls)} objects"
        if not all(self._url.fullmatch(str(url)) for url in urls):
            yield f"{name}@odata.bind is not a whole URL of this Graph"


def _said_type(body: Mapping[str, Any]) -> str | None:
    said = body.get("@odata.type")
    return str(said).lstrip("#") if said else None


def _not_writable(request: Request, kind: str) -> Iterator[str]:
    facts = facts_by_type(kind) or {}
    known = properties_of(kind)
    given = set(facts.get("create_required") or ()) | set(facts.get("create_only") or ())
    if request.method == "POST":
        refused = set(facts.get("read_only") or ()) - given
    else:
        refused = set(facts.get("read_only") or ()) | set(facts.get("create_only") or ())
    for name in request.body:
        marked = name in known and known[name].is_read_only and name not in given
        if name in refused or marked:
            yield f"{name} is read-only in {request.method}"
        elif name in known and known[name].is_link:
            yield f"{name} is a relationship and is written with $ref or @odata.bind"


class Repeats:
    """A write whose answer was lost is looked up before it is sent again."""

    def __init__(self) -> None:
        self._unknown: dict[tuple[str, str, str], str] = {}

    def asked(self, request: Request) -> Iterator[str]:
        if request.method == "GET":
            self._unknown = {key: path for key, path in self._unknown.items() if not _looks_up(request.path, path)}
        elif _writes(request) and _key(request) in self._unknown:
            yield "a write was repeated blindly after its outcome was unknown"

    def answered(self, request: Request, answer: Answer) -> Iterator[str]:
        if _writes(request):
            self._unknown.pop(_key(request), None)
            if answer.status == 0 or answer.status in (500, 502, 504):
                self._unknown[_key(request)] = request.path
        return iter(())


def _writes(request: Request) -> bool:
    return request.method != "GET" and not request.path.endswith(_READING_POSTS)


def _key(request: Request) -> tuple[str, str, str]:
    return request.who[0], f"{request.method} {request.path}", json.dumps(request.body, sort_keys=True)


def _looks_up(asked: str, created: str) -> bool:
    """A read of the same collection, of the object, or of its recycle bin."""
    place = created.removesuffix("/$ref").removesuffix("/restore").removesuffix("/assignLicense")
    subject = re.sub(r"^/directory/deletedItems", "", place)
    return asked.startswith((place, subject)) or place.startswith(asked) or subject.rpartition("/")[2] in asked
