"""Dashboards and alarms ask for metrics and labels that exist."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from reentra.common.clients.telemetry import Metrics

ROOT = Path(__file__).parents[3]
LABELS_OF_SCRAPING = {"instance", "job", "le"}


def dashboard_queries() -> Iterator[str]:
    for path in sorted((ROOT / "deploy" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            yield from (target["expr"] for target in panel["targets"])


def alarm_queries() -> Iterator[str]:
    alarms = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yaml").read_text())
    yield from (rule["expr"] for group in alarms["groups"] for rule in group["rules"])


def documented_labels() -> Mapping[str, set[str]]:
    rows = re.findall(r"^\| `(reentra_\w+)` \| ([^|]*) \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def served() -> set[str]:
    """Names of samples, also of those that have none yet."""
    names: set[str] = set()
    for line in Metrics("x").text("")[0].decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return names


def test_every_metric_that_is_asked_for_is_served() -> None:
    asked = {name for query in all_queries() for name in re.findall(r"\b(?:reentra|process)_\w+", query)}
    assert len(asked) > 15
    assert asked - served() == set()


def test_every_metric_of_reentra_is_shown_or_watched() -> None:
    text = "\n".join(all_queries())
    assert [name for name in documented_labels() if name not in text] == []


def test_labels_are_those_of_the_metrics() -> None:
    documented = documented_labels()
    for query in all_queries():
        bases = {name for name in documented if name in query}
        known = set().union(*(documented[name] for name in bases), LABELS_OF_SCRAPING)
        used = set(re.findall(r"(\w+)=~?\"", query))
        used |= {
            label for group in re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", query) for label in group.split(", ")
        }
        assert used <= known, query


def test_dashboards_read_from_the_source_that_is_provisioned() -> None:
    sources = yaml.safe_load((ROOT / "deploy/observability/grafana/datasources.yaml").read_text())
    [uid] = {source["uid"] for source in sources["datasources"]}
    boards = [json.loads(path.read_text()) for path in (ROOT / "deploy" / "dashboards").glob("*.json")]
    assert {panel["datasource"]["uid"] for board in boards for panel in board["panels"]} == {uid}
    assert len({board["uid"] for board in boards}) == len(boards) == 2


def all_queries() -> list[str]:
    return [*dashboard_queries(), *alarm_queries()]
