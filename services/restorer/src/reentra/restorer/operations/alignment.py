"""Links of an object that came out of the recycle bin: nobody could read them there, so they are compared now.

Reading, comparing and writing only what differs: repeating it after a crash is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reentra.common.clients.graph import BatchAnswer, BatchRequest
from reentra.common.directory.catalog import object_type
from reentra.restorer.domain.answers import refusal, verdict_of
from reentra.restorer.domain.steps import Json, Step
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.ports import GraphReader, GraphWriter


@dataclass(frozen=True, slots=True)
class Aligner:
    reader: GraphReader
    writer: GraphWriter

    async def align(self, step: Step, body: Json) -> tuple[int, list[str]]:
        """How many links were written, and a sentence for each that Graph refused."""
        relationship = object_type(step.object_type).relationship(body["relationship"])
        now = (await LiveReader(self.reader).links(relationship, [step.object_id]))[step.object_id]
        held, wanted = {i.lower() for i in now}, [str(i) for i in body["wanted"]]
        adds = [i for i in wanted if i.lower() not in held]
        kept = {i.lower() for i in wanted}
        removes = [i for i in now if i.lower() not in kept] if body["removes"] else []
        path = step.path
        if body["single"]:
            requests = [BatchRequest("PUT", path + "/$ref", self._reference(i)) for i in adds]
            requests += [BatchRequest("DELETE", path + "/$ref") for _ in removes if not adds]
        else:
            requests = [BatchRequest("POST", path + "/$ref", self._reference(i)) for i in adds]
            requests += [BatchRequest("DELETE", f"{path}/{i}/$ref") for i in removes]
        return await self._write(step, requests)

    async def add_singly(self, step: Step, body: Json) -> tuple[bool, list[str]]:
        """The links of a bulk that Graph refused as a whole, one by one. Whether some must wait for lagging replicas,
        and a sentence for each that was refused."""
        bound = next(name for name in body if name.endswith("@odata.bind"))
        path = f"{step.path}/{bound.removesuffix('@odata.bind')}/$ref"
        lagging, refused = False, []
        for url in body[bound]:
            answer = (await self.writer.batch([BatchRequest("POST", path, {"@odata.id": url})]))[0]
            verdict = verdict_of(step, answer.status, answer.body, no_answer=answer.unknown)
            lagging = lagging or verdict == "lagging"
            if verdict != "done":
                refused.append(refusal(answer.status, answer.body))
        return lagging, refused

    def _reference(self, object_id: str) -> Json:
        return {"@odata.id": f"{self.writer.base_url}/directoryObjects/{object_id}"}

    async def _write(self, step: Step, requests: Sequence[BatchRequest]) -> tuple[int, list[str]]:
        """One after the other: they change one and the same object."""
        refused: list[str] = []
        for request in requests:
            answer: BatchAnswer = (await self.writer.batch([request]))[0]
            if (
                verdict_of(
                    replace(step, kind="remove_link" if request.method == "DELETE" else "add_link"),
                    answer.status,
                    answer.body,
                    no_answer=answer.unknown,
                )
                != "done"
            ):
                refused.append(refusal(answer.status, answer.body))
        return len(requests) - len(refused), refused
