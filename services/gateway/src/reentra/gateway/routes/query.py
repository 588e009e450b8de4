"""What may stand behind an address's question mark: parameters that the route describes, and a cursor only with the
list and the filters that it was given for. A slip of the finger would otherwise pass for a choice."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from reentra.common.errors import Rejected
from reentra.gateway.domain.cursors import is_of

_CURSOR = "cursor"
_NOT_OF_THE_LIST = {_CURSOR, "limit"}
_LONGEST_SHOWN = 40


def parameters_of(route: APIRoute) -> Sequence[str]:
    """As the API's description has them."""
    return [field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query)]


def check_query(request: Request, known: Sequence[str]) -> None:
    """Raises Rejected."""
    for name in request.query_params:
        if name not in known:
            takes = f"takes {_listed(known)}" if known else "takes none"
            raise Rejected(f"There is no query parameter {name[:_LONGEST_SHOWN]!r} here. This address {takes}.")
    cursor = request.query_params.get(_CURSOR)
    if cursor is not None and not is_of(cursor, list_of(request)):
        raise Rejected(
            "The cursor is not one of this list with these filters. Follow `next_link` as it is, "
            "or begin without a cursor."
        )


def list_of(request: Request) -> str:
    """The list that is paged through: its address and filters."""
    filters = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in _NOT_OF_THE_LIST
    )
    return repr((request.scope["path"], filters))


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
