"""What is fetched, from where, and how it is checked.

Kafka comes from Maven Central (Maven compares each file with the repository's checksum and stops at a difference);
all jars together must have the digest below. MinIO is built from the Go module of its last version; Go compares the
module with the public checksum database, and the binary must name version and checksum. SecantusDB is a development
dependency in `requirements.lock`. No servers, but fetched alike: Helm, which renders the chart, and the parser of the
compose files, built as MinIO is; the schema that AsyncAPI documents are held to, from npm, which compares the package
with the registry's checksum; the schema must have the digest below.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.servers.cache import Unavailable, install

KAFKA = "kafka-4.1.1"
_KAFKA_POM = Path(__file__).with_name("kafka-pom.xml")
_KAFKA_JARS_SHA256 = "cc103740486a3dac6e1ea7592ee7d3ae8307b7b5ad7f45e8003104a16f2548c2"
"""Of the lines `<sha256>  <name>`, sorted by name."""

MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
MINIO = f"minio-{MINIO_VERSION}"


@dataclass(frozen=True, slots=True)
class _GoProgram:
    """`package` is what is built, of `module` in the version with this checksum."""

    module: str
    version: str
    checksum: str
    package: str


_MINIO = _GoProgram(
    "github.com/minio/minio",
    MINIO_VERSION,
    "h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=",
    "github.com/minio/minio",
)
_HELM = _GoProgram(
    "helm.sh/helm/v3", "v3.22.0", "h1:n1if5iQgHYsujPAcO5oonH/KiSNUmqmUF0iGVjSF3AU=", "helm.sh/helm/v3/cmd/helm"
)
_COMPOSE = _GoProgram(
    "github.com/compose-spec/compose-go/v2",
    "v2.16.2",
    "h1:pTp1DqQwJzFd85GzlWsSszKA1ABrV/ySqsClujIcWA8=",
    "github.com/compose-spec/compose-go/v2/cmd",
)
HELM = f"helm-{_HELM.version}"
COMPOSE = f"compose-go-{_COMPOSE.version}"

_ASYNCAPI_VERSION = "6.11.1"
ASYNCAPI = f"asyncapi-specs-{_ASYNCAPI_VERSION}"
ASYNCAPI_SCHEMA = "asyncapi-3.0.0.json"
_ASYNCAPI_MEMBER = "package/schemas/3.0.0-without-$id.json"
_ASYNCAPI_SHA256 = "abe96881dbfaad495ccbb6bd8d3fb43ca18a13b9d7564849ccb66f39d5e5b20f"
"""Of that schema."""

_FETCH_SECONDS = 600
_BUILD_SECONDS = 1800


def fetch_kafka() -> Path:
    return install(KAFKA, _fill_kafka)


def fetch_minio() -> Path:
    return install(MINIO, partial(_fill_with, _MINIO))


def fetch_helm() -> Path:
    return install(HELM, partial(_fill_with, _HELM))


def fetch_compose() -> Path:
    return install(COMPOSE, partial(_fill_with, _COMPOSE))


def fetch_asyncapi() -> Path:
    return install(ASYNCAPI, _fill_asyncapi)


def _fill_asyncapi(folder: Path) -> None:
    npm = _needed("npm", "npm fetches the schema of AsyncAPI documents")
    _run([npm, "pack", "--silent", f"@asyncapi/specs@{_ASYNCAPI_VERSION}"], folder, seconds=_FETCH_SECONDS)
    [package] = folder.glob("*.tgz")
    with tarfile.open(package) as archive:
        member = archive.extractfile(_ASYNCAPI_MEMBER)
        schema = member.read() if member is not None else b""
    package.unlink()
    found = hashlib.sha256(schema).hexdigest()
    if found != _ASYNCAPI_SHA256:
        raise Unavailable(f"the schema in {ASYNCAPI} is not the one that was tried (digest {found})")
    (folder / ASYNCAPI_SCHEMA).write_bytes(schema)


def _fill_kafka(folder: Path) -> None:
    _needed("java", "Java 17 or later runs Kafka")
    maven = _needed("mvn", "Maven fetches Kafka")
    shutil.copy(_KAFKA_POM, folder / "pom.xml")
    goals = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"]
    _run([maven, "--quiet", "--batch-mode", "--strict-checksums", *goals], folder, seconds=_FETCH_SECONDS)
    lines = [
        f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in sorted((folder / "libs").iterdir())
    ]
    found = hashlib.sha256("".join(lines).encode()).hexdigest()
    if found != _KAFKA_JARS_SHA256:
        raise Unavailable(f"the jars of {KAFKA} are not those that were tried (digest {found})")


def _fill_with(wanted: _GoProgram, folder: Path) -> None:
    go = _needed("go", f"Go builds {wanted.package}")
    environment = os.environ | {"GOBIN": str(folder)}
    built = [go, "install", f"{wanted.package}@{wanted.version}"]
    _run(built, folder, seconds=_BUILD_SECONDS, environment=environment)
    program = folder / wanted.package.rpartition("/")[2]
    built_from = _run([go, "version", "-m", str(program)], folder, seconds=60)
    module = next((line.split()[1:] for line in built_from.splitlines() if line.split()[:1] == ["mod"]), [])
    if module != [wanted.module, wanted.version, wanted.checksum]:
        raise Unavailable(f"the binary {program.name} says it was built from {' '.join(module) or 'nothing known'}")


def _needed(program: str, what_for: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{what_for}, and there is no `{program}` on this machine")
    return path


def _run(command: list[str], folder: Path, *, seconds: float, environment: dict[str, str] | None = None) -> str:
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"`{program}` was not done within {seconds:.0f} seconds") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Unavailable(f"`{program}` failed: {said[0][:300] if said else f'status {done.returncode}'}")
    return done.stdout
