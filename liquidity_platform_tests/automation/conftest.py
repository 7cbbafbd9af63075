"""A warehouse that loads from a test module's own `folder`.

Belongs here: fixtures of several modules. Keep out: the folders.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from liquidity_platform.automation.resources import prepare
from liquidity_platform.warehouse.connect import Warehouse


@pytest.fixture
def opened(open_on: Callable[..., Warehouse], folder: Path) -> Warehouse:
    """A prepared warehouse whose files are those of `folder`, under the real clock."""
    warehouse = open_on(data=str(folder))
    prepare(warehouse)
    return warehouse
