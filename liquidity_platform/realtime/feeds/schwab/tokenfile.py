"""The login on disk, in schwab-py's format, so that its tool can make one and both can use it.

    {"creation_timestamp": <s of the login in the browser>, "token": {..., "expires_at": <s>}}

Belongs here: reading and writing that file. Keep out: asking for tokens (tokens.py).
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeGuard

import orjson

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.core.whole import written_whole

_MAKE_ONE = "log in with schwab-py's tool (schwab-generate-token.py) to make one"


@dataclass(frozen=True, slots=True)
class Login:
    """A login. `created` and `expires` (of the access token) are seconds since 1970 UTC.

    `token` is the publisher's own answer with all its fields, kept as it came; it never shows in a repr.
    """

    created: int
    token: dict[str, Any]

    def __repr__(self) -> str:
        return f"Login(created={self.created})"

    @property
    def access(self) -> str:
        return str(self.token["access_token"])

    @property
    def refresh(self) -> str:
        return str(self.token["refresh_token"])

    @property
    def expires(self) -> float:
        return float(self.token["expires_at"])

    def renewed(self, answer: dict[str, Any], now_s: float) -> Self:
        """This login with a refresh's answer: an answer without a refresh token keeps the old one, as authlib does."""
        lives = answer.get("expires_in")
        lives = lives if isinstance(lives, int | float) and not isinstance(lives, bool) and lives > 0 else 1800
        return type(self)(self.created, {**self.token, **answer, "expires_at": int(now_s + lives)})


def read_login(path: Path) -> Login:
    """The login in `path`. Raises ConfigError, without quoting the file, when it holds none."""
    try:
        tree = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigError(f"no token file at {path}: {_MAKE_ONE}") from None
    except OSError as error:
        raise ConfigError(f"the token file {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ConfigError(f"{path} is not a token file: {_MAKE_ONE}") from None
    created = tree.get("creation_timestamp") if isinstance(tree, dict) else None
    token = tree.get("token") if isinstance(tree, dict) else None
    if not _is_number(created) or not isinstance(token, dict):
        raise ConfigError(f"{path} is no token file of schwab-py 1.0 or later: {_MAKE_ONE}")
    if not all(isinstance(token.get(name), str) and token[name] for name in ("access_token", "refresh_token")):
        raise ConfigError(f"{path} holds no access and refresh token: {_MAKE_ONE}")
    expires = token.get("expires_at")
    return Login(int(created), {**token, "expires_at": int(expires) if _is_number(expires) else 0})


def write_login(path: Path, login: Login) -> None:
    """Replace the file whole, readable by its owner only. Raises OSError; the old file is then untouched."""
    tree = {"creation_timestamp": login.created, "token": login.token}
    with written_whole(path, mode=0o600) as handle:
        os.fchmod(handle.fileno(), 0o600)
        handle.write(orjson.dumps(tree))


def stamp_of(path: Path) -> tuple[int, int] | None:
    """What tells one state of the file from another; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _is_number(value: object) -> TypeGuard[int | float]:
    # orjson refuses NaN and infinity; a creation before 1970 would be nonsense, not a login
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
