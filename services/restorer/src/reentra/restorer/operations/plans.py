"""Plans and ledgers in the document store. The restorer is their one writer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reentra.common.errors import Conflict, NotFound, Unreadable
from reentra.common.stores.documents import Document, Documents, Json, Query
from reentra.common.stores.restores import (
    PLAN_VERSION,
    READABLE_PLANS,
    RESTORE_PLANS,
    RESTORE_STEPS,
    RestorePlan,
    digest_of_steps,
    plan_of,
)
from reentra.restorer.domain.choice import concerned
from reentra.restorer.domain.permissions import ABOUT_THE_APP
from reentra.restorer.domain.steps import Draft, Step, chunks_of, step_from_json

_PAGE = 200


@dataclass(slots=True)
class Chunk:
    """A few steps that go out together, with what became of each. Written back as a whole, conditionally."""

    document: Document
    steps: tuple[Step, ...]
    outcomes: list[Json] = field(default_factory=list)


class Plans:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def store(
        self, plan_id: str, header: Json, draft: Draft, steps_at_once: int, remarks_kept: int
    ) -> RestorePlan:
        """Steps first, the plan's document last: a plan that can be read is whole. Doing it again replaces what an
        interrupted attempt left."""
        await self._drop_steps(plan_id)
        for number, chunk in enumerate(chunks_of(draft.steps, steps_at_once)):
            body: Json = {
                "plan_id": plan_id,
                "last": chunk[-1].number,
                "steps": [step.to_json() for step in chunk],
                "outcomes": [{"state": "planned"} for _ in chunk],
            }
            await self._documents.insert(RESTORE_STEPS, f"{plan_id}:{number:08d}", body)
        body = {
            **header,
            "version": PLAN_VERSION,
            "sha256": digest_of_steps([step.to_json() for step in draft.steps]),
            "counts": _counts(draft),
            "blockers": [remark.to_json() for remark in draft.blockers[:remarks_kept]],
            "skipped": [remark.to_json() for remark in draft.skipped[:remarks_kept]],
            "warnings": [remark.to_json() for remark in draft.warnings[:remarks_kept]],
            "credentials": list(draft.credentials[:remarks_kept]),
            "estimate": estimate(draft.steps),
        }
        try:
            return plan_of(await self._documents.insert(RESTORE_PLANS, plan_id, body))
        except Conflict:
            stored = await self._documents.get(RESTORE_PLANS, plan_id)
            assert stored is not None
            return plan_of(await self._documents.replace(RESTORE_PLANS, plan_id, body, revision=stored.revision))

    async def plan(self, plan_id: str) -> RestorePlan:
        document = await self._documents.get(RESTORE_PLANS, plan_id)
        if document is None:
            raise NotFound(f"There is no restore plan {plan_id!r}; make a plan first.")
        if document.body["version"] not in READABLE_PLANS:
            raise Unreadable(f"Restore plan {plan_id} is of an unknown version; make a new plan.")
        return plan_of(document)

    async def chunks(self, plan: RestorePlan) -> list[Chunk]:
        """In order. Raises Unreadable when the steps are not those that were shown."""
        chunks = [_chunk(document) for document in await self._step_documents(plan.id)]
        if digest_of_steps([step.to_json() for chunk in chunks for step in chunk.steps]) != plan.sha256:
            raise Unreadable(f"The steps of restore plan {plan.id} are not those that were planned; make a new plan.")
        return chunks

    async def save(self, chunk: Chunk) -> None:
        """Raises Stale when another worker wrote it."""
        body = {**chunk.document.body, "outcomes": chunk.outcomes}
        stored = await self._documents.replace(RESTORE_STEPS, chunk.document.id, body, revision=chunk.document.revision)
        chunk.document = stored

    async def _drop_steps(self, plan_id: str) -> None:
        for document in await self._step_documents(plan_id):
            await self._documents.delete(RESTORE_STEPS, document.id)

    async def _step_documents(self, plan_id: str) -> list[Document]:
        documents: list[Document] = []
        after: tuple[int, str] | None = None
        while True:
            query = Query(where={"plan_id": plan_id}, order_by="last", after=after, limit=_PAGE)
            found = await self._documents.find(RESTORE_STEPS, query)
            documents.extend(found)
            if len(found) < _PAGE:
                return documents
            after = (found[-1].body["last"], found[-1].id)


def _chunk(document: Document) -> Chunk:
    steps = tuple(step_from_json(step) for step in document.body["steps"])
    return Chunk(document, steps, [dict(outcome) for outcome in document.body["outcomes"]])


def _counts(draft: Draft) -> Json:
    kinds: dict[str, int] = {}
    types: dict[str, int] = {}
    properties: dict[str, int] = {}
    relationships: dict[str, int] = {}
    undeleted = {step.object_id for step in draft.steps if step.kind == "undelete"}
    for step in draft.steps:
        kinds[step.kind] = kinds.get(step.kind, 0) + 1
        types[step.object_type] = types.get(step.object_type, 0) + 1
        for counted, names in zip((properties, relationships), concerned(step, undeleted), strict=True):
            for name in names:
                counted[name] = counted.get(name, 0) + 1
    return {
        "steps": len(draft.steps),
        "objects": len({(step.object_type, step.object_id) for step in draft.steps}),
        "kinds": kinds,
        "types": types,
        "properties": properties,
        "relationships": relationships,
        "identical": draft.identical,
        "skipped": len(draft.skipped),
        "blocked": len(draft.blockers),
        "unpermitted": sum(remark.code in ABOUT_THE_APP for remark in draft.blockers),
    }


def estimate(steps: Sequence[Step]) -> Json:
    """Writes and reads back, twenty at a time; Conditional Access one a second."""
    slow = sum(step.path.startswith("/identity/conditionalAccess") for step in steps)
    fast = len(steps) - slow
    requests = slow * 2 + -(-fast // 20) * 2
    return {"requests": requests, "seconds": round(slow * 2.0 + -(-fast // 20) * 1.5, 1)}
