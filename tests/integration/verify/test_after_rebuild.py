"""A database lost for good, on the real command line: rebuild, connect again, and everything goes on from the old
snapshots."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.servers.process import free_ports
from tests.e2e.truth import differences_with_archive
from tests.e2e.world import Reentra, simulated_cloud


@pytest.fixture
def reentra(tmp_path: Path) -> Iterator[Reentra]:
    with simulated_cloud(tmp_path, users=30) as cloud:
        reentra = Reentra(tmp_path, cloud, free_ports(1)[0])
        try:
            yield reentra
        finally:
            reentra.stop()


def test_a_tenant_whose_credentials_are_lost_is_connected_again_to_its_old_snapshots(reentra: Reentra) -> None:
    reentra.start()
    reentra.connect()
    reentra.json("backup", "start", "Contoso", "--wait")
    then = reentra.simulator.truth()
    group = next(
        i for i, g in then["objects"]["group"].items()
        if not g.get("onPremisesSyncEnabled") and not g["groupTypes"] and not g["mailEnabled"]
    )  # fmt: skip
    reentra.simulator.in_tenant("DELETE", f"/object/{group}?hard=true")
    plan = reentra.json("restore", "plan", "Contoso", "--snapshot", "1", "--type", "group", "--id", group)
    reentra.json("restore", "apply", plan["id"], "--wait")
    refused = reentra.cli("rebuild", "--data", str(reentra.data), expect=1)
    assert "in use by another Reentra process" in refused.err
    reentra.stop()
    for file in (*reentra.data.glob("reentra.db*"), reentra.token_file):
        file.unlink()

    refused = reentra.cli("up", "--data", str(reentra.data), "--port", str(reentra.port), expect=1)
    assert f"Run `reentra rebuild --data {reentra.data}`" in refused.err

    rebuilt = reentra.cli("rebuild", "--data", str(reentra.data))
    assert "Connect the tenants again" in rebuilt.err
    assert "what restores made anew is known again" in rebuilt.err
    reentra.cli("verify", "--all-data", "--data", str(reentra.data))
    reentra.start()

    tenant = reentra.json("tenants", "show", "Contoso")
    assert tenant["state"] == "needs_consent"
    assert "Connect the tenant again" in tenant["needs_consent_reason"]
    without = reentra.cli("backup", "start", "Contoso", "--wait", expect=1)
    assert "Connect the tenant again" in without.err
    assert "Traceback" not in without.err
    archive = reentra.folder / "old.zip"
    reentra.json("download", "create", "Contoso", "--snapshot", "1", "--wait", "--output", str(archive))
    assert differences_with_archive(then, archive) == []

    person = next(i for i, u in then["objects"]["user"].items() if not u.get("onPremisesSyncEnabled"))
    reentra.simulator.in_tenant("PATCH", f"/object/{person}", {"jobTitle": "Came back"})
    reentra.connect()
    assert reentra.json("restore", "plan", "Contoso", "--snapshot", "1", "--type", "group", "--id", group)["identical"]
    job = reentra.json("backup", "start", "Contoso", "--wait")
    assert job["status"] == "succeeded"
    second = reentra.json("snapshots", "show", "Contoso", str(job["result"]["snapshot"]))
    assert {facts["mode"] for name, facts in second["types"].items() if name == "user"} == {"incremental"}
    assert len(reentra.json("objects", "history", "Contoso", "--type", "user", "--id", person)["value"]) == 2
    plan = reentra.json("restore", "plan", "Contoso", "--snapshot", "1", "--type", "user", "--id", person)
    assert plan["counts"]["steps"] == 1
    reentra.json("restore", "apply", plan["id"], "--wait")
    assert (
        reentra.simulator.truth()["objects"]["user"][person]["jobTitle"] == then["objects"]["user"][person]["jobTitle"]
    )
    reentra.cli("verify", "--all-data", "--data", str(reentra.data))
