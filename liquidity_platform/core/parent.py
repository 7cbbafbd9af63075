"""A child process that does not outlive the process that started it.

Belongs here: asking the kernel for that. Keep out: starting and stopping children (cli/processes.py).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """Ask the kernel to send this process `number` when its parent ends, however it ends (Linux only).

    With `parent`, the pid that is expected: when that process has ended already, exit at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        raise SystemExit(f"the process {parent} that asked for this one has ended")
