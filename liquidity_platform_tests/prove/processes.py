"""Who works below a folder, read from /proc: the server and the guardian of a home have their current folder there.

Belongs here: finding processes and waiting for them to go. Keep out: starting them.
"""

import os
import time
from pathlib import Path


def at_work_in(folder: Path) -> dict[int, str]:
    """Live processes (no zombies) whose current folder is `folder` or below it: pid -> command line."""
    found: dict[int, str] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            where = os.readlink(f"/proc/{name}/cwd").removesuffix(" (deleted)")
            if Path(where).is_relative_to(folder.resolve()):
                found[int(name)] = Path(f"/proc/{name}/cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue  # it ended meanwhile
    return found


def left_in(folder: Path) -> list[str]:
    """Command lines of who works there, but for a guardian: it has stopped the server and ends a moment later."""
    return [words for words in at_work_in(folder).values() if "guardian.py" not in words]


def naming(folder: Path) -> dict[int, str]:
    """Live processes at work in `folder`, or whose command line or environment names it."""
    found = at_work_in(folder)
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            said = Path(f"/proc/{name}/cmdline").read_bytes() + b"\0" + Path(f"/proc/{name}/environ").read_bytes()
            if os.fsencode(folder) in said and int(name) != os.getpid():
                found.setdefault(int(name), Path(f"/proc/{name}/cmdline").read_text().replace("\0", " ").strip())
        except OSError:
            continue
    return found


def gone_within(folder: Path, seconds: float) -> dict[int, str]:
    """Wait until nobody works for `folder`; returns who still does when the time is over."""
    deadline = time.monotonic() + seconds
    while (left := naming(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
