"""What `up` does once it is up: whatever of it ends is started again, and runs whose process is gone have failed.

The embedded server is started again where it was. A run whose worker died while the server was away, or its disk full,
could not write down its end, and Dagster's code server, which looks for such runs, stops looking at the first error:
runs that have begun while nobody works for the code server are ended with it.
Belongs here: looking after all that. Keep out: starting and stopping children (children.py), which there are
(processes.py), what a failed run leaves behind (automation.leftovers).
"""

import os
import time
from typing import TYPE_CHECKING

from liquidity_platform.cli.children import Supervisor
from liquidity_platform.cli.notes import note
from liquidity_platform.core.errors import LiquidityError, WarehouseUnavailable

if TYPE_CHECKING:
    from liquidity_platform.warehouse.connect import Warehouse

LOOK_S = 15.0  # between two looks for runs without a process; a run is taken for dead at the second
HELPER = "multiprocessing.resource_tracker"


def keep_up(supervisor: Supervisor, warehouse: "Warehouse", stopped: list[int]) -> None:
    """Look after everything until told to stop."""
    said, suspected, look_at = "", set[str](), 0.0
    while not stopped:
        try:
            if warehouse.lease is not None and warehouse.lease.revive():
                note("the embedded server had ended and runs again; runs under way then have failed")
                supervisor.end("code")  # its workers could not write down their ends
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_S
                suspected = look(supervisor, warehouse, suspected)
            said = ""
        except LiquidityError as error:
            if str(error) != said:
                note(f"{error}; it is tried again")
            said = str(error)
        revive(supervisor)
        time.sleep(0.1)


def revive(supervisor: Supervisor) -> None:
    """Start again what is due, and tell who has ended."""
    if child := supervisor.revive():
        note(f"{child.name} ended and is started again: {child.last_line()} (whole log: {child.log})")


def cleared(warehouse: "Warehouse") -> bool:
    """Mark failed what ran under a code server that has ended; False while the embedded server does not answer."""
    from liquidity_platform.automation.leftovers import clear_platform

    try:
        clear_platform(warehouse)
    except WarehouseUnavailable:
        return False
    return True


def look(supervisor: Supervisor, warehouse: "Warehouse", suspected: set[str]) -> set[str]:
    """The runs that have begun while the code server has no worker; it is ended when one of them was `suspected`.

    Raises WarehouseUnavailable.
    """
    from liquidity_platform.automation.leftovers import begun_runs

    code = supervisor.kept["code"]
    before = workers_of(code.child.process.pid)
    found = begun_runs(warehouse)
    if before is None or before or workers_of(code.child.process.pid) or code.again_at is not None:
        return set()
    if dead := found & suspected:
        note(f"run {min(dead)[:8]} has no process any more: it has failed")
        supervisor.end("code")
        return set()
    return found


def workers_of(parent: int) -> set[int] | None:
    """The live children of a process that do its work; None where the system does not tell."""
    if not os.path.isdir("/proc/self"):
        return None
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat, open(f"/proc/{name}/cmdline") as command:
                state, owner, group = stat.read().rpartition(")")[2].split()[:3]
                # a database server that it started is in a group of its own
                if {owner, group} == {str(parent)} and state not in "ZX" and HELPER not in command.read():
                    found.add(int(name))
        except OSError:
            continue  # it ended meanwhile
    return found
