"""Child processes and their supervisor: started in groups of their own, watched, stopped to the last.

While the platform comes up a child that ends ends everything. One that is `kept` is started again when it ends, later
each time, once nothing of it is left: a code server's run workers share its group.
Belongs here: that. Keep out: which processes the platform has (processes.py).
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from liquidity_platform.core.parent import die_with_parent

STOP_WAIT_S, FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 1.0, 60.0


@dataclass
class Child:
    """A running child and where it writes."""

    name: str
    command: tuple[str, ...]
    process: subprocess.Popen[bytes]
    log: Path

    def last_line(self) -> str:
        """What it said last."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


@dataclass
class Kept:
    """A child that is started again when it ends, as soon as `ready` says that it may be."""

    child: Child
    started: float
    ready: Callable[[], bool]
    wait: float = FIRST_WAIT_S
    again_at: float | None = None


@dataclass
class Supervisor:
    """Starts children and stops them all, in reverse order."""

    folder: Path
    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> Child:
        """Start a child of that name; its output goes to <folder>/<name>.log."""
        log = self.folder / f"{name}.log"
        with log.open("ab" if name in self.kept else "wb") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **self.environment},
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.children.append(Child(name, command, process, log))
        return self.children[-1]

    def ended(self) -> Child | None:
        """A child that has ended, if any."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def keep(self, child: Child, ready: Callable[[], bool] = lambda: True) -> None:
        """From now on `child` is started again when it ends; before that `ready` is asked, again and again."""
        self.children.remove(child)
        self.kept[child.name] = Kept(child, time.monotonic(), ready)

    def revive(self) -> Child | None:
        """Start again what is due; a kept child that has just ended, for telling."""
        now = time.monotonic()
        for name, kept in self.kept.items():
            if kept.again_at is not None and now >= kept.again_at:
                if not kept.ready():
                    kept.again_at = now + FIRST_WAIT_S
                    continue
                fresh = self.start(name, *kept.child.command)
                self.children.remove(fresh)
                kept.child, kept.started, kept.again_at = fresh, now, None
            elif kept.again_at is None and kept.child.process.poll() is not None:
                _signal(kept.child, signal.SIGKILL)  # what it started has nobody left to answer to
                kept.wait = FIRST_WAIT_S if now - kept.started > LONGEST_WAIT_S else min(2 * kept.wait, LONGEST_WAIT_S)
                kept.again_at = now + kept.wait
                return kept.child
        return None

    def end(self, name: str) -> None:
        """Kill the kept child of that name and all it started; `revive` starts it again."""
        _signal(self.kept[name].child, signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM every group, then SIGKILL what is left: no process stays behind."""
        everyone = [*self.children, *(kept.child for kept in self.kept.values())]
        for child in reversed(everyone):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WAIT_S
        for child in everyone:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            _signal(child, signal.SIGKILL)  # run workers and code servers share the child's group
            child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)
