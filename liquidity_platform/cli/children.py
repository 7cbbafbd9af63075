"""Child processes and their supervisor: started in groups of their own, watched, stopped to the last.

A child that others need ends everything when it ends; one that is `kept` is started again, later each time.
Belongs here: that. Keep out: which processes the platform has (processes.py).
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from liquidity_platform.core.parent import die_with_parent

STOP_WAIT_S, FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 1.0, 60.0


@dataclass
class Child:
    """A running child and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_line(self) -> str:
        """What it said last."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


@dataclass
class Kept:
    """A child that is started again when it ends."""

    command: tuple[str, ...]
    child: Child
    started: float
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
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **self.environment},
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.children.append(Child(name, process, log))
        return self.children[-1]

    def ended(self) -> Child | None:
        """A child that has ended, if any."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def keep(self, name: str, *command: str) -> Child:
        """Start a child that the others can do without: it is started again when it ends."""
        child = self.start(name, *command)
        self.children.remove(child)
        self.kept[name] = Kept(command, child, time.monotonic())
        return child

    def revive(self) -> Child | None:
        """Start again what is due; a kept child that has just ended, for telling."""
        now = time.monotonic()
        for name, kept in self.kept.items():
            if kept.again_at is not None and now >= kept.again_at:
                fresh = self.start(name, *kept.command)
                self.children.remove(fresh)
                kept.child, kept.started, kept.again_at = fresh, now, None
            elif kept.again_at is None and kept.child.process.poll() is not None:
                kept.wait = FIRST_WAIT_S if now - kept.started > LONGEST_WAIT_S else min(2 * kept.wait, LONGEST_WAIT_S)
                kept.again_at = now + kept.wait
                return kept.child
        return None

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
