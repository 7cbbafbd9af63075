"""KEYS of --select and --skip: series, bars, both, neither."""

from pathlib import Path

import pytest

from liquidity_platform.catalog.series import SERIES
from liquidity_platform.cli.selection import chosen
from liquidity_platform.core.errors import UsageError
from liquidity_platform.settings import settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars of two instruments lie in the folder that replaces the network."""
    (tmp_path / "ohlcv").mkdir()
    for code in ("SPY", "VIX"):
        (tmp_path / "ohlcv" / f"{code}.csv").write_text("date,close\n2026-06-05,1\n")
    monkeypatch.setenv("LIQUIDITY_DATA", str(tmp_path))
    settings.cache_clear()


def keys(select: str | None, skip: str | None) -> tuple[int, list[str] | None]:
    """How many series, and the instruments; None where a run asks for what it usually does."""
    lines, listings = chosen(select, skip)
    return len(lines), None if listings is None else [each.id for each in listings]


@pytest.mark.parametrize(
    ("select", "skip", "expected"),
    [
        (None, None, (len(SERIES), None)),
        (None, "WALCL", (len(SERIES) - 1, None)),
        (None, "bars", (len(SERIES), [])),
        (None, "bars/yahoo/spy", (len(SERIES), ["idx.vix"])),
        (None, "etf.spy,DGS10", (len(SERIES) - 1, ["idx.vix"])),
        ("WALCL", None, (1, [])),
        ("bars", None, (0, ["idx.vix", "etf.spy"])),
        ("bars/yahoo", None, (0, ["idx.vix", "etf.spy"])),
        ("bars/*/SPY", None, (0, ["etf.spy", "etf.spy"])),  # of Yahoo and of Massive
        ("bars/yahoo/qqq", None, (0, ["etf.qqq"])),
        ("bars,WALCL", "etf.spy,metrics", (1, ["idx.vix"])),
    ],
)
def test_keys_mean_series_and_bars(
    select: str | None, skip: str | None, expected: tuple[int, list[str] | None]
) -> None:
    assert keys(select, skip) == expected


@pytest.mark.parametrize(
    ("select", "says"),
    [
        ("bars/yahoo/tick", "no bars match 'bars/yahoo/tick'; providers: yahoo"),
        ("bars/nowhere", "no bars match 'bars/nowhere'"),
        ("etf.nope", "no series 'etf.nope'"),
        ("raw/fred/nope", "no raw series matches"),
    ],
)
def test_an_unknown_key_is_named(select: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        chosen(select, None)


def test_nothing_left_to_do_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="leave nothing to do"):
        chosen("bars/yahoo/spy", "bars")
