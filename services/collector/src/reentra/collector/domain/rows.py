"""What a page must look like before anything of it is believed. Pure."""

from typing import Any

from reentra.common.errors import Rejected


def checked_rows(rows: object, asked: str) -> list[dict[str, Any]]:
    """The same rows. Raises Rejected unless each is an object with an id: half a list must not pass for a whole one."""
    if type(rows) is list:
        for row in rows:
            if type(row) is not dict or type(row.get("id")) is not str or not row["id"]:
                break
        else:
            return rows
    raise Rejected(f"Microsoft Graph answered {asked} with something that is not a list of objects with ids.")
