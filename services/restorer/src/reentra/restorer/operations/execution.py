"""One chunk of steps, from intent to outcome.

1. Steps whose needs cannot come back are skipped. What was sent before a crash is looked for first; what another
   restore has made since the plan was composed is taken as found.
2. `sent` is written to the ledger, then the requests go out together.
3. What each answer means (`domain.answers`): done; there already, then which; lagging replicas, then again after a
   pause; unknown, then it is looked for (`probing`) and sent again only when it is not there; refused. A refusal after
   an answer that was lost says nothing of the first time: what is not found then stays unknown. What is found in
   another state than it was to get is changed (`domain.mending`), as the next turn of the same step.
4. Outcomes and new ids are written. A crash between any two of these steps loses nothing and doubles nothing.
"""

import secrets
import string
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reentra.common.clients.graph import BatchAnswer, BatchRequest, failure_of
from reentra.common.directory.catalog import object_type
from reentra.common.errors import NeedsConsent, RetryLater
from reentra.common.snapshot.id_maps import GivenId
from reentra.common.stores.documents import Json
from reentra.common.testing.failpoints import failpoint
from reentra.restorer.domain.answers import refusal, verdict_of
from reentra.restorer.domain.mending import is_itself, mends_of, told_of_mends, turn_of
from reentra.restorer.domain.permissions import Rights
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import CREATING, Step, filled
from reentra.restorer.operations.alignment import Aligned, Aligner, alignment_of, missing_and_extra
from reentra.restorer.operations.id_book import IdBook
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.plans import Chunk, Plans
from reentra.restorer.operations.ports import GraphReader, GraphWriter
from reentra.restorer.operations.probing import Prober, given_by
from reentra.restorer.settings import RestorerSettings

FINAL = ("confirmed", "failed", "skipped", "unknown")
_LOOKED_FOR_LONG = CREATING | {"undelete"}
"""Repeating one that happened makes a twin, or is refused; the others change nothing a second time, and a replica that
does not show them yet is no reason to wait long."""
_DEFAULT_WAIT_SECONDS = 30.0


