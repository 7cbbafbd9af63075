"""A home for a test, and holders of its server that never outlive the test.

Belongs here: fixtures of these tests. Keep out: anything other rooms' tests need.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from holder import Holder

from liquidity_platform_tests.prove.processes import gone_within

Hold = Callable[..., Holder]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """hold(home) starts a process that takes a lease. Afterwards all are killed, and nothing of theirs may be left."""
    made: list[Holder] = []

    def start(home: Path, *arguments: object, **named: object) -> Holder:
        made.append(Holder(home, *arguments, **named))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for holder in made:
        holder.kill()
    assert gone_within(tmp_path, 30) == {}
