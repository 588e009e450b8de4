"""Group settings: one per template in the tenant or in a group; every value is a string the template knows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, not_found

from . import answers, refusals
from .body import checked_create, checked_patch, json_object, split_binds
from .targets import existing

TENANT, GROUP = "groupSetting", "groupOwnSetting"
_WRITERS = ("GroupSettings.ReadWrite.All", "Directory.ReadWrite.All")
_GROUP_WRITERS = (*_WRITERS, "Group.ReadWrite.All")
_ONLY_FOR_GROUPS = "Group.Unified.Guest"


def create_tenant_setting(request: GraphRequest) -> Answer:
    request.require(*_WRITERS)
    held = request.directory.objects(TENANT)
    return _create(request, TENANT, held, {})


def create_group_setting(request: GraphRequest, group_key: str) -> Answer:
    request.require(*_GROUP_WRITERS)
    group_id = existing(request, "group", group_key)["id"]
    return _create(request, GROUP, _settings_of(request.directory, group_id), {"_groupId": group_id})


def update_tenant_setting(request: GraphRequest, key: str) -> Answer:
    request.require(*_WRITERS)
    return _update(request, existing(request, TENANT, key))


def update_group_setting(request: GraphRequest, group_key: str, key: str) -> Answer:
    request.require(*_GROUP_WRITERS)
    return _update(request, _of_group(request, group_key, key))


def delete_tenant_setting(request: GraphRequest, key: str) -> Answer:
    request.require(*_WRITERS)
    request.directory.hard_delete(existing(request, TENANT, key)["id"])
    return answers.done()


def delete_group_setting(request: GraphRequest, group_key: str, key: str) -> Answer:
    request.require(*_GROUP_WRITERS)
    request.directory.hard_delete(_of_group(request, group_key, key)["id"])
    return answers.done()


def _create(request: GraphRequest, type_name: str, held: Iterable[Entity], own: Mapping[str, Any]) -> Answer:
    properties, _ = split_binds(json_object(request))
    checked_create("groupSetting", properties)
    template_id = properties["templateId"]
    template = _template(request.directory, template_id)
    if (template.get("displayName") == _ONLY_FOR_GROUPS) != (type_name == GROUP):
        raise bad_request(f"The setting template '{template_id}' cannot be used here.")
    if any(item["templateId"] == template_id for item in held):
        raise refusals.conflicting_object(status=400)
    _check_values(template, properties["values"])
    item = {
        "id": str(uuid.uuid4()),
        "displayName": template.get("displayName"),
        "templateId": template_id,
        "values": properties["values"],
    }
    request.directory.create(type_name, item | dict(own))
    return answers.created(request, "groupSettings", item)


def _update(request: GraphRequest, item: Entity) -> Answer:
    properties, _ = split_binds(json_object(request))
    checked_patch("groupSetting", properties)
    _check_values(_template(request.directory, item["templateId"]), properties["values"])
    request.directory.patch(item["id"], properties)
    return answers.done()


def _settings_of(directory: Directory, group_id: str) -> list[Entity]:
    found = (directory.get(setting_id) for setting_id in directory.joined("settings", group_id))
    return [item for item in found if item is not None]


def _of_group(request: GraphRequest, group_key: str, key: str) -> Entity:
    group = existing(request, "group", group_key)
    item = existing(request, GROUP, key)
    if item["_groupId"] != group["id"]:
        raise not_found(key)
    return item


def _template(directory: Directory, template_id: object) -> Entity:
    template = directory.get(template_id) if isinstance(template_id, str) else None
    if template is None or directory.type_of(template["id"]) != "groupSettingTemplate":
        raise bad_request(f"The setting template '{template_id}' does not exist.")
    return template


def _check_values(template: Mapping[str, Any], values: Iterable[Mapping[str, Any]]) -> None:
    kinds = {row["name"]: row.get("type") for row in template.get("values") or ()}
    for row in values:
        name, value = row.get("name"), row.get("value")
        if name not in kinds:
            raise bad_request(f"The setting '{name}' does not exist in template '{template.get('displayName')}'.")
        if kinds[name] == "System.Boolean" and str(value).casefold() not in {"true", "false"}:
            raise refusals.invalid_value(str(name), "GroupSetting")
