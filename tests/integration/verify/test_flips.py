"""One flipped bit anywhere in the stored bytes is found and named: a real small installation with backups, a download
and a restore, once ended by kill -9 in the middle of a backup, so that the database's log holds what was last, and
once in order."""

import shutil
from pathlib import Path

import pytest
from deploy.servers.process import free_ports
from tests.e2e.world import Reentra, simulated_cloud
from tests.integration.verify.flips import flip_bits

from reentra.common.testing.failpoints import EXIT_STATUS

SECONDS = 12


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("flips")
    with simulated_cloud(folder, users=20) as simulator:
        reentra = Reentra(folder, simulator, free_ports(1)[0])
        try:
            reentra.start()
            fill(reentra)
            reentra.stop()
            killed = killed_in_a_backup(reentra)
            reentra.start()
        finally:
            reentra.stop()
    return {"killed": killed, "stopped": reentra.data}


def fill(reentra: Reentra) -> None:
    reentra.connect()
    reentra.json("backup", "start", "Contoso", "--wait")
    delete_a_user(reentra)
    reentra.json("backup", "start", "Contoso", "--wait")
    archive = reentra.folder / "download.zip"
    reentra.json("download", "create", "Contoso", "--type", "group", "--wait", "--output", str(archive))
    delete_a_user(reentra, "?hard=true")  # which a restore makes anew: with another id to be kept
    plan = reentra.json("restore", "plan", "Contoso", "--snapshot", "1", "--type", "user")
    reentra.json("restore", "apply", plan["id"], "--wait", expect=None)
    assert list(reentra.data.glob("objects/tenants/*/ids/*"))


def killed_in_a_backup(reentra: Reentra) -> Path:
    """A copy of the folder with a snapshot that is not sealed."""
    delete_a_user(reentra)
    reentra.start(REENTRA_FAILPOINT="collector.after-rows")
    reentra.json("backup", "start", "Contoso")
    assert reentra.wait_for_exit() == EXIT_STATUS
    return shutil.copytree(reentra.data, reentra.folder / "killed")


def delete_a_user(reentra: Reentra, how: str = "") -> None:
    people = reentra.simulator.truth()["objects"]["user"].values()
    leaver = next(user["id"] for user in people if not user.get("onPremisesSyncEnabled"))
    reentra.simulator.in_tenant("DELETE", f"/object/{leaver}{how}")


@pytest.mark.parametrize("ended", ["killed", "stopped"])
def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(folders: dict[str, Path], ended: str) -> None:
    flips = flip_bits(folders[ended], seconds=SECONDS, seed=7, at_least=60)
    assert not flips.missed + flips.unnamed, str(flips)
    assert sum(flips.found.values()) > 30, str(flips)
