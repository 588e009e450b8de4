"""Which application permissions a type lacks, in a sentence that an administrator can act on. Pure."""

from collections.abc import Sequence

from reentra.common.directory.catalog import ObjectType

HOW_TO_GIVE = (
    "in the Entra admin center open the backup app's registration, API permissions, add them under Microsoft Graph, "
    "Application permissions, grant admin consent, and back up again"
)


def advice(row: ObjectType, held: frozenset[str] | None) -> str:
    """`held`: what the app's token names; None: unknown. What may be read and written may be read."""
    takes = row.read_permissions
    if held is None:
        return f"{row.labels} take the application permissions {listed(takes)}: {HOW_TO_GIVE}."
    missing = [name for name in takes if not held & {name, name.replace(".Read.", ".ReadWrite.")}]
    if missing:
        noun = "permission" if len(missing) == 1 else "permissions"
        return f"The backup app lacks the application {noun} {listed(missing)}: {HOW_TO_GIVE}."
    return (
        f"The backup app has all application permissions that {row.labels} take ({listed(takes)}): one that was given "
        "a moment ago counts after some minutes; otherwise Microsoft asks for a licence or an Entra role here."
    )


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
