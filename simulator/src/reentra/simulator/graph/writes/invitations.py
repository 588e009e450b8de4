"""Guests come by invitation: the guest user is made at once, in the state PendingAcceptance."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity, graph_time
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import GraphError

from . import answers, refusals
from .body import json_object, split_binds
from .shapes import check_body
from .users import address_is_taken, new_user

_READ_ONLY = frozenset({"id", "inviteRedeemUrl", "status"})


def create_invitation(request: GraphRequest) -> Answer:
    """The Graph permission is asked for even of an app that is an administrator (field reports)."""
    if not request.token.roles & {"User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"}:
        raise GraphError(403, "Authorization_RequestDenied", "Guest invitations not allowed for your company.")
    properties, _ = split_binds(json_object(request))
    check_body("invitation", properties)
    for name in _READ_ONLY.intersection(properties):
        raise refusals.read_only(name)
    for name in ("invitedUserEmailAddress", "inviteRedirectUrl"):
        if not properties.get(name):
            raise refusals.value_required(name, "Invitation")
    address = properties["invitedUserEmailAddress"]
    if address.count("@") != 1 or not all(address.split("@")):
        raise refusals.invalid_value("invitedUserEmailAddress", "Invitation")
    if not properties["inviteRedirectUrl"].startswith(("http://", "https://")):
        raise refusals.invalid_value("inviteRedirectUrl", "Invitation")
    guest = _known_guest(request.directory, address) or _new_guest(request.directory, properties)
    return answers.created(request, "invitations", _invitation(request, properties, guest))


def _known_guest(directory: Directory, address: str) -> Entity | None:
    """Inviting a guest again answers with the guest who is there."""
    for user_id in directory.find("user", "mail", address):
        user = directory.get(user_id)
        if user is not None and user.get("userType") == "Guest":
            return user
    return None


def _new_guest(directory: Directory, properties: Mapping[str, Any]) -> Entity:
    address = properties["invitedUserEmailAddress"]
    if address_is_taken(directory, address, None):
        raise refusals.value_taken("proxyAddresses")
    initial = next((item["id"] for item in directory.objects("domain") if item.get("isInitial")), directory.domain)
    local = f"{address.replace('@', '_')}#EXT#"
    principal_name = f"{local}@{initial}"
    if directory.find("user", "userPrincipalName", principal_name):
        raise refusals.value_taken("userPrincipalName")
    user = new_user(
        directory,
        {
            "accountEnabled": True,
            "displayName": properties.get("invitedUserDisplayName") or address.partition("@")[0],
            "mail": address,
            "mailNickname": local,
            "userPrincipalName": principal_name,
        },
    )
    return directory.create(
        "user",
        {
            **user,
            "userType": properties.get("invitedUserType") or "Guest",
            "creationType": "Invitation",
            "externalUserState": "PendingAcceptance",
            "externalUserStateChangeDateTime": graph_time(directory.clock()),
            "otherMails": [address],
        },
    )


def _invitation(request: GraphRequest, properties: Mapping[str, Any], guest: Mapping[str, Any]) -> Entity:
    invitation_id = str(uuid.uuid4())
    return {
        "id": invitation_id,
        "inviteRedeemUrl": f"https://invitations.microsoft.com/redeem/?tenant={request.directory.tenant_id}"
        f"&user={guest['id']}",
        "invitedUserDisplayName": properties.get("invitedUserDisplayName"),
        "invitedUserType": guest["userType"],
        "invitedUserEmailAddress": properties["invitedUserEmailAddress"],
        "sendInvitationMessage": bool(properties.get("sendInvitationMessage")),
        "resetRedemption": bool(properties.get("resetRedemption")),
        "invitedUserMessageInfo": {
            "messageLanguage": None,
            "ccRecipients": [{"emailAddress": {"name": None, "address": None}}],
            "customizedMessageBody": None,
        },
        "inviteRedirectUrl": properties["inviteRedirectUrl"],
        "status": "PendingAcceptance",
        "invitedUser": {"id": guest["id"]},
    }
