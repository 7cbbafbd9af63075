"""The coverage page: 100 % or the missing by name, whole and escaped."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from liquidity_platform.report.coverage import (
    SERIES_HELD,
    UNIVERSES_HELD,
    CoverageData,
    covered,
    render_coverage,
    sources,
)

NOW = datetime(2026, 7, 23, 12, tzinfo=UTC)


def page(simulated: bool = False) -> CoverageData:
    rows = [
        ("fed.total_assets", "WALCL", "Fed <total> assets", "fred", "weekly", date(2002, 12, 18), date(2026, 7, 15),
         1231, 0, 1, "2024-01-03", 14, 0, 3, NOW, 87.5),
        ("fed.mbs", "WSHOMCB", "Mortgage-backed securities", "fred", "weekly", None, None, 0, 0, None, "", None, 0, 0,
         None, None),
    ]  # fmt: skip
    universes = [("quantum", 2, 1, "eq.ionq", 250, date(2025, 7, 1), date(2026, 7, 22), NOW)]
    return CoverageData(
        NOW,
        simulated,
        pl.DataFrame(rows, schema=dict(SERIES_HELD), orient="row"),
        pl.DataFrame(universes, schema=dict(UNIVERSES_HELD), orient="row"),
        5,
    )


@pytest.mark.parametrize(
    ("count", "of", "missing", "says"),
    [
        (30, 30, None, "100 %"),
        (1, 2, "eq.ionq", "50.0 %; missing: eq.ionq"),
        (2999, 3000, "eq.ionq", "99.9 %; missing: eq.ionq"),  # never rounded to all
        (0, 40, ", ".join(f"s{n}" for n in range(40)),
         f"0.0 %; missing: {', '.join(f's{n}' for n in range(30))} and 10 more"),
    ],
)  # fmt: skip
def test_all_or_the_missing_by_name(count: int, of: int, missing: str | None, says: str) -> None:
    assert covered(count, of, missing) == says


def test_a_provider_names_the_series_it_lacks() -> None:
    assert sources(page().series) == [
        {"source": "fred", "series": 2, "held": 1, "said": "50.0 %; missing: WSHOMCB"},
    ]


def test_the_page_says_what_is_held_and_loads_nothing() -> None:
    text = render_coverage(page())
    for said in (
        "50.0 %; missing: eq.ionq",
        "Fed &lt;total&gt; assets",
        "2002-12-18",
        "14 d",
        "88 %",
        "1,231",
        'title="2024-01-03"',
        "default-src 'none'",
    ):
        assert said in text  # fmt: skip
    assert "Mortgage-backed" not in text  # what holds nothing is named with its provider
    assert "://" not in text
    assert "SIMULATED" not in text
    assert text.count("SIMULATED") < render_coverage(page(simulated=True)).count("SIMULATED")
