"""Names a path without its ids, for counting, costs and limits: /groups/{id}/members/{id}/$ref."""

from __future__ import annotations

from reentra.simulator.data.words import PATH_WORDS


def template_of(segments: tuple[str, ...]) -> str:
    return "/" + "/".join(_shown(segment) for segment in segments)


def _shown(segment: str) -> str:
    if segment in PATH_WORDS or segment.startswith(("$", "microsoft.graph.")):
        return segment
    return "{id}"
