"""`reentra people`: who has access, and as what."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from reentra.standalone.client import Api, ClientError, at
from reentra.standalone.output import Output, command, moment

verbs = typer.Typer(name="people", help="Who has access, and as what.", no_args_is_help=True)


class Role(StrEnum):
    admin = "admin"
    operator = "operator"
    auditor = "auditor"
    viewer = "viewer"


Who = Annotated[str, typer.Argument(metavar="PERSON", help="Their user name or their id.")]
RoleArgument = Annotated[
    Role,
    typer.Argument(
        metavar="ROLE",
        help="admin: everything; operator: backs up, downloads, restores; auditor: looks, downloads, reads the audit "
        "log; viewer: looks.",
    ),
]
Tenants = Annotated[
    list[str],
    typer.Option("--tenant", metavar="TENANT", help="Only this tenant, by name, domain or id; may be given again."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@verbs.command("list")
def list_people(context: typer.Context) -> None:
    """Everybody, by name."""
    with command(context) as (api, output):
        found = list(api.pages("/people"))
        output.document({"value": found})
        columns = ("name", "role", "tenants", "state", "last sign-in", "link ends", "id")
        names = _names(api, found)
        output.table(columns, [_row(person, names) for person in found])


@verbs.command("invite")
def invite(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with, such as an e-mail address.")],
    role: RoleArgument,
    tenant: Tenants = [],  # noqa: B006 - typer copies it
) -> None:
    """Give somebody access, to all tenants or to some. The link that is printed sets their password; it works once and
    is shown this once."""
    with command(context) as (api, output):
        body = {"name": name, "role": role.value, "tenants": _ids(api, tenant)}
        _show_link(output, api.post("/people", body))


@verbs.command("role")
def change_role(context: typer.Context, person: Who, role: RoleArgument) -> None:
    """Change what somebody may do, from their next request on."""
    with command(context) as (api, output):
        found = api.put(at("people", _find(api, person)["id"], "role"), {"role": role.value})
        output.say(f"{found['name']} is {found['role']} now.")
        output.document(found)


@verbs.command("tenants")
def change_tenants(
    context: typer.Context,
    person: Who,
    tenant: Tenants = [],  # noqa: B006 - typer copies it
    everywhere: Annotated[bool, typer.Option("--all", help="All tenants, also those connected later.")] = False,
) -> None:
    """Change which tenants somebody sees, from their next request on. Their API tokens see no more."""
    with command(context) as (api, output):
        if everywhere == bool(tenant):
            raise ClientError("Say which tenants: --tenant once or more, or --all.")
        found = api.put(at("people", _find(api, person)["id"], "tenants"), {"tenants": _ids(api, tenant)})
        output.say(f"{found['name']} sees {_tenants(found, _names(api, [found]))} now.")
        output.document(found)


@verbs.command("disable")
def disable(context: typer.Context, person: Who) -> None:
    """Take somebody's access away. Sessions end at once, API tokens are gone for good."""
    with command(context) as (api, output):
        found = api.post(at("people", _find(api, person)["id"], "disable"), {})
        output.say(f"{found['name']} has no access any more. Sessions and API tokens have ended.")
        output.document(found)


@verbs.command("enable")
def enable(context: typer.Context, person: Who) -> None:
    """Give a disabled person access again, with the password of before."""
    with command(context) as (api, output):
        found = api.post(at("people", _find(api, person)["id"], "enable"), {})
        needs_link = found["state"] == "invited"
        more = (
            "`reentra people reset` makes a link to set a password with." if needs_link else "The password is the same."
        )
        output.say(f"{found['name']} has access again. {more}")
        output.document(found)


@verbs.command("reset")
def reset(context: typer.Context, person: Who, yes: Yes = False) -> None:
    """End somebody's password, sessions and API tokens, and make a new link."""
    with command(context) as (api, output):
        found = _find(api, person)
        _ask(f"End the password, sessions and API tokens of {found['name']}?", yes)
        _show_link(output, api.post(at("people", found["id"], "reset"), {}))


@verbs.command("remove")
def remove(context: typer.Context, person: Who, yes: Yes = False) -> None:
    """Remove somebody. What they did stays in the audit log."""
    with command(context) as (api, output):
        found = _find(api, person)
        _ask(f"Remove {found['name']}?", yes)
        api.delete(at("people", found["id"]))
        output.say(f"{found['name']} is removed.")
        output.document({"id": found["id"], "name": found["name"], "state": "removed"})


def _find(api: Api, word: str) -> dict[str, Any]:
    for person in api.pages("/people", {"limit": 1000}):
        if word and (person["name"].casefold() == word.casefold() or person["id"] == word):
            return person
    raise ClientError(f"There is nobody called {word[:100]!r}. `reentra people list` shows everybody.")


def _ids(api: Api, words: list[str]) -> list[str] | None:
    """None, for all, when nothing is said."""
    return [api.tenant(word)["id"] for word in words] or None


def _names(api: Api, people: list[dict[str, Any]]) -> dict[str, str]:
    """Of tenants, by id, when anybody is limited."""
    if all(person["tenants"] is None for person in people):
        return {}
    return {tenant["id"]: tenant["name"] for tenant in api.get("/tenants")["value"]}


def _tenants(person: dict[str, Any], names: dict[str, str]) -> str:
    if person["tenants"] is None:
        return "all tenants"
    return ", ".join(sorted(names.get(id, id) for id in person["tenants"]))


def _ask(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        raise typer.Abort


def _show_link(output: Output, person: dict[str, Any]) -> None:
    output.say(
        f"{person['name']} ({person['role']}) sets a password here, until {moment(person['invitation_ends_at'])}:"
    )
    output.text(person["link"])
    output.say("It is shown this once and works once. Whoever has it sets the password: hand it over by a safe road.")
    output.document(person)


def _row(person: dict[str, Any], names: dict[str, str]) -> tuple[object, ...]:
    last = moment(person["last_sign_in_at"]) if person["last_sign_in_at"] else "never"
    ends = moment(person["invitation_ends_at"]) if person["invitation_ends_at"] else None
    tenants = "all" if person["tenants"] is None else _tenants(person, names)
    return person["name"], person["role"], tenants, person["state"], last, ends, person["id"]
