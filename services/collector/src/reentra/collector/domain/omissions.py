"""Properties that Graph refuses to give: one of them fails the whole request, so it is read without them. Pure.
Relationships that are asked of single objects stand here too, when they are refused or of too many objects.

And text that is no Unicode and cannot be kept as it is: which objects have some, until they are read without it.

Where Graph says that it knows no such property, there is nothing to capture: a warning. Where it does not say why, or
does not name it, something may be missing: a reason, and the type is partial.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from reentra.collector.domain.merge import Entry
from reentra.collector.domain.permissions import HOW_TO_GIVE
from reentra.common.directory.catalog import ObjectType

Refusal = Literal["unknown", "refused", "many"]
_UNKNOWN = re.compile(r"property named '(\w+)'", re.IGNORECASE)
_NEEDED = frozenset({"id"})
_SHOWN = 5


def refused_properties(object_type: ObjectType, omitted: Mapping[str, Refusal], detail: str) -> Mapping[str, Refusal]:
    """What to leave out after Graph refused the first request with this message; empty when that cannot help."""
    asked = {name for name in object_type.select if name not in omitted} - _NEEDED
    named = {name for name in _UNKNOWN.findall(detail) if name in asked}
    if named:
        return dict.fromkeys(named, "unknown")
    optional = [name for name in object_type.optional if name in asked]
    return dict.fromkeys([n for n in optional if n in re.findall(r"\w+", detail)] or optional, "refused")


def warning_of(omitted: Mapping[str, Refusal]) -> str | None:
    names = sorted(name for name, refusal in omitted.items() if refusal == "unknown")
    many = sorted(name for name, refusal in omitted.items() if refusal == "many")
    notes = [f"without {', '.join(names)}, which Graph does not know here"] if names else []
    notes += [f"without all {name}, which would have to be asked of more objects than is set" for name in many]
    return "; ".join(notes) or None


def reason_of(object_type: ObjectType, omitted: Mapping[str, Refusal]) -> str | None:
    names = sorted(name for name, refusal in omitted.items() if refusal == "refused")
    if not names:
        return None
    said = f"Graph refused to give {', '.join(names)}; everything else was captured."
    permissions = [r.permission for r in object_type.relationships if r.name in names and r.permission]
    return " ".join([said, *(f"It takes the application permission {p}: {HOW_TO_GIVE}." for p in permissions)])


def note_replaced(known: dict[str, list[str]], entries: Iterable[Entry]) -> None:
    """`known`: properties with replaced text by object, as far as has been read; brought up to date."""
    for entry in entries:
        if not entry.replaced and entry.object_id not in known:
            continue
        names = set(known.pop(entry.object_id, ())) - entry.properties.keys() | set(entry.replaced)
        if names and entry.removed is None:
            known[entry.object_id] = sorted(names)


def replaced_reason(replaced: Mapping[str, Sequence[str]]) -> str | None:
    if not replaced:
        return None
    shown = [f"{object_id} ({', '.join(names)})" for object_id, names in list(replaced.items())[:_SHOWN]]
    more = f" and {len(replaced) - _SHOWN} more" if len(replaced) > _SHOWN else ""
    what = "1 object has" if len(replaced) == 1 else f"{len(replaced)} objects have"
    return (
        f"{what} text that is no Unicode, which is kept with U+FFFD in its place: {', '.join(shown)}{more}; everything "
        "else was captured. Enter the text anew in Entra."
    )


def still_omitted(object_type: ObjectType, omitted: Mapping[str, Refusal]) -> Mapping[str, Refusal]:
    """What an incremental backup does not try again: a delta link follows no other properties than before, but a
    relationship that was refused may be allowed by now."""
    links = {relationship.name for relationship in object_type.relationships}
    return {name: refusal for name, refusal in omitted.items() if name not in links or refusal == "many"}
