"""Links read, compared and put right one by one: after an object left the recycle bin (nobody could read its links
there), and where Graph refused a bulk as a whole. Repeating it after a crash or a lost answer is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reentra.common.clients.graph import BatchRequest
from reentra.common.directory.catalog import Relationship, object_type
from reentra.common.errors import Forbidden
from reentra.restorer.domain.answers import refusal, verdict_of
from reentra.restorer.domain.permissions import Rights
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
        "principals": True,
    }


def missing_and_extra(body: Json, now: Sequence[str]) -> tuple[list[str], list[str]]:
    """What an alignment adds and removes. Of a single link what it replaces as well."""
    held, wanted = {i.lower() for i in now}, [str(i) for i in body["wanted"]]
    kept = {i.lower() for i in wanted}
    adds = [i for i in wanted if i.lower() not in held]
    extra = [i for i in now if i.lower() not in kept]
    return adds, extra if body["removes"] or (body["single"] and adds) else []


@dataclass(frozen=True, slots=True)
class Aligner:
    """Reads with the app that writes, whose view is the newest; with the other one where that may not read."""

    writer: GraphWriter
    reader: GraphReader
    rights: Rights | None = None
    """Of the app that writes."""

    async def present(self, alignments: Sequence[tuple[Step, Json]]) -> list[tuple[str, ...]]:
        """The links as they are, many sources in one batch. Paths and bodies have their places filled."""
        asked: dict[tuple[str, str], list[int]] = {}
        for number, (step, body) in enumerate(alignments):
            asked.setdefault((step.object_type, body["relationship"]), []).append(number)
        found: dict[int, tuple[str, ...]] = {}
        for (type_name, name), numbers in asked.items():
            relationship = object_type(type_name).relationship(name)
            sources = {n: _source_of(*alignments[n]) for n in numbers}
            principals = [sources[n] for n in numbers if alignments[n][1].get("principals")]
            links = await self._read(relationship, list(sources.values()), principals)
            found.update({n: links[sources[n]] for n in numbers})
        return [found[number] for number in range(len(alignments))]

    async def align(self, step: Step, body: Json, adds: Sequence[str], removes: Sequence[str]) -> Aligned:
        """`step.path` and `body` have their places filled; the links are those of `missing_and_extra`."""
        path = _path_of(step, body)
        if body["single"]:
            requests = [BatchRequest("PUT", path + "/$ref", self._reference(i)) for i in adds]
            requests += [BatchRequest("DELETE", path + "/$ref") for _ in removes if not adds]
        else:
            requests = [BatchRequest("POST", path + "/$ref", self._reference(i)) for i in adds]
            requests += [BatchRequest("DELETE", f"{path}/{i}/$ref") for i in removes]
        return await self._write(step, requests)

    async def _read(
        self, relationship: Relationship, sources: Sequence[str], principals: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        try:
            return await LiveReader(self.writer).links(relationship, sources, principals=principals)
        except Forbidden:
            return await LiveReader(self.reader).links(relationship, sources, principals=principals)

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
                refused.append(refusal(one, answer.status, answer.body, self.rights))
                again = again or verdict in ("lagging", "unknown", "throttled")
                doubtful = doubtful or verdict == "unknown"
        return Aligned(tuple(refused), again, doubtful)


def _path_of(step: Step, body: Json) -> str:
    return step.path if step.kind == "align_links" else f"{step.path}/{body['relationship']}"


def _source_of(step: Step, body: Json) -> str:
    return _path_of(step, body).removesuffix(f"/{body['relationship']}").rpartition("/")[2]
