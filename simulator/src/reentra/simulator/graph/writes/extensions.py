"""Directory extensions: `extension_{appId without hyphens}_{name}` needs its application and service principal."""

from __future__ import annotations

from collections.abc import Iterable

from reentra.simulator.directory import Directory
from reentra.simulator.graph.errors import bad_request

from .shapes import is_directory_extension


def check_extensions(directory: Directory, names: Iterable[str]) -> None:
    missing = [name for name in names if is_directory_extension(name) and not _is_available(directory, name)]
    if missing:
        raise bad_request(f"The following extension properties are not available: {', '.join(missing)}.")


def _is_available(directory: Directory, name: str) -> bool:
    digits = name.split("_", 2)[1].casefold()
    app_id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return bool(directory.find("application", "appId", app_id) and directory.find("servicePrincipal", "appId", app_id))
