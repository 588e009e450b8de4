"""Letters are kept once, sent once, and forgotten in time."""

from dataclasses import replace

from reentra.common.clock import to_text
from reentra.common.events.dead_letter import DeadLetter
from reentra.common.testing.fakes import FakeClock, MemoryDocuments
from reentra.gateway.operations.dead_letters import DeadLetters, LetterFilter

CLOCK = FakeClock()
LETTER = DeadLetter(
    id="letter-1",
    topic="scheduler.backup-requested.v1",
    code="failed",
    reason="KeyError",
    group="reentra.collector",
    time=to_text(CLOCK.now()),
    key=None,
    headers={"ce_id": "event-1", "$odd.name": "x"},
    body=b"\xff\x00",
    size=2,
)


class Sent:
    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []

    async def replay(self, letter: DeadLetter) -> None:
        self.letters.append(letter)


class SomebodyElseToo(Sent):
    """While one replay sends, another has already noted its own."""

    letters_of: DeadLetters

    async def replay(self, letter: DeadLetter) -> None:
        await super().replay(letter)
        if len(self.letters) == 1:
            await self.letters_of.replay(letter.id, "Bob")


async def test_a_letter_that_comes_twice_is_kept_once_and_sent_as_it_was() -> None:
    sent = Sent()
    letters = DeadLetters(MemoryDocuments(), CLOCK, sent)
    for _ in range(2):
        await letters.keep(LETTER)
    [kept] = await letters.list(LetterFilter(), limit=10)
    assert (kept.letter, kept.state) == (LETTER, "parked")
    first, second = await letters.replay("letter-1", "Ada"), await letters.replay("letter-1", "Bob")
    assert sent.letters == [LETTER]
    assert first == second
    assert (first.state, first.replayed_by) == ("replayed", "Ada")
    # Kafka may deliver it once more, long after.
    await letters.keep(LETTER)
    assert await letters.list(LetterFilter(state="parked"), limit=10) == []


async def test_two_who_replay_at_once_do_no_harm_and_the_first_is_noted() -> None:
    sent = SomebodyElseToo()
    letters = sent.letters_of = DeadLetters(MemoryDocuments(), CLOCK, sent)
    await letters.keep(LETTER)
    assert (await letters.replay("letter-1", "Ada")).replayed_by == "Bob"
    assert sent.letters == [LETTER, LETTER]


async def test_a_dismissed_letter_waits_no_longer_and_can_still_be_sent() -> None:
    sent = Sent()
    letters = DeadLetters(MemoryDocuments(), CLOCK, sent)
    await letters.keep(LETTER)
    dismissed = await letters.dismiss("letter-1", "Ada")
    assert (dismissed.state, dismissed.dismissed_by, dismissed.replayed_by) == ("dismissed", "Ada", None)
    assert await letters.list(LetterFilter(state="parked"), limit=10) == []
    assert await letters.dismiss("letter-1", "Bob") == dismissed
    replayed = await letters.replay("letter-1", "Bob")
    assert (replayed.state, replayed.replayed_by, sent.letters) == ("replayed", "Bob", [LETTER])
    assert await letters.dismiss("letter-1", "Ada") == replayed


async def test_letters_are_listed_page_by_page_newest_first_and_by_topic() -> None:
    clock = FakeClock()
    letters = DeadLetters(MemoryDocuments(), clock, Sent())
    for number in range(5):
        clock.move(seconds=number % 2)  # some at the very same time
        await letters.keep(replace(LETTER, id=str(number), time=to_text(clock.now()), topic=f"topic-{number % 2}"))
    seen: list[str] = []
    after = None
    while page := await letters.list(LetterFilter(), after=after, limit=2):
        seen += [kept.letter.id for kept in page]
        after = (page[-1].letter.time, page[-1].letter.id)
    assert sorted(seen) == list("01234")
    assert seen[-1] == "0"
    assert {kept.letter.id for kept in await letters.list(LetterFilter("topic-1"), limit=9)} == {"1", "3"}


async def test_letters_are_forgotten_after_thirty_days() -> None:
    clock = FakeClock()
    letters = DeadLetters(MemoryDocuments(), clock, Sent())
    await letters.keep(replace(LETTER, time=to_text(clock.now())))
    clock.move(days=31)
    await letters.keep(replace(LETTER, id="letter-2", time=to_text(clock.now())))
    assert [kept.letter.id for kept in await letters.list(LetterFilter(), limit=9)] == ["letter-2"]
