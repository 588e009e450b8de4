import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reentra.common.errors import Conflict, Forbidden, NotFound, Unreadable
from reentra.common.ids import TenantId
from reentra.common.snapshot.keys import (
    Installation,
    TenantKeys,
    create_installation,
    create_tenant_keys,
    key_blob,
    open_installation,
    open_or_create_installation,
    open_tenant_keys,
    unwrap,
)
from reentra.common.snapshot.sealing import Sealer
from reentra.common.stores.folder import FolderBlobs

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
OTHER = TenantId("22222222-2222-4222-8222-222222222222")


def test_the_first_start_makes_private_files_and_the_next_opens_them(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = open_or_create_installation(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "installation.key": 0o600,
        "signing.key": 0o600,
    }
    assert open_or_create_installation(folder) == made


def test_keys_are_never_replaced(tmp_path: Path) -> None:
    create_installation(tmp_path)
    with pytest.raises(Conflict):
        create_installation(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_keys_that_others_can_read_are_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    create_installation(tmp_path)
    (tmp_path / "signing.key").chmod(mode)
    with pytest.raises(Forbidden, match="chmod 600"):
        open_installation(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="untouched: only root can become somebody else")
@pytest.mark.parametrize(
    ("owner", "group", "mode", "opens"),
    [(0, 12345, 0o440, True), (0, 12345, 0o444, False), (0, 54321, 0o444, False), (12345, 12345, 0o440, False)],
)
def test_keys_that_an_orchestrator_mounts_for_the_group_open(owner: int, group: int, mode: int, opens: bool) -> None:
    """Kubernetes' secrets belong to root, and the container's user reads them through its group."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        create_installation(folder)
        folder.chmod(0o755)
        for file in folder.iterdir():
            os.chown(file, owner, group)
            file.chmod(mode)
        assert _as_somebody(12345, lambda: open_installation(folder)) is opens


def _as_somebody(number: int, act: Callable[[], object]) -> bool:
    """In a process of its own, because there is no way back. False when it was Forbidden."""
    child = os.fork()
    if child == 0:
        status = 2
        try:
            os.setgroups([])
            os.setgid(number)
            os.setuid(number)
            act()
            status = 0
        except Forbidden:
            status = 1
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 1)
    return status == 0


def test_one_lost_key_is_not_a_first_start(tmp_path: Path) -> None:
    create_installation(tmp_path)
    (tmp_path / "installation.key").unlink()
    with pytest.raises(NotFound, match="Put it back"):
        open_or_create_installation(tmp_path)


def test_either_lost_key_is_a_loss_although_the_other_is_there(tmp_path: Path) -> None:
    create_installation(tmp_path)
    (tmp_path / "signing.key").unlink()
    with pytest.raises(NotFound, match="Put it back"):
        open_or_create_installation(tmp_path)
    with pytest.raises(Conflict):
        create_installation(tmp_path)


def test_half_made_keys_are_finished_with_what_was_made(tmp_path: Path) -> None:
    """As a kill between the two leaves them: the first in its place, the second written whole beside it."""
    made = create_installation(tmp_path)
    (tmp_path / "signing.key").rename(tmp_path / ".signing.key.new")

    assert open_or_create_installation(tmp_path) == made
    assert {path.name for path in tmp_path.iterdir()} == {"installation.key", "signing.key"}


def test_damaged_half_made_key_is_refused(tmp_path: Path) -> None:
    create_installation(tmp_path)
    (tmp_path / "signing.key").unlink()
    (tmp_path / ".signing.key.new").write_text("reentra-signing-key-1 00")
    (tmp_path / ".signing.key.new").chmod(0o600)
    with pytest.raises(Unreadable, match="damaged"):
        open_or_create_installation(tmp_path)


@pytest.mark.parametrize("name", ["installation.key", "signing.key"])
def test_every_flipped_bit_of_a_key_file_is_detected(tmp_path: Path, name: str) -> None:
    create_installation(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(Unreadable, match=r"damaged|unknown"):
            open_installation(tmp_path)


async def test_a_tenants_keys_are_made_once_even_by_many_at_a_time(
    blobs: FolderBlobs, installation: Installation
) -> None:
    made = await asyncio.gather(*(create_tenant_keys(blobs, installation, TENANT) for _ in range(8)))
    assert all(keys == made[0] for keys in made)
    assert await open_tenant_keys(blobs, installation, TENANT) == made[0]
    assert (await create_tenant_keys(blobs, installation, OTHER)).versions != made[0].versions


async def test_a_tenant_without_keys_is_not_found(blobs: FolderBlobs, installation: Installation) -> None:
    with pytest.raises(NotFound):
        await open_tenant_keys(blobs, installation, TENANT)


async def test_every_flipped_bit_of_wrapped_keys_is_detected(blobs: FolderBlobs, installation: Installation) -> None:
    await create_tenant_keys(blobs, installation, TENANT)
    whole = await blobs.read(key_blob(TENANT, 1))
    unwrap(installation, TENANT, 1, whole)
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable, match=TENANT):
            unwrap(installation, TENANT, 1, bytes(damaged))


async def test_wrapped_keys_open_for_their_tenant_version_and_installation_only(
    blobs: FolderBlobs, installation: Installation, tmp_path: Path
) -> None:
    await create_tenant_keys(blobs, installation, TENANT)
    whole = await blobs.read(key_blob(TENANT, 1))
    with pytest.raises(Unreadable):
        unwrap(installation, OTHER, 1, whole)
    with pytest.raises(Unreadable):
        unwrap(installation, TENANT, 2, whole)
    with pytest.raises(Unreadable):
        unwrap(installation, OTHER, 1, whole.replace(TENANT.encode(), OTHER.encode()))
    with pytest.raises(Unreadable, match="Use the keys folder that belongs"):
        unwrap(create_installation(tmp_path / "others"), TENANT, 1, whole)


def test_a_sealed_secret_opens_in_its_context_only(keys: TenantKeys) -> None:
    sealed = keys.seal(b"secret", "delta link of user")
    assert keys.unseal(sealed, "delta link of user") == b"secret"
    assert b"secret".hex() not in sealed
    with pytest.raises(Unreadable, match="delta link of group"):
        keys.unseal(sealed, "delta link of group")


def test_every_flipped_bit_of_a_sealed_secret_is_detected(keys: TenantKeys) -> None:
    sealed = keys.seal(b"secret", "context").encode()
    for bit in range(len(sealed) * 8):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable):
            keys.unseal(damaged.decode("latin-1"), "context")


def test_sealers_of_other_purposes_do_not_open_each_others_secrets(installation: Installation) -> None:
    sealed = installation.sealer("credentials").seal(b"secret", "a")
    assert installation.sealer("credentials").unseal(sealed, "a") == b"secret"
    with pytest.raises(Unreadable):
        installation.sealer("sessions").unseal(sealed, "a")
    with pytest.raises(Unreadable):
        Sealer(b"x" * 32).unseal("", "a")


def test_keys_are_not_shown(installation: Installation, keys: TenantKeys) -> None:
    assert installation._wrapping_secret.hex() not in repr(installation)
    assert str(installation._signing_secret) not in repr(installation)
    assert str(keys.versions[1].content) not in repr(keys)
