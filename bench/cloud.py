"""A simulated cloud of its own process, so that its work is not counted as ours."""

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reentra.common.clients.clouds import Clouds, CustomCloudSettings


@dataclass(frozen=True, slots=True)
class SimulatedCloud:
    graph_url: str
    login_url: str
    tenant_id: str
    domain: str
    client_id: str
    client_secret: str

    def clouds(self) -> Clouds:
        """For a client that brings its own tokens: the sign-in of a custom cloud has to be https, and is not asked."""
        return Clouds(CustomCloudSettings(login_url="https://login.invalid", graph_url=self.graph_url))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.graph_url}/_control{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.loads(answer.read() or b"null")

    def mutate(self, object_type: str, percentage: float) -> None:
        self.control("POST", f"/tenants/{self.tenant_id}/mutate", {"type": object_type, "percentage": percentage})

    def page_deltas_by(self, entries: int) -> None:
        """Graph chooses the size of its delta pages; 100 unless told otherwise."""
        self.control("PATCH", "/settings", {"delta_page_size": entries})

    def counters(self) -> Any:
        return self.control("GET", "/counters")

    def reset(self) -> None:
        self.control("DELETE", "/counters")

    def token(self) -> str:
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "grant_type": "client_credentials",
            "scope": f"{self.graph_url}/.default",
        }
        url = f"{self.login_url}/{self.tenant_id}/oauth2/v2.0/token"
        with urllib.request.urlopen(url, data=urllib.parse.urlencode(form).encode(), timeout=60) as answer:
            return str(json.loads(answer.read())["access_token"])


@contextmanager
def simulated_cloud(users: int) -> Iterator[SimulatedCloud]:
    command = [sys.executable, "-m", "reentra.simulator.main", "--http", "--users", str(users), "--seed", "7"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        app = next(a for a in facts["apps"] if a["name"] == "Demo reader")
        tenant = facts["tenants"][0]
        yield SimulatedCloud(
            facts["graph_url"],
            facts["login_url"],
            tenant["tenant_id"],
            tenant["domain"],
            app["client_id"],
            app["client_secret"],
        )
    finally:
        process.terminate()
        process.wait(timeout=60)
