"""An S3 whose certificate a private authority signed: all clients of it, also the one for large uploads, trust it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.servers import start_minio
from pydantic import SecretStr, ValidationError
from tests.certificates import certificate_by_an_authority, certificate_for_loopback
from tests.contracts.stores.test_s3_blobs import large, made, opened, settings_for
from tests.servers import S3Address, running

from reentra.common.errors import Rejected, RetryLater
from reentra.common.stores.distributed import open_distributed_stores
from reentra.common.stores.mongo import MongoSettings, connect
from reentra.common.stores.s3 import Bucket, S3Settings, probe


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[S3Address, Path]]:
    folder = tmp_path_factory.mktemp("minio")
    certificate, authority = certificate_by_an_authority(folder)
    with running(lambda: start_minio(folder, certificate=certificate)) as server:
        yield S3Address(server.endpoint, server.access_key, server.secret_key), authority


async def test_everything_goes_through_tls_by_the_authority_that_is_named(secured: tuple[S3Address, Path]) -> None:
    server, authority = secured
    settings = await made(settings_for(server, ca_file=authority))
    async with opened(settings) as blobs:
        assert (await probe(blobs, Bucket(settings))).lock is None
        info = await blobs.create_stream("exports/large.zip", large(b"x"))
        assert await blobs.read("exports/large.zip", offset=info.size - 5) == b"xxend"


@pytest.mark.parametrize("is_authority", [False, True])
async def test_a_certificate_that_signed_itself_will_do_unless_it_says_it_is_an_authority(
    tmp_path: Path, is_authority: bool
) -> None:
    certificate, shown = certificate_for_loopback(tmp_path, is_authority=is_authority)
    with running(lambda: start_minio(tmp_path, certificate=certificate)) as server:
        address = S3Address(server.endpoint, server.access_key, server.secret_key)
        settings = await made(settings_for(address, ca_file=shown))
        async with opened(settings) as blobs:
            if is_authority:
                with pytest.raises(Rejected, match=r"certificate of the object store .*CA:FALSE"):
                    await probe(blobs, Bucket(settings))
            else:
                assert (await probe(blobs, Bucket(settings))).lock is None


async def test_who_does_not_know_the_authority_is_not_served(secured: tuple[S3Address, Path]) -> None:
    with pytest.raises(RetryLater, match=r"The object store at https://127\.0\.0\.1"):
        await made(settings_for(secured[0]))


@pytest.mark.parametrize("content", [None, "no certificate", ""])
async def test_a_file_that_cannot_be_used_is_told_before_any_server_is_waited_for(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    s3 = settings_for(S3Address("https://127.0.0.1:1", "key", "secret"), ca_file=file)
    mongo = MongoSettings(url=SecretStr("mongodb://127.0.0.1:1"))
    with pytest.raises(Rejected, match=r"The setting REENTRA_S3__CA_FILE cannot be used: .*ca\.pem"):
        async with open_distributed_stores(mongo, s3):
            pass


def test_an_authority_without_tls_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="REENTRA_S3__CA_FILE needs REENTRA_S3__ENDPOINT"):
        S3Settings(endpoint="http://s3:9000", access_key="a", secret_key=SecretStr("b"), ca_file=tmp_path / "ca.pem")


@pytest.mark.parametrize("driver", ["pymongo", "motor"])
@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_file_that_mongodbs_address_names_is_told_as_well(
    tmp_path: Path, content: str | None, driver: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    url = SecretStr(f"mongodb://user:s3cret@127.0.0.1:1/?tls=true&tlsCAFile={file}")
    with pytest.raises(Rejected, match="REENTRA_MONGO__URL cannot be used: a file that it names") as refusal:
        await connect(MongoSettings(url=url, driver=driver))  # type: ignore[arg-type]
    assert "s3cret" not in str(refusal.value)
