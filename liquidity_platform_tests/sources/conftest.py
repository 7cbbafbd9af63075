"""A publisher on loopback, the recorded data, and settings of their own for tests of `sources`.

Belongs here: fixtures two or more tests share. Keep out: anything that reaches beyond loopback; copies of the data.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback_publisher import BY_CODE, Desk, Publisher, provider_named

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.instants import Clock
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.http import Asker, HttpSession, Limits


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.close()


@pytest.fixture
def second_publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.close()


@pytest.fixture
def recorded() -> Path:
    """The folder of real data; skipped with the reason where it is absent."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("LIQUIDITY_TEST_DATA") or default)
    if not (folder / "fred").is_dir():
        pytest.skip(f"no recorded data in {folder}: set LIQUIDITY_TEST_DATA")
    return folder


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**given: object) -> Settings:
        return Settings(_env_file=None, **{"home": tmp_path / "home", "data": "live", "clock": None, **given})

    return make


@pytest.fixture
def series() -> Callable[[str], Series]:
    return BY_CODE.__getitem__


@pytest.fixture
def desk(tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Callable[..., Desk]]:
    opened: list[Asker] = []

    def open_desk(url: str, limits: Limits = Limits(), named: tuple[str, ...] = ()) -> Desk:
        sources = {"toy": SourceSettings(base_url=url)}
        sources |= {f"other{place}": SourceSettings(base_url=other) for place, other in enumerate(named)}
        waits: list[float] = []
        # turns of the process-wide pace are nanoseconds here; what is left are the pauses between tries
        asker = Asker(
            provider_named(), make_settings(sources=sources), limits, lambda s: waits.append(s) if s > 0.001 else None
        )
        opened.append(asker)
        archive = FolderArchive(tmp_path / "archive")
        return Desk(HttpSession(asker, "toy", archive, Clock()), waits, archive)

    yield open_desk
    for asker in opened:
        asker.__exit__()
