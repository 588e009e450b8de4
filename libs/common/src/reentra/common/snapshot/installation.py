"""The two keys of an installation, in a folder that only its owner can read.

`installation.key` wraps every tenant's keys; `signing.key` (Ed25519) signs manifests. Whoever has this folder and the
object folder can read everything; who loses it can read nothing: it is to be backed up apart from the data.
"""

import os
import re
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from reentra.common.errors import Conflict, Forbidden, NotFound, Unreadable
from reentra.common.snapshot.sealing import KEY_BYTES, Sealer, derive
from reentra.common.testing.failpoints import failpoint

INSTALLATION_KEY = "installation.key"
SIGNING_KEY = "signing.key"
_FORMS = {INSTALLATION_KEY: "reentra-installation-key-1", SIGNING_KEY: "reentra-signing-key-1"}


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks signatures. `key_id` is the first 16 hex digits of the public key's SHA-256."""

    public_key: bytes

    @property
    def key_id(self) -> str:
        return sha256(self.public_key).hexdigest()[:16]

    def accepts(self, signature: bytes, data: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Installation:
    """Open keys. Never logged: `repr` shows the key ids only."""

    _wrapping_secret: bytes = field(repr=False)
    _signing_secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """Names the installation key without telling anything about it."""
        return derive(self._wrapping_secret, "reentra key id v1")[:8].hex()

    def wrapping_key(self) -> bytes:
        return derive(self._wrapping_secret, "reentra wrap tenant keys v1")

    def sealer(self, purpose: str) -> Sealer:
        """For secrets in documents, e.g. `sealer("credentials")`."""
        return Sealer(derive(self._wrapping_secret, f"reentra seal {purpose} v1"))

    def sign(self, data: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self._signing_secret).sign(data)

    @property
    def verifier(self) -> Verifier:
        public = Ed25519PrivateKey.from_private_bytes(self._signing_secret).public_key()
        return Verifier(public.public_bytes_raw())


def open_installation(folder: Path) -> Installation:
    """Raises NotFound, Forbidden (somebody else may read the keys) and Unreadable."""
    return Installation(_read(folder, INSTALLATION_KEY), _read(folder, SIGNING_KEY))


def create_installation(folder: Path) -> Installation:
    """Makes both keys, mode 0600, or finishes what was killed while it made them. Raises Conflict when a key is there:
    a key is never replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_half_made(folder):
        _write_both(folder)
    for name in _FORMS:
        if not (folder / name).exists():
            _parse(folder / name, _private_bytes(_new(folder, name)))
            os.rename(_new(folder, name), folder / name)
            _sync(folder)
        if name == INSTALLATION_KEY:
            failpoint("keys.after-installation-key")
    return open_installation(folder)


def open_or_create_installation(folder: Path) -> Installation:
    """For the first start. A folder with only one of the two keys, and none half made, is not a first start, but a
    loss: NotFound."""
    if any((folder / name).exists() for name in _FORMS) and not _is_half_made(folder):
        return open_installation(folder)
    return create_installation(folder)


def _is_half_made(folder: Path) -> bool:
    """Both keys are written whole before the first one gets its name, so what is missing lies beside it."""
    return (
        (folder / INSTALLATION_KEY).exists()
        and not (folder / SIGNING_KEY).exists()
        and _new(folder, SIGNING_KEY).exists()
    )


def _write_both(folder: Path) -> None:
    for name in _FORMS:
        if (folder / name).exists():
            raise Conflict(f"The key file {folder / name} exists already. Keys are never replaced.", path=str(folder))
    for name in _FORMS:
        _write(folder, name, os.urandom(KEY_BYTES))
    _sync(folder)


def _new(folder: Path, name: str) -> Path:
    return folder / f".{name}.new"


def _write(folder: Path, name: str, secret: bytes) -> None:
    temporary = _new(folder, name)
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{_FORMS[name]} {secret.hex()} {_checksum(secret)}\n")
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(folder: Path, name: str) -> bytes:
    return _parse(folder / name, _private_bytes(folder / name))


def _private_bytes(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise NotFound(
            f"The key file {path} is missing. Put it back from your copy of the keys folder; "
            "without it nothing that is stored can be read.",
            path=str(path),
        ) from error
    except PermissionError as error:
        raise Forbidden(f"The key file {path} cannot be read by this user.", path=str(path)) from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        text = file.read(1024)
    mode = stat.S_IMODE(found.st_mode)
    if mode & (0o037 if _is_mounted(found) else 0o077):
        raise Forbidden(
            f"The key file {path} can be read by other users (mode {mode:04o}). Run `chmod 600 {path}`.",
            path=str(path),
        )
    return text


def _is_mounted(file: os.stat_result) -> bool:
    """A file of root's that we read through our group alone: so an orchestrator hands out secrets to one container."""
    return file.st_uid == 0 != os.geteuid() and file.st_gid in {os.getegid(), *os.getgroups()}


def _parse(path: Path, text: bytes) -> bytes:
    match = re.fullmatch(rb"(\S+) ([0-9a-f]{64}) ([0-9a-f]{8})\n", text)
    secret = bytes.fromhex(match[2].decode()) if match else b""
    if (
        match is None
        or match[1].decode("ascii", "replace") != _FORMS[path.name]
        or _checksum(secret) != match[3].decode()
    ):
        raise Unreadable(
            f"The key file {path} is damaged or of an unknown version. Put it back from your copy of the keys folder.",
            path=str(path),
        )
    return secret


def _checksum(secret: bytes) -> str:
    """Tells a damaged key file from a wrong one. One way, so it says nothing about the key."""
    return sha256(b"reentra key file checksum" + secret).hexdigest()[:8]
