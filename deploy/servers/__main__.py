"""`make servers`: fetches what is missing and says, server by server, what there is. Never fails: tests skip."""

import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from deploy.servers.cache import Unavailable, cache_folder
from deploy.servers.fetch import (
    ASYNCAPI,
    COMPOSE,
    HELM,
    KAFKA,
    MINIO,
    fetch_asyncapi,
    fetch_compose,
    fetch_helm,
    fetch_kafka,
    fetch_minio,
)


def main() -> None:
    print(f"servers in {cache_folder()}")
    _report(KAFKA, fetch_kafka)
    _report(MINIO, fetch_minio)
    _report(ASYNCAPI, fetch_asyncapi)
    _report(HELM, fetch_helm)
    _report(COMPOSE, fetch_compose)
    try:
        print(f"  SecantusDB {version('SecantusDB')}: there (MongoDB's wire protocol, with the development packages)")
    except PackageNotFoundError:
        print("  SecantusDB: not there, run `make install`; tests on MongoDB's wire protocol skip")


def _report(name: str, fetch: Callable[[], Path]) -> None:
    begun = time.monotonic()
    try:
        fetch()
    except (Unavailable, OSError) as reason:
        print(f"  {name}: not there, {reason}; its tests skip")
    else:
        seconds = time.monotonic() - begun
        print(f"  {name}: there" + (f" (fetched in {seconds:.0f} s)" if seconds > 1 else ""))


if __name__ == "__main__":
    main()
