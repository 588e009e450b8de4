"""The refusals of Graph's writing side, in the texts that clients in the field have learnt to tell apart."""

from __future__ import annotations

from reentra.simulator.graph.errors import GraphError, bad_request

ON_PREMISES = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects"
    " or objects currently undergoing migration."
)


def value_required(property_name: str, resource: str) -> GraphError:
    return bad_request(f"A value is required for property '{property_name}' of resource '{resource}'.")


def invalid_value(property_name: str, resource: str) -> GraphError:
    message = f"Invalid value specified for property '{property_name}' of resource '{resource}'."
    detail = {"code": "InvalidValue", "target": property_name, "message": message}
    return GraphError(400, "Request_BadRequest", message, details=[detail])


def read_only(property_name: str) -> GraphError:
    return bad_request(f"Property '{property_name}' is read-only and cannot be set.")


def value_taken(property_name: str) -> GraphError:
    message = f"Another object with the same value for property {property_name} already exists."
    detail = {"code": "ObjectConflict", "target": property_name, "message": message}
    return GraphError(400, "Request_BadRequest", message, details=[detail])


def conflicting_object(*, status: int = 409) -> GraphError:
    code = "Request_MultipleObjectsWithSameKeyValue" if status == 409 else "Request_BadRequest"
    message = "A conflicting object with one or more of the specified property values is present in the directory."
    return GraphError(status, code, message, details=[{"code": "ConflictingObjects", "target": "", "message": message}])


def link_exists(relation: str) -> GraphError:
    return bad_request(
        f"One or more added object references already exist for the following modified properties: '{relation}'."
    )


def link_missing(relation: str) -> GraphError:
    return bad_request(
        f"One or more removed object references do not exist for the following modified properties: '{relation}'."
    )


def not_yet_everywhere() -> GraphError:
    """Replica lag: the object was created, but the replica that answers has not heard of it."""
    return bad_request("The source resource object or one of the objects being referenced don't exist.")


def quota_exceeded(message: str) -> GraphError:
    return GraphError(403, "Directory_QuotaExceeded", message)


def link_quota_exceeded(limit: int, relation: str) -> GraphError:
    return quota_exceeded(
        "Unable to save changes to the directory: adding this link"
        f" would exceed the maximum quota count '{limit}' for forward-link '{relation}'."
    )


def policy_mismatch() -> GraphError:
    """Error 1007 names no field: Microsoft's own does not either."""
    return GraphError(
        400,
        "BadRequest",
        "1007: Incoming ConditionalAccessPolicy object is null or does not match the schema of"
        " ConditionalAccessPolicy type. For examples, please see API documentation at"
        " https://docs.microsoft.com/en-us/graph/api/conditionalaccessroot-post-policies.",
    )


def policy_invalid(number: int, what: str) -> GraphError:
    return GraphError(400, "BadRequest", f"{number}: {what}")


def mail_enabled_group(verb: str) -> GraphError:
    return bad_request(f"Cannot {verb} a mail-enabled security groups and or distribution list.")
