"""Links read, compared and put right one by one: after an object left the recycle bin (nobody could read its links
there), and where Graph refused a bulk as a whole. Repeating it after a crash or a lost answer is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reentra.common.clients.graph import BatchRequest
from reentra.common.directory.catalog import Relationship, object_type
from reentra.common.errors import Forbidden
from reentra.restorer.domain.answers import refusal, verdict_of
from reentra.restorer.domain.steps import BIND, Json, Step
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.ports import GraphReader, GraphWriter


@dataclass(frozen=True, slots=True)
class Aligned:
    """`refused`: a sentence for each link that was not written. `goes_again`: some only wait for lagging replicas,
    or their answer was lost (`doubtful`)."""

    refused: tuple[str, ...]
    goes_again: bool
    doubtful: bool


def alignment_of(step: Step, body: Json) -> Json:
    """A bulk of links in the words of an alignment: only what is missing is added."""
    if step.kind == "align_links":
        return body
    bound = next(name for name in body if name.endswith(BIND))
    return {
        "relationship": bound.removesuffix(BIND),
        "wanted": [str(url).rpartition("/")[2] for url in body[bound]],
        "single": False,
        "removes": False,
    }


@dataclass(frozen=True, slots=True)
class Aligner:
    """Reads with the app that writes, whose view is the newest; with the other one where that may not read."""

    writer: GraphWriter
    reader: GraphReader

    async def align(self, step: Step, body: Json) -> Aligned:
        """`step.path` and `body` have their places filled."""
        row = object_type(step.object_type)
        relationship = row.relationship(body["relationship"])
        path = step.path if step.kind == "align_links" else f"{step.path}/{relationship.name}"
        source = path.removesuffix(f"/{relationship.name}").rpartition("/")[2]
        now = await self._held(relationship, source)
        held, wanted = {i.lower() for i in now}, [str(i) for i in body["wanted"]]
        adds = [i for i in wanted if i.lower() not in held]
        kept = {i.lower() for i in wanted}
        removes = [i for i in now if i.lower() not in kept] if body["removes"] else []
        if body["single"]:
            requests = [BatchRequest("PUT", path + "/$ref", self._reference(i)) for i in adds]
            requests += [BatchRequest("DELETE", path + "/$ref") for _ in removes if not adds]
        else:
            requests = [BatchRequest("POST", path + "/$ref", self._reference(i)) for i in adds]
            requests += [BatchRequest("DELETE", f"{path}/{i}/$ref") for i in removes]
        return await self._write(step, requests)

    async def _held(self, relationship: Relationship, source: str) -> tuple[str, ...]:
        try:
            return (await LiveReader(self.writer).links(relationship, [source]))[source]
        except Forbidden:
            return (await LiveReader(self.reader).links(relationship, [source]))[source]

    def _reference(self, object_id: str) -> Json:
        return {"@odata.id": f"{self.writer.base_url}/directoryObjects/{object_id}"}

    async def _write(self, step: Step, requests: Sequence[BatchRequest]) -> Aligned:
        """One after the other: they change one and the same object."""
        refused: list[str] = []
        again = doubtful = False
        for request in requests:
            answer = (await self.writer.batch([request]))[0]
            one = replace(step, kind="remove_link" if request.method == "DELETE" else "add_link")
            verdict = verdict_of(one, answer.status, answer.body, no_answer=answer.unknown)
            if verdict != "done":
                refused.append(refusal(one, answer.status, answer.body))
                again = again or verdict in ("lagging", "unknown", "throttled")
                doubtful = doubtful or verdict == "unknown"
        return Aligned(tuple(refused), again, doubtful)
