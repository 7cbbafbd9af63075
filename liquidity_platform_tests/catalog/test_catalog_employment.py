"""The Employment Situation's rule against the true days of publication, which ALFRED kept."""

import csv
from datetime import date
from pathlib import Path

import pytest

from liquidity_platform.catalog.releases import RELEASES

SHUTDOWNS = [(date(2013, 9, 1), date(2013, 10, 1)), (date(2025, 9, 1), date(2026, 1, 1))]


@pytest.fixture(scope="module", params=["PAYEMS", "UNRATE"])
def releases(request: pytest.FixtureRequest, real_data: Path) -> list[tuple[date, date, date]]:
    """Since 2010: period, true day, day by the rule."""
    with (real_data / "alfred" / f"{request.param}_initial_release.csv").open() as lines:
        found = [
            (date.fromisoformat(row["date"]), date.fromisoformat(row["realtime_start"]))
            for row in csv.DictReader(lines)
        ]
    rule = RELEASES["bls_employment"]
    since = [(period, true) for period, true in found if period >= date(2010, 1, 1)]
    return [(period, true, rule.known_at_one(period).date()) for period, true in since]


def test_the_rule_names_the_true_day_almost_always(releases: list[tuple[date, date, date]]) -> None:
    assert len(releases) > 190
    assert sum(true == ruled for _, true, ruled in releases) / len(releases) >= 0.93


def test_the_rule_is_never_late(releases: list[tuple[date, date, date]]) -> None:
    assert [row for row in releases if row[2] > row[1]] == []


def test_the_rule_is_early_only_around_new_year_and_in_shutdowns(releases: list[tuple[date, date, date]]) -> None:
    """Which is why these revisable series are known since our fetch or their vintage, never by this rule."""
    early = [period for period, true, ruled in releases if ruled < true]
    others = [day for day in early if day.month != 12 and not any(first <= day <= last for first, last in SHUTDOWNS)]
    assert others == []
    new_year = [true - ruled for period, true, ruled in releases if period.month == 12 and ruled < true]
    assert {gap.days for gap in new_year} <= {7, 8}