@dataclass(slots=True)
class Execution:
    """`ids`: old id (lower case) to the id it has now, from `book` and from this plan.
    `lost`: old ids that this restore could not bring back."""

    plan_id: str
    plans: Plans
    reader: GraphReader
    writer: GraphWriter
    settings: RestorerSettings
    sleep: Callable[[float], Awaitable[None]]
    book: IdBook
    rights: Rights | None = None
    """Of the app that writes, as far as its token tells."""
    ids: dict[str, str] = field(init=False)
    lost: set[str] = field(default_factory=set)
    prober: Prober = field(init=False)
    _given: list[GivenId] = field(default_factory=list)
    """Ids that no later restore knows of yet."""

    def __post_init__(self) -> None:
        self.prober = Prober(self.writer, self.reader)
        self.ids = self.book.ids()

    def recall(self, chunk: Chunk) -> None:
        """What an earlier run of the same plan achieved."""
        for step, outcome in zip(chunk.steps, chunk.outcomes, strict=True):
            if outcome["state"] == "confirmed" or outcome.get("given"):
                self._learn(outcome.get("given") or {})
            elif outcome["state"] in FINAL:
                self.lost.update(step.gives)

    async def run(self, chunk: Chunk) -> None:
        round_number, waited = 0, 0.0
        found_sent = [i for i, o in enumerate(chunk.outcomes) if o["state"] == "sent"]
        for i in found_sent:
            chunk.outcomes[i]["lost"] = True
        await self._look_for(chunk, found_sent)
        await self._meet_others(chunk)
        while open_steps := [i for i, o in enumerate(chunk.outcomes) if o["state"] not in FINAL]:
            ready = [i for i in open_steps if not self._is_lost(chunk, i)]
            pause = await self._round(chunk, ready, waited) if ready else 0.0
            await self._keep(chunk)
            failpoint("restorer.after-outcome")
            if pause:
                round_number += 1
                pause = min(self.settings.longest_pause_seconds, self.settings.first_pause_seconds * 2.0**round_number)
                await self.sleep(pause)
                waited += pause
        await self._keep(chunk)

    async def _meet_others(self, chunk: Chunk) -> None:
        """What another restore has made since this plan was composed is not made again."""
        live = LiveReader(self.reader)
        for step, outcome in zip(chunk.steps, chunk.outcomes, strict=True):
            old = next((old for old, path in step.gives.items() if path.rpartition(".")[2] == "id"), None)
            fresh = step.kind in CREATING and outcome["state"] == "planned" and old is not None
            if not fresh or old is None or not self.book.given_by_another(old, self.plan_id):
                continue
            row, made = object_type(step.object_type), self.ids[old.lower()]
            if (there := (await live.objects(row, [made])).get(made.lower())) is not None:
                await self._take_found(step, outcome, there, others=True)
            elif await live.bin(row, [made]):
                why = f"Another restore made it ({made}), and it is in the recycle bin: plan again."
                self._fail(step, outcome, why)

    async def _round(self, chunk: Chunk, ready: list[int], waited: float) -> float:
        """Sends the steps once, each what its turn is; returns whether (as a number) some must wait and go again."""
        for i in ready:
            chunk.outcomes[i].update(state="sent", attempts=chunk.outcomes[i].get("attempts", 0) + 1)
        await self.plans.save(chunk)
        failpoint("restorer.after-intent")
        slowly = [i for i in ready if chunk.steps[i].kind == "align_links" or chunk.outcomes[i].get("singly")]
        writing = [i for i in ready if i not in slowly]
        turns = [self._turn(chunk, i)[0] for i in writing]
        answers = await self.writer.batch([self._request(step) for step in turns])
        failpoint("restorer.after-send")
        throttled = 0.0
        shut_out: NeedsConsent | None = None
        unknown: list[int] = []
        refused: dict[int, str] = {}
        for i, step, answer in zip(writing, turns, answers, strict=True):
            outcome = chunk.outcomes[i]
            verdict = verdict_of(step, answer.status, answer.body, no_answer=answer.unknown)
            if (lost := _lost_consent(answer)) is not None:
                outcome.update(state="planned", attempts=outcome["attempts"] - 1)
                shut_out = lost
            elif _is_bulk(step) and not 200 <= answer.status < 300 and verdict in ("done", "failed"):
                outcome.update(state="planned", singly=True)  # all or nothing: the others were not added either
            elif verdict == "done":
                if not self._confirm(chunk.steps[i], outcome, answer.body):
                    unknown.append(i)
            elif verdict == "unknown":
                unknown.append(i)
            elif verdict == "lagging" and waited < self.settings.lag_patience_seconds:
                outcome.update(state="planned", message=refusal(step, answer.status, answer.body, self.rights))
            elif verdict == "throttled":
                outcome.update(state="planned", attempts=outcome["attempts"] - 1)
                throttled = max(throttled, float(answer.headers.get("retry-after") or _DEFAULT_WAIT_SECONDS))
            else:
                refused[i] = refusal(step, answer.status, answer.body, self.rights)
                outcome.update({"there": True} if verdict == "there_already" else {})
        patient = waited < self.settings.lag_patience_seconds
        await self._align(chunk, slowly, patient=patient)
        await self._resolve(chunk, unknown)
        await self._settle(chunk, refused)
        if shut_out is not None:
            await self._keep(chunk)
            raise shut_out
        if throttled:
            await self._keep(chunk)
            raise RetryLater("Graph throttles the tenant's writes; the restore goes on later.", after_seconds=throttled)
        return float(any(chunk.outcomes[i]["state"] not in FINAL for i in ready))

    async def _resolve(self, chunk: Chunk, unknown: list[int]) -> None:
        """Sent, and nobody knows: look for what was made; what is not found goes again, a bounded number of times."""
        if not unknown:
            return
        for i in unknown:
            chunk.outcomes[i]["lost"] = True
        await self._keep(chunk)  # what the other answers said must not wait for the search
        failpoint("restorer.after-lost")
        await self.sleep(self.settings.first_pause_seconds)  # a service in trouble is not asked again at once
        await self._look_for(chunk, unknown)
        for i in unknown:
            outcome = chunk.outcomes[i]
            if outcome["state"] != "sent":
                continue
            if outcome.get("attempts", 0) >= self.settings.attempts:
                self._give_up(chunk.steps[i], outcome, "Graph gave no answer")
            else:
                outcome.update({"singly": True} if _is_bulk(chunk.steps[i]) else {})

    async def _settle(self, chunk: Chunk, refused: Mapping[int, str]) -> None:
        """A refused step failed, unless it is there: somebody else, or a lost answer's request, made it. A namesake
        that somebody else made is not it."""
        there = [i for i in refused if chunk.outcomes[i].pop("there", False) and is_itself(chunk.steps[i])]
        doubtful = [i for i in refused if chunk.outcomes[i].get("lost") or i in there]
        for i in there:
            if not chunk.outcomes[i].get("lost"):
                chunk.outcomes[i]["found"] = True
        if doubtful:
            await self._keep(chunk)
            await self._look_for(chunk, doubtful)
        for i, message in refused.items():
            step, outcome = chunk.steps[i], chunk.outcomes[i]
            if outcome["state"] != "sent":
                continue
            if outcome.get("lost"):
                self._give_up(step, outcome, f"An answer was lost, and the next one was a refusal ({message})")
            else:
                self._fail(step, outcome, message)

    async def _look_for(self, chunk: Chunk, numbers: Sequence[int]) -> None:
        """Looks for what was written, with patience: replicas lag. What is not found stays `sent`, to be sent again."""
        waited, pause = 0.0, self.settings.first_pause_seconds
        sought = [i for i in numbers if not self._is_lost(chunk, i)]
        while sought:
            for i in list(sought):
                turn, outcome = self._turn(chunk, i)
                found = await self.prober.find(turn, self._name)
                if found is not None and await self._take_found(chunk.steps[i], outcome, found):
                    sought.remove(i)
            sought = [i for i in sought if waited < self._patience(*self._turn(chunk, i))]
            if not sought:
                return
            await self.sleep(pause)
            waited += pause
            pause = min(self.settings.longest_pause_seconds, pause * 2)

    def _turn(self, chunk: Chunk, number: int) -> tuple[Step, Json]:
        outcome = chunk.outcomes[number]
        return turn_of(chunk.steps[number], outcome), outcome

    def _patience(self, step: Step, outcome: Json) -> float:
        """`step`: as its turn is."""
        is_long = step.kind in _LOOKED_FOR_LONG and outcome.get("lost")
        return self.settings.probe_patience_seconds if is_long else self.settings.glance_seconds

    async def _take_found(self, step: Step, outcome: Json, found: Json, *, others: bool = False) -> bool:
        """Done, or the next turn is to change it: what this restore would have made shows what was sent. `others`:
        another restore is known to have made it."""
        mends = [] if "mends" in outcome else await self._mends(step, found, others=others)
        if not mends:
            done = self._confirm(step, outcome, found)
            outcome.update({"found": True} if done and others else {})
            return done
        given = given_by(step, found)
        if given is None:
            return False
        outcome.update(state="planned", found=True, given=given, mends=mends, mended=0, attempts=0)
        outcome.pop("lost", None)
        return True

    async def _mends(self, step: Step, found: Json, *, others: bool) -> list[Json]:
        if step.kind not in CREATING or step.kind == "invite" or not (others or is_itself(step)):
            return []
        filled_in = self._filled(step)
        if step.kind == "add_part":
            return mends_of(filled_in, found)
        row = object_type(step.object_type)
        if not set(step.body) - set(recipe_of(row.name).identity):
            return []  # it consists of what it was recognised by
        object_id = str(found["id"])
        whole = await LiveReader(self.reader).objects(row, [object_id])
        return mends_of(filled_in, whole[object_id.lower()]) if object_id.lower() in whole else []

    async def _align(self, chunk: Chunk, numbers: Sequence[int], *, patient: bool) -> None:
        """Links one by one, where they are missing."""
        aligner = Aligner(self.writer, self.reader, self.rights)
        filled_in = [(one, alignment_of(one, one.body)) for one in map(self._filled, (chunk.steps[i] for i in numbers))]
        present = await aligner.present(filled_in)
        written = [missing_and_extra(body, now) for (_, body), now in zip(filled_in, present, strict=True)]
        for i, (adds, removes) in zip(numbers, written, strict=True):
            _note_links(chunk.outcomes[i], adds, removes)
        if numbers:
            await self.plans.save(chunk)  # nobody could foresee them, and an undo must know them
        for i, (one, body), (adds, removes) in zip(numbers, filled_in, written, strict=True):
            aligned = await aligner.align(one, body, adds, removes)
            self._take(chunk.steps[i], chunk.outcomes[i], aligned, patient=patient)

    def _filled(self, step: Step) -> Step:
        return replace(step, path=filled(step.path, self._name), body=filled(step.body, self._name))

    def _take(self, step: Step, outcome: Json, aligned: Aligned, *, patient: bool) -> None:
        refused = aligned.refused
        if aligned.goes_again and patient:
            outcome.update(state="planned", message=refused[0])
        elif aligned.doubtful:
            self._give_up(step, outcome, "Graph gave no answer for some links")
        elif refused:
            self._fail(step, outcome, f"{len(refused)} links could not be put right: {refused[0]}")
        else:
            outcome.update(state="confirmed", message="")

    def _confirm(self, step: Step, outcome: Json, body: object) -> bool:
        """What was sent is there. False: the answer does not say under which id."""
        given = outcome["given"] if "mends" in outcome else given_by(step, body)
        if given is None:
            return False
        outcome.update(state="confirmed", message="", given=given)
        if "mends" in outcome:
            outcome["mended"] += 1
            is_last = outcome["mended"] == len(outcome["mends"])
            outcome.update(state="confirmed" if is_last else "planned", message=told_of_mends(outcome["mends"]))
        if "id" in step.gives.values() or step.kind == "invite":
            outcome["new_id"] = next(iter(given.values()))
        self._learn(given)
        self._given += self._told(step, outcome)
        return True

    def _learn(self, given: dict[str, str]) -> None:
        self.ids.update({old.lower(): new for old, new in given.items()})
        self.prober.claim(given)

    def _fail(self, step: Step, outcome: Json, message: str) -> None:
        outcome.update(state="failed", message=message)
        self._lose(step, outcome)

    def _give_up(self, step: Step, outcome: Json, why: str) -> None:
        """Nobody knows: neither done nor refused."""
        outcome.update(state="unknown", message=f"{why}; whether it happened could not be found out. Plan again.")
        self._lose(step, outcome)

    def _lose(self, step: Step, outcome: Json) -> None:
        """What was found is there, also when it could not be changed."""
        if "mends" in outcome:
            self._learn(outcome["given"])
        else:
            self.lost.update(step.gives)

    def _is_lost(self, chunk: Chunk, number: int) -> bool:
        step, outcome = chunk.steps[number], chunk.outcomes[number]
        missing = [need for need in step.needs if need in self.lost]
        if missing:
            outcome.update(state="skipped", message=f"It needs {missing[0]}, which could not be restored.")
            self.lost.update(step.gives)
        return bool(missing)

    def _request(self, step: Step) -> BatchRequest:
        return BatchRequest(
            step.method, filled(step.path, self._name), filled(step.body, self._name), dict(step.headers)
        )

    def _name(self, old: str) -> str:
        if old == "graph":
            return self.writer.base_url
        if old == "password":
            return new_password()
        return self.ids[old.lower()]

    async def _keep(self, chunk: Chunk) -> None:
        """The ledger first: ids can be told again from it (`keep_ids`)."""
        await self.plans.save(chunk)
        if self._given:
            failpoint("restorer.after-ledger")
            await self.book.keep(self._given)
            self._given = []

    async def keep_ids(self, chunk: Chunk) -> None:
        """Those of its ledger, for whoever goes on after a crash."""
        rows = zip(chunk.steps, chunk.outcomes, strict=True)
        await self.book.keep([one for step, outcome in rows for one in self._told(step, outcome)])

    def _told(self, step: Step, outcome: Json) -> list[GivenId]:
        given = outcome.get("given") or {}
        return [GivenId(old.lower(), new, step.object_type, self.plan_id) for old, new in given.items()]


def carried_over(outcome: Json) -> Json:
    """What another try must know: nobody can find it out again once it was written over."""
    names = ("adds", "removes", *(("found", "given", "mends", "mended") if "mends" in outcome else ()))
    return {name: outcome[name] for name in names if name in outcome}


def _lost_consent(answer: BatchAnswer) -> NeedsConsent | None:
    """The app is let in no longer: that says nothing about the step, and nothing was done."""
    if answer.lost_consent is not None or answer.unknown or answer.status not in (401, 403):
        return answer.lost_consent
    failure = failure_of(answer.status, answer.headers, answer.body, what="this write")
    return failure if isinstance(failure, NeedsConsent) else None


def _note_links(outcome: Json, adds: Sequence[str], removes: Sequence[str]) -> None:
    """With those of earlier rounds."""
    for name, ids in (("adds", adds), ("removes", removes)):
        outcome[name] = list(dict.fromkeys([*outcome.get(name, ()), *ids]))


def _is_bulk(step: Step) -> bool:
    return step.kind == "add_link" and step.method == "PATCH"


def new_password() -> str:
    """Made for one request, kept nowhere: people set a new one. All four kinds of characters that Entra counts."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(28)) + "aA1!"
