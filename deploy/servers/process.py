"""A server as a child process: started, waited for, stopped by its own process id; its output in a file."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.servers.cache import NotStarted

LOOPBACK = "127.0.0.1"
_START_SECONDS = 240
_STOP_SECONDS = 20
_LOWEST_PORT, _CLIENTS_FROM, _TRIES = 10_240, 32_768, 1000


def free_ports(count: int) -> list[int]:
    """Neighbours, the lowest first; below what systems give to clients, so that no connection takes one meanwhile."""
    for _ in range(_TRIES):
        first = random.SystemRandom().randrange(_LOWEST_PORT, _CLIENTS_FROM - count)
        ports = list(range(first, first + count))
        if all(is_free(port) for port in ports):
            return ports
    raise NotStarted(f"no {count} free ports beside each other between {_LOWEST_PORT} and {_CLIENTS_FROM}")


def is_free(port: int) -> bool:
    """Also where connections of a server that has ended still fade away."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def bound_to_this_process(command: Sequence[str], *, at_once: bool = False) -> list[str]:
    """A command that is told to end when the thread that starts it is gone, even by `kill -9`; where util-linux is.
    `at_once`: nothing is tidied up."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL" if at_once else "TERM", *command] if setpriv else [*command]


class ServerProcess:
    """May be stopped and started again: same command, same ports, same data. `leans_on_others`: on processes that would
    end together with it when this one is gone; it would wait for them, so it ends at once."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        is_ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        *,
        leans_on_others: bool = False,
    ) -> None:
        self._name = name
        self._command = bound_to_this_process(command, at_once=leans_on_others)
        self._folder = folder
        self._is_ready = is_ready
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False

    @property
    def output(self) -> Path:
        return self._folder / f"{self._name}.log"

    @property
    def pid(self) -> int | None:
        """While it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    @property
    def outputs(self) -> list[Path]:
        """Of this start and those before it, oldest first."""
        earlier = sorted(self._folder.glob(f"{self._name}.*.log"), key=lambda path: int(path.suffixes[0][1:]))
        return [*earlier, self.output]

    def launch(self) -> None:
        if self.output.exists():
            self.output.rename(self._folder / f"{self._name}.{len(self.outputs)}.log")
        self._asked = False
        with self.output.open("wb") as output:
            # Out of the terminal's group: Ctrl-C would reach all at once, and servers end before those who need them.
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def ended_with(self) -> int | None:
        """Its exit status, or minus the signal's number, when it ended and nobody here ended it."""
        return self._process.poll() if self._process is not None else None

    def wait_until_ready(self) -> None:
        """Raises NotStarted, with where its words are, when it does not answer in time."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise NotStarted(f"{self._name} did not start; {self.output} says why")
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        """It begins to end in order; `stop` waits for that. Once: asked twice, some end at once."""
        if self._process is not None and not self._asked:
            self._asked = True
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()

    def stop(self) -> None:
        """Lets it end in order, and ends it if that takes too long."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """As a machine that loses power: nothing is tidied up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
