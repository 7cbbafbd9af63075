"""The archive in a bucket is the archive: the same names, the same checks, one line when something is wrong."""

import gzip
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import ArchiveSettings, Settings
from liquidity_platform.sources.archive import Archive, ArchiveError, FolderArchive, open_archive
from liquidity_platform.sources.bucket import BucketArchive
from liquidity_platform_tests.s3_server import S3Server, s3_server

BODY = b"observation_date,WALCL\n2022-04-13,8965487\n"
Make = Callable[..., Settings]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


def kept_at(s3: S3Server, prefix: str, **given: object) -> ArchiveSettings:
    """Settings of an archive below `prefix`."""
    chosen = {
        "url": f"s3://{s3.bucket}/{prefix}", "endpoint": s3.endpoint, "access_key_id": s3.key,
        "secret_access_key": SecretStr(s3.secret),
    }  # fmt: skip
    return ArchiveSettings(**{**chosen, **given})  # type: ignore[arg-type]


@pytest.fixture
def archive(s3: S3Server, tmp_path: Path, make_settings: Make) -> BucketArchive:
    """An empty one."""
    opened = open_archive(make_settings(archive=kept_at(s3, f"of/{tmp_path.name}")))
    assert isinstance(opened, BucketArchive)
    return opened


def test_what_is_stored_comes_back_under_the_name_it_has_in_a_folder(archive: BucketArchive, tmp_path: Path) -> None:
    folder = FolderArchive(tmp_path)
    bodies = [BODY, b"", bytes(3_000_000)]
    named = [archive.store(body) for body in bodies]
    assert named == [folder.store(body) for body in bodies]
    assert archive.names() == folder.names() == sorted(uri for _, uri in named)
    for body, (sha256, uri) in zip(bodies, named, strict=True):
        assert archive.read(uri, sha256) == folder.read(uri, sha256) == body
        assert gzip.decompress(archive.packed(uri, sha256)) == body


def test_large_incompressible_bytes_come_back(archive: BucketArchive) -> None:
    body = b"".join(
        value.to_bytes(32, "big") for value in (pow(3, 7**5 + turn, 2**256 - 189) for turn in range(400_000))
    )
    sha256, uri = archive.store(body)  # more than one part of an upload
    assert archive.read(uri, sha256) == body


@settings(max_examples=20)
@given(body=st.binary(max_size=2000))
def test_any_bytes_come_back_as_they_were(archive: BucketArchive, body: bytes) -> None:
    sha256, uri = archive.store(body)
    assert archive.read(uri, sha256) == body


def test_the_same_bytes_are_written_once(archive: BucketArchive) -> None:
    _, uri = archive.store(BODY)
    before = obstore.head(archive.bucket, uri)
    archive.store(BODY)
    assert obstore.head(archive.bucket, uri) == before


@pytest.mark.parametrize(
    ("damage", "says"),
    [(gzip.compress(BODY + b"x", mtime=0), "was altered"), (b"not gzip", "damaged"), (None, "is not there")],
    ids=["altered", "damaged", "gone"],
)
def test_tampering_is_said_clearly(archive: BucketArchive, damage: bytes | None, says: str) -> None:
    sha256, uri = archive.store(BODY)
    if damage is None:
        obstore.delete(archive.bucket, uri)
    else:
        obstore.put(archive.bucket, uri, damage)
    with pytest.raises(ArchiveError, match=f"^archive s3://.*{says}"):
        archive.read(uri, sha256)


def refused(archive: Archive) -> list[str]:
    """What storing, reading and listing say."""
    said = []
    for action in (lambda: archive.store(BODY), lambda: archive.read(f"{'ab'}/{'ab' * 32}.gz", ""), archive.names):
        with pytest.raises(ArchiveError) as caught:
            action()
        said.append(str(caught.value))
    assert not any("\n" in line or "hunter2" in line for line in said)
    return said


def test_a_wrong_key_and_an_absent_store_are_one_line(s3: S3Server, make_settings: Make) -> None:
    wrong = open_archive(make_settings(archive=kept_at(s3, "x", secret_access_key=SecretStr("hunter2"))))
    assert all("access is denied: check the key" in line for line in refused(wrong))
    away = open_archive(make_settings(archive=kept_at(s3, "x", endpoint="http://127.0.0.1:1")))
    assert all("the store does not answer; check LIQUIDITY_ARCHIVE__ENDPOINT" in line for line in refused(away))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "s3://key:hunter2@bucket/prefix"}, "keys are settings of their own"),
        ({"url": "s3://"}, "write s3://bucket/prefix"),
        ({"url": "s3://bucket?secret=hunter2"}, "write s3://bucket/prefix"),
        ({"url": "s3://bucket/x", "endpoint": "hunter2"}, "__ENDPOINT is not an address"),
        ({"url": "s3://bucket/x", "access_key_id": "mine"}, "set both or none"),
    ],
)
def test_settings_that_cannot_be_meant_are_one_line(make_settings: Make, given: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        open_archive(make_settings(archive=ArchiveSettings(**given)))
    assert "hunter2" not in str(caught.value)


def test_keys_of_the_environment_serve_when_settings_have_none(
    s3: S3Server, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "AWS_ACCESS_KEY_ID": s3.key, "AWS_SECRET_ACCESS_KEY": s3.secret, "AWS_ENDPOINT_URL": s3.endpoint,
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    opened = open_archive(make_settings(archive=ArchiveSettings(url=f"s3://{s3.bucket}/env")))
    sha256, uri = opened.store(BODY)
    assert opened.read(uri, sha256) == BODY


def test_a_missing_extra_is_one_line(make_settings: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "liquidity_platform.sources.bucket", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)  # as Python has it when a package cannot be imported
    with pytest.raises(ConfigError, match=r"s3:// needs pip install 'liquidity-platform\[s3\]'"):
        open_archive(make_settings(archive=ArchiveSettings(url="s3://bucket/x")))
