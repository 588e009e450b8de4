"""`reentra dead-letters`: messages that could not be handled; looked at, sent again, or dismissed."""

from typing import Annotated, Any

import typer

from reentra.standalone.client import Api, ClientError, at
from reentra.standalone.ending import FAILURE, PARTIAL
from reentra.standalone.output import Output, command, moment

verbs = typer.Typer(
    name="dead-letters", help="Messages between services that could not be handled.", no_args_is_help=True
)

TopicOption = Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Only of this topic.")]


@verbs.command("list")
def list_letters(
    context: typer.Context,
    topic: TopicOption = None,
    all_of_them: Annotated[
        bool, typer.Option("--all", help="Those that were sent again or dismissed as well.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
) -> None:
    """Messages that wait for somebody to look at them, newest first."""
    with command(context) as (api, output):
        state = None if all_of_them else "parked"
        found = api.get("/dead-letters", {"topic": topic, "state": state, "limit": limit})["value"]
        output.document({"value": found})
        columns = ("letter", "when", "topic", "key", "why", "reason", "message", "begins with")
        more = ("sent again", "dismissed") if all_of_them else ()
        output.table((*columns, *more), [_row(row, all_of_them) for row in found])


@verbs.command("replay")
def replay(
    context: typer.Context,
    letter: Annotated[str | None, typer.Argument(metavar="[LETTER]", help="The letter's id.")] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="All that wait of this topic, oldest first.")
    ] = None,
) -> None:
    """Send a message again, as it was. What was sent already is not sent once more."""
    if (letter is None) == (topic is None):
        raise typer.BadParameter("Name one letter, or --topic.")
    with command(context) as (api, output):
        if letter is not None:
            done = api.post(at("dead-letters", letter, "replay"), {})
            output.say(f"The message is on {done['topic']} again, since {moment(done['replayed_at'])}.")
            output.document(done)
            return
        _replay_all(api, output, str(topic))


@verbs.command("dismiss")
def dismiss(
    context: typer.Context, letter: Annotated[str, typer.Argument(metavar="LETTER", help="The letter's id.")]
) -> None:
    """Nobody needs this message: it waits no longer. It can still be replayed."""
    with command(context) as (api, output):
        done = api.post(at("dead-letters", letter, "dismiss"), {})
        if done["state"] == "replayed":
            output.say(f"The message was sent again already, on {moment(done['replayed_at'])}.")
        else:
            output.say(f"The message waits no longer. `reentra dead-letters replay {done['id']}` still sends it again.")
        output.document(done)


def _replay_all(api: Api, output: Output, topic: str) -> None:
    # Listed to the end first: one that fails again comes back as another letter, and must not be sent in a circle.
    waiting = list(api.pages("/dead-letters", {"topic": topic, "state": "parked", "limit": 1000}))
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for row in reversed(waiting):
        try:
            done.append(api.post(at("dead-letters", row["id"], "replay"), {}))
        except ClientError as error:
            output.say(f"{row['id']}: {error}")
            failed.append({"id": row["id"], **error.problem})
    output.say(f"{len(done)} of {len(waiting)} messages were sent again.")
    output.document({"value": done, "failed": failed})
    if failed:
        raise typer.Exit(PARTIAL if done else FAILURE)


def _row(row: dict[str, Any], with_ends: bool) -> tuple[object, ...]:
    begins = row["preview"] if row["whole"] else f"({row['size']} bytes, not kept)"
    shown = (
        row["id"],
        moment(row["parked_at"]),
        row["topic"],
        row["key"],
        row["code"],
        row["reason"],
        row["message_id"],
        begins,
    )
    return (*shown, moment(row["replayed_at"]), moment(row["dismissed_at"])) if with_ends else shown
