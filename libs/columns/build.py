"""Builds the native columns into the package that uses them: `make columns`, and by the way `make install`.

Nothing to do when nothing changed (beside the library lies a hash of its sources), and where there is no `cargo`:
then Python does the same work, slower. With `--or-go-on` a build that fails is told and is no failure.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.resolve()
PACKAGE = HERE.parent / "common" / "src" / "reentra" / "common" / "snapshot" / "columns"
NAMES = {"darwin": ("libreentra_columns.dylib", "libcolumns.dylib"), "win32": ("reentra_columns.dll", "libcolumns.dll")}
BUILT, LIBRARY = NAMES.get(sys.platform, ("libreentra_columns.so", "libcolumns.so"))


def main() -> int:
    library, stamp = PACKAGE / LIBRARY, PACKAGE / ".libcolumns-built-from"
    wanted = _hash_of_sources()
    if library.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return 0
    stamp.unlink(missing_ok=True)
    library.unlink(missing_ok=True)
    cargo = shutil.which("cargo")
    if cargo is None or not _is_new_enough(cargo):
        return 0
    print("building the native columns (once)", flush=True)
    command = [cargo, "build", "--release", "--offline", "--locked", "--quiet"]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(HERE / "target")}
    if subprocess.run(command, cwd=HERE, env=environment, check=False).returncode:
        print("The native columns were not built; cargo's words stand above. Python does their work.", file=sys.stderr)
        return 0 if "--or-go-on" in sys.argv[1:] else 1
    _put(HERE / "target" / "release" / BUILT, library)
    stamp.write_text(wanted)
    return 0


def _hash_of_sources() -> str:
    digest = hashlib.sha256()
    for file in [HERE / "Cargo.toml", HERE / "Cargo.lock", *sorted((HERE / "src").rglob("*.rs"))]:
        digest.update(str(file.relative_to(HERE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_new_enough(cargo: str) -> bool:
    wanted = re.search(r'rust-version = "(\d+)\.(\d+)"', (HERE / "Cargo.toml").read_text())
    told = subprocess.run([cargo, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    return wanted is not None and found is not None and _numbers(found) >= _numbers(wanted)


def _numbers(version: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, version.groups()))


def _put(built: Path, library: Path) -> None:
    """In one step: a process that has the old one open keeps it. Its checksum is what the loader asks for."""
    new = library.with_name(f".{library.name}.new")
    shutil.copyfile(built, new)
    library.with_suffix(".sha256").write_text(hashlib.sha256(new.read_bytes()).hexdigest())
    new.replace(library)


if __name__ == "__main__":
    sys.exit(main())
