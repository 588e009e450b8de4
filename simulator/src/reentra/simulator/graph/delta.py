"""Delta queries. A token says which round it belongs to and how far that round has come:

1. First round: every live object, page by page; the delta link remembers the change number of its beginning.
2. Later rounds: the objects touched since that number, each in its present state (the last one wins).
3. A token that is too old, older than the history, or of another one (`lineage`), answers 410 (or 400
   syncStateNotFound by setting).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from reentra.simulator.changes import Touched
from reentra.simulator.data.paths import DELTA_LINKS
from reentra.simulator.data.roles import READ_ROLES
from reentra.simulator.data.types import TYPES
from reentra.simulator.directory import Entity

from .collections import find_collection
from .context import Answer, GraphRequest
from .delta_entries import START, Cursor, Tracked, changed_piece, touched_objects, whole_piece
from .errors import GraphError, bad_request, unknown_segment
from .filter import parse_filter
from .options import read_select
from .tokens import age_seconds, altered, read_token, write_token

_UNSUPPORTED = ("$expand", "$top", "$orderby", "$search", "$count", "$skip")
_MAX_IDS = 50
_REPLAYED = 5
SECONDS_PER_DAY = 86_400

Round = dict[str, Any]
_BEGINNING: Round = {"position": 0, "object": None, "cursor": START}


def answer_delta(request: GraphRequest) -> Answer:
    collection = find_collection(request.segments)
    if collection is None or not collection.has_delta or len(request.segments) != len(collection.path) + 1:
        raise unknown_segment("delta")
    request.require(*READ_ROLES[collection.type_name])
    token = request.query.get("$deltatoken") or request.query.get("$skiptoken")
    if token is None or token == "latest":
        round_ = _begin(request, collection.type_name, from_now=token == "latest")
    else:
        round_ = _go_on(request, token, collection.type_name)
    return _page(request, round_)


def _begin(request: GraphRequest, type_name: str, *, from_now: bool) -> Round:
    for name in _UNSUPPORTED:
        if name in request.query:
            raise bad_request(f"The query parameter '{name}' is not supported for delta queries.")
    select = read_select(request, [TYPES[type_name]], on_collection=True, links=DELTA_LINKS.get(type_name, ()))
    now = request.directory.history.latest
    return {
        "type": type_name,
        "tenant": request.token.tenant_id,
        "select": None if select is None else list(select),
        "ids": _filtered_ids(request.query.get("$filter")),
        "generation": request.cloud.delta_generation(request.token.tenant_id),
        "since": now if from_now else None,
        "until": now,
        **_BEGINNING,
    }


def _filtered_ids(text: str | None) -> list[str] | None:
    if text is None:
        return None
    equals = parse_filter(text).equals
    if not equals or any(name != "id" for name, _ in equals):
        raise bad_request("Delta queries support only filters of the form id eq 'a' or id eq 'b'.")
    if len(equals) > _MAX_IDS:
        raise bad_request(f"Delta queries support at most {_MAX_IDS} ids in a filter.")
    return [value for _, value in equals]


def _go_on(request: GraphRequest, token: str, type_name: str) -> Round:
    round_: Round = read_token(request, token)
    if round_.get("type") != type_name or round_.get("tenant") != request.token.tenant_id:
        raise altered(request)
    history, settings = request.directory.history, request.cloud.settings
    is_old = age_seconds(request, round_) > settings.delta_token_days * SECONDS_PER_DAY
    since = round_["until"] if round_["since"] is None else round_["since"]
    is_outdated = round_["generation"] != request.cloud.delta_generation(request.token.tenant_id)
    is_of_another = round_.get("lineage") != _lineage(request, round_)
    if is_old or is_outdated or is_of_another or since < history.oldest_kept:
        raise _expired(request)
    if round_["until"] is None:
        round_ = {**round_, "until": history.latest}
    return round_


def _expired(request: GraphRequest) -> GraphError:
    if request.cloud.settings.delta_expired_answer == "gone":
        location = f"{request.base_url}{request.path}?$deltatoken="
        message = "The delta token is expired; start again with a full synchronization."
        return GraphError(410, "resyncRequired", message, headers={"Location": location})
    return GraphError(400, "syncStateNotFound", "The sync state generation is not found; sync from the beginning.")


def _page(request: GraphRequest, round_: Round) -> Answer:
    entries: list[Entity] = []
    walk = _first_round if round_["since"] is None else _later_round
    if request.cloud.settings.empty_first_pages and "at" not in round_:
        following: Round | None = round_
    else:
        following = walk(request, round_, entries)
    select = _tracked(round_).shown
    context = "/".join(request.segments[:-1])
    body: dict[str, Any] = {
        "@odata.context": f"{request.base_url}/$metadata#{context}" + (f"({','.join(select)})" if select else "")
    }
    if following is not None:
        body["@odata.nextLink"] = _link(request, "$skiptoken", following)
    else:
        after = {**round_, **_BEGINNING, "since": round_["until"], "until": None}
        body["@odata.deltaLink"] = _link(request, "$deltatoken", after)
    body["value"] = entries
    applied = {"Preference-Applied": "return=minimal"} if request.prefers("return=minimal") else {}
    return Answer(200, body, applied)


def _link(request: GraphRequest, name: str, round_: Round) -> str:
    content = {key: value for key, value in round_.items() if key != "at"} | {"lineage": _lineage(request, round_)}
    return f"{request.base_url}{request.path}?{name}={quote(write_token(request.cloud, content), safe='')}"


def _lineage(request: GraphRequest, round_: Round) -> str:
    lineages = request.cloud.lineages
    return lineages.of(request.directory, max(round_["since"] or 0, round_["until"] or 0)) if lineages else ""


def _first_round(request: GraphRequest, round_: Round, entries: list[Entity]) -> Round | None:
    tracked = _tracked(round_)
    wanted = None if round_["ids"] is None else set(round_["ids"]).__contains__
    roll = request.directory.ids(tracked.type_name)
    position: int | None = round_["position"]
    while position is not None:
        if len(entries) >= request.cloud.settings.delta_page_size:
            return {**round_, **_BEGINNING, "position": position}
        # One id at a time: a large group may end the page in its middle.
        ids, following = roll.page(position, 1, wanted)
        piece = whole_piece(request, tracked, ids[0], _cursor(round_, ids[0])) if ids else None
        if piece is not None:
            entries.append(piece.entry)
            if piece.rest is not None:
                return {**round_, "position": position, "object": ids[0], "cursor": piece.rest}
        position = following
    return None


def _later_round(request: GraphRequest, round_: Round, entries: list[Entity]) -> Round | None:
    tracked, minimal = _tracked(round_), request.prefers("return=minimal")
    touched = _touched(request, round_, tracked)
    for position in range(round_["position"], len(touched)):
        if len(entries) >= request.cloud.settings.delta_page_size:
            return {**round_, **_BEGINNING, "position": position}
        row = touched[position]
        piece = changed_piece(request, tracked, row, _cursor(round_, row.object_id), minimal=minimal)
        if piece is not None:
            entries.append(piece.entry)
            if piece.rest is not None:
                return {**round_, "position": position, "object": row.object_id, "cursor": piece.rest}
    return None


def _cursor(round_: Round, object_id: str) -> Cursor:
    """Where to go on inside an object; another object begins at its start (the first one may be gone by now)."""
    if round_["object"] != object_id:
        return START
    number, position = round_["cursor"]
    return number, position


def _touched(request: GraphRequest, round_: Round, tracked: Tracked) -> list[Touched]:
    """The same list for every page of a round; kept so that a large round is not compiled for each page."""
    cloud, history = request.cloud, request.directory.history
    key = (request.token.tenant_id, tracked, round_["since"], round_["until"], tuple(round_["ids"] or ()))
    found = cloud.delta_rounds.get(key)
    if found is None:
        changes = history.since(tracked.type_name, round_["since"], round_["until"])
        if cloud.settings.delta_replays:
            earlier = history.since(tracked.type_name, history.oldest_kept, round_["since"])
            changes = earlier[-_REPLAYED:] + changes
        found = touched_objects(changes, tracked)
        if round_["ids"] is not None:
            found = [row for row in found if row.object_id in round_["ids"]]
        cloud.delta_rounds.put(key, found)
    return found


def _tracked(round_: Round) -> Tracked:
    return Tracked(round_["type"], None if round_["select"] is None else tuple(round_["select"]))
