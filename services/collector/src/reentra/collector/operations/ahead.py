"""A Graph reader with pages and answers that were read ahead: each is handed out once, then Graph is asked again."""

from collections.abc import Mapping, Sequence

from reentra.collector.operations.ports import GraphReader
from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphStats, Page

_Asked = tuple[str, frozenset[tuple[str, str]]]


class ReadAhead:
    def __init__(self, graph: GraphReader) -> None:
        self._graph = graph
        self._kept: dict[_Asked, Page] = {}
        self._answers: dict[str, BatchAnswer] = {}

    @property
    def stats(self) -> GraphStats:
        return self._graph.stats

    @property
    def throttled_for(self) -> float:
        return self._graph.throttled_for

    def keep(self, path: str, params: Mapping[str, str] | None, page: Page) -> None:
        self._kept[_asked(path, params)] = page

    def keep_answer(self, request: BatchRequest, answer: BatchAnswer) -> None:
        self._answers[request.path] = answer

    async def page(self, path_or_link: str, *, params: Mapping[str, str] | None = None) -> Page:
        kept = self._kept.pop(_asked(path_or_link, params), None)
        return kept if kept is not None else await self._graph.page(path_or_link, params=params)

    async def batch(self, items: Sequence[BatchRequest]) -> Sequence[BatchAnswer]:
        kept = [self._answers.pop(item.path, None) for item in items]
        missing = [item for item, answer in zip(items, kept, strict=True) if answer is None]
        asked = iter(await self._graph.batch(missing) if missing else ())
        return [answer or next(asked) for answer in kept]


def _asked(path: str, params: Mapping[str, str] | None) -> _Asked:
    return path, frozenset((params or {}).items())
