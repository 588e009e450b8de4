"""Who is told what becomes of jobs, to count it. Nothing depends on being told: it never raises and never waits."""

from typing import Literal, Protocol

from reentra.common.jobs.job import JobKind, JobStatus

Release = JobStatus | Literal["waiting", "handed_back", "lost"]
"""How a worker let go of a job: the job's end, a wait, a stopping process, or somebody else who has it now."""


class JobWatch(Protocol):
    def released(self, kind: JobKind, how: Release, held_seconds: float) -> None: ...

    def ended(self, kind: JobKind, status: JobStatus, seconds: float) -> None:
        """`seconds`: since the job was asked for."""


class NoWatch:
    def released(self, kind: JobKind, how: Release, held_seconds: float) -> None:
        pass

    def ended(self, kind: JobKind, status: JobStatus, seconds: float) -> None:
        pass
