"""The archive: every answer of a publisher, kept as it came, found by the SHA-256 of its bytes.

Layout: `<root>/<first two hex>/<sha256>.gz`. The same bytes are stored once. A file appears whole or not at all.
Belongs here: storing and reading bytes. Keep out: what the bytes mean, the index in the warehouse (`raw.payloads`).
"""

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from liquidity_platform.core.errors import ConfigError, LiquidityError
from liquidity_platform.core.whole import written_whole
from liquidity_platform.settings import Settings

_URI = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.gz")


class ArchiveError(LiquidityError):
    """A payload cannot be stored, is not there, or is not what was stored."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of payloads. `uri` is relative to `root`, so that an archive can move."""

    root: Path

    def store(self, body: bytes) -> tuple[str, str]:
        """Keep `body`; returns (sha256, uri). Bytes already kept are not written again."""
        sha256 = hashlib.sha256(body).hexdigest()
        uri = f"{sha256[:2]}/{sha256}.gz"
        path = self.root / uri
        try:
            if not path.exists():
                _write_whole(path, gzip.compress(body, compresslevel=6, mtime=0))
        except OSError as error:
            raise ArchiveError(f"archive {self.root}: cannot store a payload ({error.strerror or error})") from None
        return sha256, uri

    def read(self, uri: str, sha256: str) -> bytes:
        """The bytes stored as `uri`. Raises ArchiveError unless their SHA-256 is `sha256`."""
        if not _URI.fullmatch(uri):
            raise ArchiveError(f"archive {self.root}: '{uri}' is not the name of a payload")
        try:
            body = gzip.decompress((self.root / uri).read_bytes())
        except FileNotFoundError:
            raise ArchiveError(f"archive {self.root}: payload {uri} is not there") from None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise ArchiveError(f"archive {self.root}: payload {uri} is damaged (not a whole gzip file)") from None
        except OSError as error:
            raise ArchiveError(f"archive {self.root}: cannot read {uri} ({error.strerror or error})") from None
        seen = hashlib.sha256(body).hexdigest()
        if seen != sha256:
            raise ArchiveError(f"archive {self.root}: payload {uri} was altered (its sha256 is {seen}, not {sha256})")
        return body

    def names(self) -> list[str]:
        """The `uri` of every payload kept, in order."""
        found = (f"{path.parent.name}/{path.name}" for path in self.root.glob("??/*.gz"))
        return sorted(uri for uri in found if _URI.fullmatch(uri))


def open_archive(settings: Settings) -> Archive:
    """The archive of this process: `archive.url`, or a folder below its home. Raises ConfigError."""
    url = settings.archive.url
    if not url:
        return Archive(settings.data_home / "archive")
    if "://" not in url:
        return Archive(Path(url).expanduser().absolute())
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise ConfigError(f"LIQUIDITY_ARCHIVE__URL: {parts.scheme}:// is not supported yet; name a folder or file://")
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise ConfigError("LIQUIDITY_ARCHIVE__URL: write file:///absolute/folder")
    return Archive(Path(unquote(parts.path)))


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(content)
