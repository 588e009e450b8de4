"""Who has access, and as what. What somebody may not do any more is refused with their very next request."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from reentra.common.errors import Rejected
from reentra.common.people import Invitation, Person, PersonState, Reach, Role, reach_to
from reentra.gateway.domain.cursors import texts, to_cursor
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import GuardedRoute, note, subject_of
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given

PersonId = Annotated[str, Path(max_length=100)]


TenantIds = Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=1000)]
_TENANTS = (
    "Ids of the only tenants that they shall see and work on; null: all, also those connected later. Whoever is "
    "limited has no access to people, dead letters and connecting tenants, whatever the role."
)


class PersonView(BaseModel):
    """`invitation_ends_at`: when the set-up link ends, or ended unused; null when there is none."""

    id: str
    name: str = Field(examples=["ada@contoso.example"])
    role: Role
    tenants: list[str] | None = Field(description="The only tenants that they see; null: all, also later ones.")
    state: PersonState = Field(
        description="invited: the set-up link was not used yet, the first time or after a reset."
    )
    created_at: str
    last_sign_in_at: str | None
    invitation_ends_at: str | None


class InvitedPerson(PersonView):
    """`link` is shown this once and works once. Whoever has it sets the password: hand it over by a safe road."""

    link: str


class NewPerson(Body):
    name: str = Field(min_length=1, max_length=100, examples=["ada@contoso.example"])
    role: Role
    tenants: TenantIds | None = Field(None, description=_TENANTS)


class RoleChange(Body):
    role: Role


class TenantsChange(Body):
    """No default: what is left out shall not open everything."""

    tenants: TenantIds | None = Field(description=_TENANTS)


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/people", tags=["people"])


@router.get("", summary="Who has access, by name")
async def list_people(parts: Given, request: Request, cursor: Cursor = None, limit: Limit = 100) -> Listed[PersonView]:
    where = texts(cursor, 2)
    found = await parts.identity.membership.list(after=(where[0], where[1]) if where else None, limit=limit)
    last = found[-1] if len(found) == limit else None
    link = next_link(request, to_cursor(last.name.casefold(), last.id)) if last else None
    return Listed(value=[PersonView(**_fields(person)) for person in found], next_link=link)


@router.post("", summary="Invite somebody", status_code=201)
async def invite_person(parts: Given, request: Request, body: NewPerson) -> InvitedPerson:
    reach = reach_to(body.tenants)
    note(request, person=body.name, role=body.role, tenants=_words(reach))
    return _invited(await parts.identity.membership.invite(body.name, body.role, reach))


@router.put("/{person_id}/role", summary="Change a person's role")
async def change_role(parts: Given, request: Request, person_id: PersonId, body: RoleChange) -> PersonView:
    note(request, role=body.role)
    changed = await parts.identity.membership.change_role(person_id, body.role)
    return _noted(request, changed, role=body.role)


@router.put("/{person_id}/tenants", summary="Change which tenants a person sees, from their next request on")
async def change_tenants(parts: Given, request: Request, person_id: PersonId, body: TenantsChange) -> PersonView:
    """Their API tokens see no more than they do. Open event streams end, to be opened again."""
    reach = reach_to(body.tenants)
    note(request, tenants=_words(reach))
    changed = await parts.identity.membership.change_tenants(person_id, reach)
    return _noted(request, changed, tenants=_words(reach))


@router.post("/{person_id}/disable", summary="Take a person's access away: sessions and API tokens end at once")
async def disable_person(parts: Given, request: Request, person_id: PersonId) -> PersonView:
    return _noted(request, await parts.identity.membership.disable(person_id))


@router.post("/{person_id}/enable", summary="Give a disabled person access again")
async def enable_person(parts: Given, request: Request, person_id: PersonId) -> PersonView:
    return _noted(request, await parts.identity.membership.enable(person_id))


@router.post("/{person_id}/reset", summary="A new set-up link; the password, sessions and API tokens end at once")
async def reset_person(parts: Given, request: Request, person_id: PersonId) -> InvitedPerson:
    if person_id == subject_of(request).id:
        raise Rejected("You cannot reset your own access. Change your password instead.")
    made = await parts.identity.membership.reset(person_id)
    note(request, person=made.person.name)
    return _invited(made)


@router.delete("/{person_id}", summary="Remove a person; what they did stays in the audit log", status_code=204)
async def remove_person(parts: Given, request: Request, person_id: PersonId) -> None:
    _noted(request, await parts.identity.membership.remove(person_id))


def _noted(request: Request, person: Person, **details: str) -> PersonView:
    note(request, person=person.name, **details)
    return PersonView(**_fields(person))


def _invited(made: Invitation) -> InvitedPerson:
    return InvitedPerson(**_fields(made.person), link=made.link)


def _fields(person: Person) -> dict[str, Any]:
    names = PersonView.model_fields.keys() - {"tenants"}
    return {"tenants": person.reach.listed} | {name: getattr(person, name) for name in names}


def _words(reach: Reach) -> str:
    """For the audit log."""
    return "all" if reach.tenants is None else ", ".join(sorted(reach.tenants))
