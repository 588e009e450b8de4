"""The whole road of `make smoke`, as processes and over https, by the custom cloud settings alone: nothing that the
examiner counts ever happens."""

from pathlib import Path

from tests.e2e.smoke import walk_the_road
from tests.e2e.world import Simulator, installation
from tests.strict.serving import strict_cloud


def test_the_whole_road_breaks_no_rule_of_graph(tmp_path: Path) -> None:
    with strict_cloud(users=30, seed=5, ca_folder=tmp_path / "ca") as strict:
        cloud = Simulator(strict.facts)
        with installation(tmp_path, cloud) as reentra:
            walk_the_road(cloud, reentra, tmp_path, print)
    assert strict.examiner.violations == []
    assert strict.examiner.asked["POST /groups"] == 1, "the purged group was made anew under its eyes"
