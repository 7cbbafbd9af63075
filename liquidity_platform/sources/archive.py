"""The archive: every answer of a publisher, kept as it came, found by the SHA-256 of its bytes.

Layout: `<place>/<first two hex>/<sha256>.gz`. The same bytes are stored once. A payload appears whole or not at all.
Belongs here: storing and reading bytes, in folders. Keep out: buckets (bucket.py), what the bytes mean, the index in
the warehouse (`raw.payloads`).
"""

import gzip
import hashlib
import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from liquidity_platform.core.errors import ConfigError, LiquidityError
from liquidity_platform.core.whole import DRAFTS, written_whole
from liquidity_platform.settings import Settings

_URI = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.gz")


class ArchiveError(LiquidityError):
    """A payload cannot be stored, is not there, or is not what was stored."""


class Archive(ABC):
    """A place of payloads. A `uri` is relative to it, so that an archive can move, also from one kind to the other."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, for people."""

    def store(self, body: bytes) -> tuple[str, str]:
        """Keep `body`; returns (sha256, uri). Bytes already kept are not written again. Raises ArchiveError."""
        sha256 = hashlib.sha256(body).hexdigest()
        uri = f"{sha256[:2]}/{sha256}.gz"
        try:
            if not self._holds(uri):
                self._put(uri, gzip.compress(body, compresslevel=6, mtime=0))
        except OSError as error:
            raise ArchiveError(f"archive {self.place}: cannot store a payload ({error.strerror or error})") from None
        return sha256, uri

    def read(self, uri: str, sha256: str) -> bytes:
        """The bytes stored as `uri`. Raises ArchiveError unless their SHA-256 is `sha256`."""
        return self._checked(uri, sha256)[1]

    def packed(self, uri: str, sha256: str) -> bytes:
        """The gzip file of `uri` as it is kept, its content checked as `read` does."""
        return self._checked(uri, sha256)[0]

    def names(self) -> list[str]:
        """The `uri` of every payload kept, in order. Raises ArchiveError."""
        try:
            return sorted(uri for uri in self._listed() if _URI.fullmatch(uri))
        except OSError as error:
            raise ArchiveError(f"archive {self.place}: cannot be listed ({error.strerror or error})") from None

    def clear_drafts(self, before: datetime) -> int:
        """Remove what was begun before that instant and never finished; how much. Raises ArchiveError."""
        try:
            return self._clear_drafts(before)
        except OSError as error:
            raise ArchiveError(f"archive {self.place}: cannot be cleaned ({error.strerror or error})") from None

    def _checked(self, uri: str, sha256: str) -> tuple[bytes, bytes]:
        if not _URI.fullmatch(uri):
            raise ArchiveError(f"archive {self.place}: '{uri}' is not the name of a payload")
        try:
            packed = self._get(uri)
            body = gzip.decompress(packed)
        except FileNotFoundError:
            raise ArchiveError(f"archive {self.place}: payload {uri} is not there") from None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise ArchiveError(f"archive {self.place}: payload {uri} is damaged (not a whole gzip file)") from None
        except OSError as error:
            raise ArchiveError(f"archive {self.place}: cannot read {uri} ({error.strerror or error})") from None
        seen = hashlib.sha256(body).hexdigest()
        if seen != sha256:
            raise ArchiveError(f"archive {self.place}: payload {uri} was altered (its sha256 is {seen}, not {sha256})")
        return packed, body

    # What a kind of place does; each raises OSError with a reason in words, FileNotFoundError for what is not there.
    @abstractmethod
    def _holds(self, uri: str) -> bool: ...

    @abstractmethod
    def _put(self, uri: str, packed: bytes) -> None:
        """Whole or not at all."""

    @abstractmethod
    def _get(self, uri: str) -> bytes: ...

    @abstractmethod
    def _listed(self) -> Iterable[str]: ...

    def _clear_drafts(self, before: datetime) -> int:
        """A place that takes a payload whole or not at all has none."""
        return 0


@dataclass(frozen=True, slots=True)
class FolderArchive(Archive):
    """A folder of payloads."""

    root: Path

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def _holds(self, uri: str) -> bool:
        return (self.root / uri).exists()

    def _put(self, uri: str, packed: bytes) -> None:
        path = self.root / uri
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            file.write(packed)

    def _get(self, uri: str) -> bytes:
        return (self.root / uri).read_bytes()

    def _listed(self) -> Iterable[str]:
        return (f"{path.parent.name}/{path.name}" for path in self.root.glob("??/*.gz"))

    def _clear_drafts(self, before: datetime) -> int:
        old = [path for path in self.root.glob(f"??/{DRAFTS}") if path.stat().st_mtime < before.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def open_archive(settings: Settings) -> Archive:
    """The archive of this process: `archive.url` (a folder or a bucket), or a folder below its home.

    Raises ConfigError. A bucket is not asked before something is stored or read.
    """
    url = settings.archive.url
    if not url:
        return FolderArchive(settings.data_home / "archive")
    if "://" not in url:
        return FolderArchive(Path(url).expanduser().absolute())
    parts = urlsplit(url)
    if parts.scheme == "s3":
        try:
            from liquidity_platform.sources.bucket import open_bucket
        except ImportError:
            raise ConfigError("LIQUIDITY_ARCHIVE__URL: s3:// needs pip install 'liquidity-platform[s3]'") from None
        return open_bucket(settings.archive)
    if parts.scheme != "file":
        raise ConfigError(f"LIQUIDITY_ARCHIVE__URL: {parts.scheme}:// is not supported; name a folder or s3://")
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise ConfigError("LIQUIDITY_ARCHIVE__URL: write file:///absolute/folder")
    return FolderArchive(Path(unquote(parts.path)))
