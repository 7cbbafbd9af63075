"""The archive in a bucket of any S3-compatible store, by obstore (the extra `s3`).

The layout is the folder's, below the URL's prefix. A PUT is whole or not at all, whatever its size. Credentials are
those of settings, else of the environment's AWS_* variables or of the machine. They may read, write and list.
Belongs here: that. Keep out: names and hashes (archive.py).
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import ArchiveSettings
from liquidity_platform.sources.archive import Archive

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")
_DENIED = "access is denied: check the key, the secret and the bucket's policy"
_OF_THE_MACHINE = "169.254.169.254"  # where a cloud's machine asks for credentials when nobody gave any


@dataclass(frozen=True, slots=True)
class BucketArchive(Archive):
    """Payloads below a prefix of a bucket. `place` is the URL."""

    url: str
    bucket: S3Store

    @property
    def place(self) -> str:
        """The URL; it holds no secret."""
        return self.url

    def _holds(self, uri: str) -> bool:
        try:
            with _in_words():
                obstore.head(self.bucket, uri)
        except FileNotFoundError:
            return False
        return True

    def _put(self, uri: str, packed: bytes) -> None:
        try:
            with _in_words():
                obstore.put(self.bucket, uri, packed)
        except FileNotFoundError:
            raise OSError("there is no such bucket") from None

    def _get(self, uri: str) -> bytes:
        with _in_words():
            return bytes(obstore.get(self.bucket, uri).bytes())

    def _listed(self) -> Iterable[str]:
        with _in_words():
            return [str(one["path"]) for batch in obstore.list(self.bucket) for one in batch]


def open_bucket(settings: ArchiveSettings) -> BucketArchive:
    """The archive at `settings.url`, s3://bucket/prefix. Raises ConfigError, never showing a secret."""
    parts = urlsplit(settings.url or "")
    if not _BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ConfigError("LIQUIDITY_ARCHIVE__URL: write s3://bucket/prefix; keys are settings of their own")
    endpoint, secret = settings.endpoint, settings.secret_access_key
    if endpoint is not None and urlsplit(endpoint).scheme not in ("http", "https"):
        raise ConfigError("LIQUIDITY_ARCHIVE__ENDPOINT is not an address such as https://host:port")
    if (settings.access_key_id is None) != (secret is None):
        raise ConfigError("LIQUIDITY_ARCHIVE__ACCESS_KEY_ID and __SECRET_ACCESS_KEY: set both or none")
    # who names an unencrypted store means it; the store's own options would forget what the environment says of it
    asked = endpoint or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
    given = {
        "endpoint": endpoint.rstrip("/") if endpoint else None, "region": settings.region,
        "access_key_id": settings.access_key_id, "secret_access_key": secret.get_secret_value() if secret else None,
    }  # fmt: skip
    try:
        store = S3Store(
            parts.netloc,
            prefix=unquote(parts.path).strip("/") or None,
            client_options={
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=120),
                "allow_http": asked.startswith("http:"),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
            **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
        )
    except (BaseError, ValueError):
        raise ConfigError("LIQUIDITY_ARCHIVE__*: these settings make no S3 store") from None
    return BucketArchive(f"s3://{parts.netloc}{parts.path.rstrip('/')}", store)


@contextmanager
def _in_words() -> Iterator[None]:
    """The store's errors as OSError with a reason in words; theirs run over many lines."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError):
        raise PermissionError(_DENIED) from None
    except FileNotFoundError:
        raise FileNotFoundError("it is not there") from None
    except (BaseError, OSError) as error:
        raise OSError(_reason(str(error))) from None


def _reason(said: str) -> str:
    if _OF_THE_MACHINE in said:
        return "no credentials: set LIQUIDITY_ARCHIVE__ACCESS_KEY_ID and __SECRET_ACCESS_KEY, or AWS_*"
    if status := _STATUS.search(said):
        if status[1].startswith(("401", "403")):
            return _DENIED
        return f"the store answered {status[1].strip()}"
    return "the store does not answer; check LIQUIDITY_ARCHIVE__ENDPOINT"
