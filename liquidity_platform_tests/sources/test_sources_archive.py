"""The archive keeps what came, once, and notices when it is no longer that."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import ArchiveSettings, Settings
from liquidity_platform.sources.archive import ArchiveError, FolderArchive, open_archive

BODY = b"observation_date,WALCL\n2022-04-13,8965487\n"


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path / "kept")


@given(body=st.binary(max_size=2000))
def test_any_bytes_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    archive = FolderArchive(tmp_path_factory.getbasetemp() / "any")
    sha256, uri = archive.store(body)
    assert archive.read(uri, sha256) == body
    assert sha256 == hashlib.sha256(body).hexdigest()


def test_the_uri_names_no_place_on_this_machine(archive: FolderArchive) -> None:
    sha256, uri = archive.store(BODY)
    assert uri == f"{sha256[:2]}/{sha256}.gz"
    moved = archive.root.rename(archive.root.with_name("elsewhere"))
    assert FolderArchive(moved).read(uri, sha256) == BODY


def test_the_same_bytes_are_written_once_and_nothing_else_is_left(archive: FolderArchive) -> None:
    _, uri = archive.store(BODY)
    before = (archive.root / uri).stat()
    archive.store(BODY)
    after = (archive.root / uri).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [path.name for path in archive.root.rglob("*") if path.is_file()] == [Path(uri).name]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(gzip.compress(BODY + b"x")), "was altered"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "damaged"),
        (lambda path: path.write_bytes(b"not gzip"), "damaged"),
        (lambda path: path.unlink(), "is not there"),
    ],
)
def test_tampering_is_said_clearly(archive: FolderArchive, damage: Callable[[Path], object], says: str) -> None:
    sha256, uri = archive.store(BODY)
    damage(archive.root / uri)
    with pytest.raises(ArchiveError, match=says):
        archive.read(uri, sha256)


@pytest.mark.parametrize("uri", ["../secret.gz", "/etc/passwd", "", "ab/../../x.gz"])
def test_a_uri_cannot_leave_the_archive(archive: FolderArchive, uri: str) -> None:
    with pytest.raises(ArchiveError, match="not the name of a payload"):
        archive.read(uri, "0" * 64)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="cannot store a payload"):
        FolderArchive(tmp_path / "file" / "below").store(BODY)


def test_the_place_comes_from_settings(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    def root(url: str | None, **given: object) -> Path:
        return open_archive(make_settings(archive=ArchiveSettings(url=url), **given)).root

    assert root(None) == tmp_path / "home" / "archive"
    assert root(None, data="sample") == tmp_path / "home" / "sample" / "archive"
    assert root(str(tmp_path / "a")) == tmp_path / "a"
    assert root(f"file://{tmp_path}/with%20space") == tmp_path / "with space"


@pytest.mark.parametrize("url", ["gs://bucket/prefix", "https://host/x", "file://host/x"])
def test_an_archive_elsewhere_is_refused(make_settings: Callable[..., Settings], url: str) -> None:
    with pytest.raises(ConfigError, match="LIQUIDITY_ARCHIVE__URL"):
        open_archive(make_settings(archive=ArchiveSettings(url=url)))
