"""A child that asked for it ends with its parent, however the parent ends."""

import subprocess
import sys

CHILD = """
import signal, sys, time
from liquidity_platform.core.parent import die_with_parent
die_with_parent(signal.SIGKILL, int(sys.argv[1]))
print("ready", flush=True)
time.sleep(600)
"""
PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
time.sleep(600)
"""


def test_a_killed_parent_takes_its_child_along() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.kill()
        said, _ = parent.communicate(timeout=60)  # the child holds the same pipe: it ends only when both have ended
        assert said == ""


def test_a_child_that_comes_too_late_ends_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, "1"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "the process 1 that asked for this one has ended\n"
