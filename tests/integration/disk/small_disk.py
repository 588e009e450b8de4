"""A data folder on a small file system of its own: a tmpfs in a mount namespace that only `reentra up` lives in.

The test reaches it through `/proc/<pid>/root`. Where neither a user nor root may mount, `why_not` says so.
"""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.world import Reentra

MIB = 1 << 20
RESERVE = 256 * MIB
"""What Reentra keeps free."""


def why_not() -> str | None:
    try:
        tried = subprocess.run(
            [*_unshare(), "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return "there is no `unshare` to make a small file system with"
    return None if tried.returncode == 0 else f"no small file system can be mounted: {tried.stderr.strip()}"


@dataclass(slots=True)
class OnSmallDisk(Reentra):
    """`reentra up` whose data folder is a file system of `size` bytes. The file system goes with its holder."""

    size: int = RESERVE + 100 * MIB
    holder: "subprocess.Popen[str] | None" = None

    def make_disk(self) -> None:
        self.data.mkdir()
        script = f"mount -t tmpfs -o size={self.size} none {self.data} && echo ready && exec sleep infinity"
        self.holder = subprocess.Popen([*_unshare(), "sh", "-c", script], stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == "ready\n"

    def remove_disk(self) -> None:
        assert self.holder is not None
        self.holder.kill()
        self.holder.wait()

    @property
    def disk(self) -> Path:
        """The data folder as it is seen from outside."""
        assert self.holder is not None
        return Path(f"/proc/{self.holder.pid}/root{self.data}")

    def within(self, *words: str) -> list[str]:
        """A command that sees the disk as `up` does."""
        assert self.holder is not None
        return ["nsenter", f"--target={self.holder.pid}", "--user", "--mount", "--preserve-credentials", *words]

    def start(self, **extra: str) -> None:
        with self.log_file.open("ab") as log:
            line = ["up", "--data", str(self.data), "--port", str(self.port), "--token-file", str(self.token_file)]
            self.process = subprocess.Popen(
                self.within(sys.executable, "-m", "reentra.standalone.main", *line),
                env={**self.environment, **extra}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.wait_until_healthy()

    def local(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`reentra` with --data, on the disk."""
        line = self.within(sys.executable, "-m", "reentra.standalone.main", *words, "--data", str(self.data))
        return subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False)

    def mount_again(self, options: str) -> None:
        subprocess.run(self.within("mount", "-o", f"remount,{options}", str(self.data)), check=True)

    def leave_free(self, wanted: int) -> None:
        """Fills the disk with one file until so many bytes are left."""
        self.make_room()
        filler = self.disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self._free() - wanted)

    def fill(self) -> None:
        """To the last byte, whatever others write meanwhile."""
        self.make_room()
        with contextlib.suppress(OSError), (self.disk / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(MIB))

    def make_room(self) -> None:
        (self.disk / "filler").unlink(missing_ok=True)

    def _free(self) -> int:
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize


def end(reentra: OnSmallDisk) -> None:
    if reentra.process is not None and reentra.process.poll() is None:
        reentra.process.send_signal(signal.SIGTERM)
        reentra.process.wait(timeout=240)
    reentra.remove_disk()


def _unshare() -> list[str]:
    return ["unshare", "--user", "--map-root-user", "--mount"]
