"""What a check found. An error breaks a promise (something stored is damaged, missing or contradicts); a warning is
odd but harms nothing (bytes that nobody refers to, a job that waits for the next start)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from reentra.common.ids import TenantId

_MOST_OF_A_KIND = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a blob's key or a document's id; `message` is a sentence for people."""

    severity: Literal["error", "warning"]
    code: str
    where: str
    message: str
    tenant_id: TenantId | None = None


@dataclass(slots=True)
class Findings:
    """Collects; of each kind at most twenty are kept one by one, the others are counted."""

    on_finding: Callable[[Finding], None] = lambda _: None
    _kept: list[Finding] = field(default_factory=list)
    _count: dict[tuple[str, TenantId | None], int] = field(default_factory=dict)
    _severity: dict[str, Literal["error", "warning"]] = field(default_factory=dict)

    def error(self, code: str, where: str, message: str, tenant_id: TenantId | None = None) -> None:
        self._add(Finding("error", code, where, message, tenant_id))

    def warning(self, code: str, where: str, message: str, tenant_id: TenantId | None = None) -> None:
        self._add(Finding("warning", code, where, message, tenant_id))

    def _add(self, finding: Finding) -> None:
        kind = (finding.code, finding.tenant_id)
        self._count[kind] = self._count.get(kind, 0) + 1
        self._severity[finding.code] = finding.severity
        if self._count[kind] <= _MOST_OF_A_KIND:
            self._kept.append(finding)
            self.on_finding(finding)

    def all(self) -> tuple[Finding, ...]:
        more = [
            Finding(self._severity[code], code, "", f"... and {count - _MOST_OF_A_KIND} more of this kind.", tenant_id)
            for (code, tenant_id), count in self._count.items()
            if count > _MOST_OF_A_KIND
        ]
        return (*self._kept, *more)


@dataclass(slots=True)
class Counters:
    tenants: int = 0
    snapshots: int = 0
    segments: int = 0
    records: int = 0
    exports: int = 0
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class VerifyReport:
    findings: tuple[Finding, ...]
    counters: Counters
    all_data: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Every promise holds; there may be warnings."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "warning")

    def to_json(self) -> dict[str, Any]:
        findings = [asdict(finding) for finding in self.findings]
        facts = {"ok": self.ok, "all_data": self.all_data, "seconds": round(self.seconds, 3)}
        return {**facts, **asdict(self.counters), "findings": findings}
