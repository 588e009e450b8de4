"""What a test or the control API can turn. Defaults are Graph's own behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class GraphSettings:
    delta_page_size: int = 100
    delta_links_per_entry: int = 1000
    """A larger group is spread over entries of this many links, each on another page."""
    delta_token_days: float = 7
    delta_expired_answer: Literal["gone", "sync_state_not_found"] = "gone"
    delta_replays: bool = False
    """An incremental round also repeats the last objects of the round before."""
    page_token_seconds: float | None = None
    """Older page tokens answer Directory_ExpiredPageToken. None: they last."""
    empty_first_pages: bool = False
    """Lists and first delta rounds begin with a page that holds nothing but a link to the next, as Graph may do."""
    throttle_scale: float | None = 1.0
    """Multiplies every limit; None switches throttling off."""
    batch_shuffles: bool = True
    role_assignments_need_filter: bool = False
    expands: Literal["cut", "refused", "ignored"] = "cut"
    """`$expand` of a relationship on a collection: 20 entries at most, ExpandNotSupported, or as if not asked for."""
    unoffered_properties: tuple[str, ...] = ()
    """Documented, and yet refused with 400 when selected, as another cloud or an older Graph may do."""
    names_unoffered_properties: bool = True
    """Whether that refusal says which property it does not know."""
