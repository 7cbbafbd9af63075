"""`liquidity series accept`: what is held back is accepted from a day on; what is mistyped is one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from liquidity_platform.automation.loading import load
from liquidity_platform.catalog.series import find_series
from liquidity_platform.cli.main import run
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse

MILLIONS = "observation_date,WALCL\n2026-06-03,6700000\n2026-06-10,6710000\n2026-06-17,6720000\n"
BILLIONS = "observation_date,WALCL\n2026-06-03,6700\n2026-06-10,6710\n2026-06-17,6720\n2026-06-24,6730\n"


@pytest.fixture
def walcl(
    open_on: Callable[..., Warehouse], database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str | None]:
    """walcl(text): load that file; what was held back. Commands of this process mean the same warehouse."""
    (tmp_path / "files" / "fred").mkdir(parents=True)
    for name, value in {"HOME": tmp_path / "home", "WAREHOUSE__URL": database, "DATA": tmp_path / "files"}.items():
        monkeypatch.setenv(f"LIQUIDITY_{name}", str(value))
    settings.cache_clear()
    warehouse = open_on(data=str(tmp_path / "files"))

    def loaded(text: str) -> str | None:
        (tmp_path / "files" / "fred" / "WALCL.csv").write_text(text)
        window = Window.all_until(warehouse.settings.clock_now().now())
        (outcome,) = load(PROVIDERS["fred"], [find_series("WALCL")], window, warehouse, None, lambda _: None)
        return outcome.quarantined

    assert run(["warehouse", "migrate"]) == 0
    return loaded


def test_a_unit_that_files_do_not_say_is_accepted_by_its_words(
    walcl: Callable[[str], str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert walcl(MILLIONS) is None
    held = walcl(BILLIONS)
    assert held is not None
    assert "10^+3" in held
    capsys.readouterr()
    assert run(["series", "accept", "WALCL", "--from", "2026-07-01", "--unit", "billions of US dollars"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "unit is now 'billions of US dollars', accepted is 'millions of US dollars'" in said.err
    assert "from 2026-07-01 on a printed 1 is 1,000,000,000 usd" in said.err
    assert walcl(BILLIONS) is None
    assert run(["show", "WALCL", "--format", "csv", "--from", "2026-06-17"]) == 0
    assert [line.split(",")[1:3] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["2026-06-17", "6720000000000"], ["2026-06-24", "6730000000000"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["accept"], "say which series and from which day"),
        (["accept", "WALCL"], "say which series and from which day"),
        (["WALCL", "--from", "2026-07-01"], "say which series and from which day"),
        (["accept", "WALCLX", "--from", "2026-07-01"], "no series 'WALCLX'"),
        (["accept", "WALCL", "--from", "July"], "is not a date"),
        (["accept", "WALCL", "--from", "2026-07-01"], "nothing that the publisher says of WALCL"),
        (["accept", "WALCL", "--from", "2099-07-01", "--unit", "billions of US dollars"], "lies in the future"),
        (["accept", "WALCL", "--from", "2026-07-01", "--unit", ""], "another quantity is another series"),
        (["accept", "WALCL", "--from", "2026-07-01", "--unit", "bananas"], "'bananas' is not 'millions of US dollars'"),
        (["accept", "WALCL", "--from", "2026-07-01", "--unit", "billions of euros"], "is not 'millions of US dollars'"),
        (["accept", "DGS2", "--from", "2026-07-01", "--unit", "basis points"], "'basis points' is not 'percent'"),
        (["accept", "DGS10", "--from", "2026-07-01", "--unit", "millions of US dollars"], "is not 'percent'"),
    ],
)
def test_a_mistake_is_one_line_and_accepts_nothing(
    walcl: Callable[[str], str | None], capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    capsys.readouterr()
    assert run(["series", *words]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.startswith("liquidity: ")
    assert said.count("\n") == 1
    assert walcl(MILLIONS) is None
