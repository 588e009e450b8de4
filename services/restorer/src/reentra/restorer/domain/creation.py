"""Making an object anew: the create, how to recognise it if its answer is lost, and what must follow it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.references import replace_ids
from reentra.restorer.domain.bodies import alone_bodies, create_body
from reentra.restorer.domain.recipes import Recipe
from reentra.restorer.domain.shapes import invitation, is_guest, prepared
from reentra.restorer.domain.steps import Json, Probe, Step, place
from reentra.restorer.domain.subjects import Names, Subject

FOLLOW_SUFFIX = 1.5
"""After every object of the type, and before the next type (restore_order leaves room)."""


def creation_steps(subject: Subject, names: Names) -> list[Step]:
    row, recipe = subject.row, subject.recipe
    wanted = replace_ids(row, subject.wanted.properties, names)
    rank = names.rank_of(subject.id) or float(row.restore_order)
    body, later = create_body(row, recipe, wanted)
    body = prepared(row.name, body, subject.wanted.properties)
    steps = [_invite(subject, rank), _after_invite(subject, body, rank)] if _is_invited(subject) else []
    if not steps:
        steps = [_create(subject, recipe, wanted, body, rank)]
    follow = [later] if later else []
    follow += alone_bodies(row, recipe, wanted)
    steps += [_follow(subject, patch, row.restore_order + FOLLOW_SUFFIX) for patch in follow]
    return steps


def credentials_of(subject: Subject) -> Iterator[Json]:
    """What no API can bring back (GRAPH reference, section 11)."""
    where = {"object_type": subject.row.name, "object_id": subject.id, "display_name": subject.name}
    if subject.row.name == "user" and not _is_invited(subject):
        yield {**where, "kind": "password", "name": "", "ends": None}
    for name in subject.recipe.secrets:
        for entry in subject.wanted.properties.get(name) or ():
            kind = "secret" if name == "passwordCredentials" else "certificate"
            yield {**where, "kind": kind, "name": entry.get("displayName") or "", "ends": entry.get("endDateTime")}


def _is_invited(subject: Subject) -> bool:
    return subject.row.name == "user" and is_guest(subject.wanted.properties)


def _create(subject: Subject, recipe: Recipe, wanted: Json, body: Json, rank: float) -> Step:
    row = subject.row
    gives = {subject.id.lower(): "id"}
    if recipe.second_id and (second := subject.wanted.properties.get(recipe.second_id)):
        gives[str(second).lower()] = recipe.second_id
    return Step(
        recipe.create_kind,
        rank,
        row.name,
        subject.id,
        subject.name,
        "POST",
        _path(recipe.create_path or row.collection, wanted),
        _why(row, recipe),
        body,
        before={"exists": False},
        gives=gives,
        probe=Probe(
            _path(recipe.match_path, wanted), {name: body.get(name, wanted.get(name)) for name in recipe.match},
            subject.twins,
            empty=_empty(wanted, recipe),
        ),
    )  # fmt: skip


def _why(row: ObjectType, recipe: Recipe) -> str:
    if row.soft_delete:
        return "it is gone for good, also from the recycle bin, and is made anew"
    if recipe.create_kind == "activate":
        return "it is not activated now"
    return f"it is gone, and there is no recycle bin for {row.labels[0].lower()}{row.labels[1:]}: it is made anew"


def _empty(wanted: Json, recipe: Recipe) -> tuple[str, ...]:
    """Only of what may be there already as itself; nobody else's properties are taken away."""
    return tuple(name for name in recipe.writable if name in wanted and not wanted[name]) if recipe.identity else ()


def _invite(subject: Subject, rank: float) -> Step:
    wanted = subject.wanted.properties
    mail = str(wanted.get("mail"))
    return Step(
        "invite",
        rank,
        subject.row.name,
        subject.id,
        subject.name,
        "POST",
        "/invitations",
        "the guest is gone for good and is invited again, without a message",
        invitation(wanted),
        before={"exists": False},
        gives={subject.id.lower(): "invitedUser.id"},
        probe=Probe(f"/users?$filter=mail eq '{quoted(mail)}'&$select=id,mail", {"mail": mail}, subject.twins),
    )


def _after_invite(subject: Subject, body: Json, rank: float) -> Step:
    kept = {n: v for n, v in body.items() if n not in ("passwordProfile", "userPrincipalName", "mail", "mailNickname")}
    return _follow(subject, kept, rank + FOLLOW_SUFFIX)


def _follow(subject: Subject, body: Json, rank: float) -> Step:
    return Step(
        "update",
        rank,
        subject.row.name,
        subject.id,
        subject.name,
        "PATCH",
        subject.row.item.replace("{id}", place(subject.id.lower())),
        "Graph takes these properties only once the object exists",
        body,
        before=dict.fromkeys(body),
    )


def _path(template: str, wanted: Json) -> str:
    """`{property}` filled in, quoted for OData and for the URL."""
    path = template
    for name, value in wanted.items():
        mark = "{" + name + "}"
        if mark in path:
            path = path.replace(mark, quoted(value))
    return path


def quoted(value: Any) -> str:
    return quote(str("" if value is None else value).replace("'", "''"), safe="@{}")
