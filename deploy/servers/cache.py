"""The cache folder: a folder per server and version, there as a whole or not at all.

`REENTRA_CACHE` chooses another place than `~/.cache/reentra` (or `$XDG_CACHE_HOME/reentra`).
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


class Unavailable(Exception):
    """A server cannot be had here; the text says why, for people."""


class NotStarted(Exception):
    """A program is there and does not run; the text says where its own words are."""


def cache_folder() -> Path:
    if chosen := os.environ.get("REENTRA_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "reentra"


def installed(name: str) -> Path:
    folder = cache_folder() / name
    if not folder.is_dir():
        raise Unavailable(f"{name} is not in {cache_folder()}: run `make servers`")
    return folder


def install(name: str, fill: Callable[[Path], None]) -> Path:
    """`fill` puts everything into an empty folder and checks it. An interrupted or refused one leaves nothing."""
    folder = cache_folder() / name
    if folder.is_dir():
        return folder
    cache_folder().mkdir(parents=True, exist_ok=True)
    incoming = Path(tempfile.mkdtemp(prefix="incoming-", dir=cache_folder()))
    try:
        fill(incoming)
        try:
            incoming.rename(folder)
        except OSError:
            # Another `make servers` was faster; its folder is as good.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return folder
