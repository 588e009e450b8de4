"""A tenant's keys: made once per version, wrapped by the installation key, kept beside the data they open.

`tenants/<tenant>/keys/<version>.json` is create-only canonical JSON. Each version holds a content key (encrypts) and
an id key (names segments by their content without telling what the content is). New data uses the newest version.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reentra.common.errors import Conflict, NotFound, Unreadable
from reentra.common.ids import TenantId
from reentra.common.snapshot.installation import (
    Installation,
    Verifier,
    create_installation,
    open_installation,
    open_or_create_installation,
)
from reentra.common.snapshot.sealing import KEY_BYTES, Sealer, derive, joined
from reentra.common.stores.blobs import Blobs

__all__ = [
    "Installation",
    "TenantKeys",
    "Verifier",
    "create_installation",
    "create_tenant_keys",
    "key_blob",
    "key_prefix",
    "open_installation",
    "open_or_create_installation",
    "open_tenant_keys",
    "unwrap",
]

FORMAT = "reentra-tenant-keys-1"


@dataclass(frozen=True, slots=True)
class KeyVersion:
    content: bytes = field(repr=False)
    id: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TenantKeys:
    """Open keys of one tenant, all versions. Never logged: `repr` shows the versions only."""

    tenant_id: TenantId
    versions: Mapping[int, KeyVersion]

    @property
    def newest(self) -> int:
        return max(self.versions)

    def segment_key(self, version: int, salt: bytes) -> bytes:
        """A key for one segment; the salt is random and is never used twice."""
        return derive(self._version(version).content, "reentra segment v1", salt)

    def id_key(self, version: int) -> bytes:
        return self._version(version).id

    def seal(self, data: bytes, context: str) -> str:
        """`<version>.<sealed>`; for small secrets such as delta links. The context must be unique in its meaning."""
        return f"{self.newest}.{self._sealer(self.newest).seal(data, context)}"

    def unseal(self, sealed: str, context: str) -> bytes:
        version, _, rest = sealed.partition(".")
        if not version.isdecimal() or str(int(version)) != version:
            raise Unreadable(f"The stored secret {context!r} of tenant {self.tenant_id} is damaged.", context=context)
        return self._sealer(int(version)).unseal(rest, context)

    def _sealer(self, version: int) -> Sealer:
        return Sealer(derive(self._version(version).content, "reentra seal v1"))

    def _version(self, version: int) -> KeyVersion:
        found = self.versions.get(version)
        if found is None:
            raise Unreadable(
                f"Key version {version} of tenant {self.tenant_id} is missing. "
                f"Put {key_blob(self.tenant_id, version)} back from your copy of the object folder.",
                tenant_id=self.tenant_id,
            )
        return found


def key_prefix(tenant_id: TenantId) -> str:
    return f"tenants/{tenant_id}/keys/"


def key_blob(tenant_id: TenantId, version: int) -> str:
    return f"{key_prefix(tenant_id)}{version}.json"


async def open_tenant_keys(blobs: Blobs, installation: Installation, tenant_id: TenantId) -> TenantKeys:
    """All versions. Raises NotFound when the tenant has none, Unreadable when one does not open."""
    versions: dict[int, KeyVersion] = {}
    async for blob in blobs.list(key_prefix(tenant_id)):
        number = blob.rpartition("/")[2].removesuffix(".json")
        if number.isdecimal():
            versions[int(number)] = unwrap(installation, tenant_id, int(number), await blobs.read(blob))
    if not versions:
        raise NotFound(f"Tenant {tenant_id} has no keys in the object store.", tenant_id=tenant_id)
    return TenantKeys(tenant_id, versions)


async def create_tenant_keys(blobs: Blobs, installation: Installation, tenant_id: TenantId) -> TenantKeys:
    """The tenant's keys, made now if there are none. Two that create at once end with the same keys."""
    try:
        return await open_tenant_keys(blobs, installation, tenant_id)
    except NotFound:
        pass
    fresh = KeyVersion(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))
    wrapped = _wrap(installation, tenant_id, 1, fresh)
    if unwrap(installation, tenant_id, 1, wrapped) != fresh:  # before anything depends on it
        raise Unreadable(f"New keys of tenant {tenant_id} did not open again. Check this machine's memory.")
    try:
        await blobs.create(key_blob(tenant_id, 1), wrapped)
    except Conflict:
        return await open_tenant_keys(blobs, installation, tenant_id)
    return TenantKeys(tenant_id, {1: fresh})


def _wrap(installation: Installation, tenant_id: TenantId, version: int, keys: KeyVersion) -> bytes:
    nonce = os.urandom(12)
    additional = joined(FORMAT, tenant_id, str(version), installation.key_id)
    wrapped = AESGCM(installation.wrapping_key()).encrypt(nonce, keys.content + keys.id, additional)
    return _to_json(tenant_id, version, installation.key_id, nonce, wrapped)


def _to_json(tenant_id: TenantId, version: int, wrapped_by: str, nonce: bytes, wrapped: bytes) -> bytes:
    body = {
        "format": FORMAT,
        "tenant": tenant_id,
        "version": version,
        "wrapped_by": wrapped_by,
        "nonce": nonce.hex(),
        "keys": wrapped.hex(),
    }
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def unwrap(installation: Installation, tenant_id: TenantId, version: int, data: bytes) -> KeyVersion:
    """Every byte counts: the file must be exactly what this code writes for its contents."""
    where = key_blob(tenant_id, version)
    try:
        body = orjson.loads(data)
        wrapped_by, nonce, wrapped = body["wrapped_by"], bytes.fromhex(body["nonce"]), bytes.fromhex(body["keys"])
        canonical = _to_json(tenant_id, version, wrapped_by, nonce, wrapped)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(where, tenant_id) from error
    if canonical != data:
        raise _damaged(where, tenant_id)
    if wrapped_by != installation.key_id:
        raise Unreadable(
            f"{where} was made with installation key {wrapped_by!r}, this one is {installation.key_id!r}. "
            "Use the keys folder that belongs to these objects.",
            blob=where,
            tenant_id=tenant_id,
        )
    try:
        additional = joined(FORMAT, tenant_id, str(version), wrapped_by)
        raw = AESGCM(installation.wrapping_key()).decrypt(nonce, wrapped, additional)
    except (InvalidTag, ValueError) as error:
        raise _damaged(where, tenant_id) from error
    return KeyVersion(raw[:KEY_BYTES], raw[KEY_BYTES:])


def _damaged(where: str, tenant_id: TenantId) -> Unreadable:
    return Unreadable(
        f"{where}, the keys of tenant {tenant_id}, is damaged, from another tenant or of an unknown version. "
        "Put it back from a copy.",
        blob=where,
        tenant_id=tenant_id,
    )
