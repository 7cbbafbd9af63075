"""What a user gets with no key, with one in `.env`, and with a wrong one: of every provider, asked as `daily` asks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from liquidity_platform.automation.answers import Outcome
from liquidity_platform.automation.bar_loading import load_bars
from liquidity_platform.automation.loading import load
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.bench.refreshing import refresh
from liquidity_platform_tests.publishers.everybody import Everybody
from liquidity_platform_tests.publishers.fred import KEY
from liquidity_platform_tests.publishers.patience import impatient, unpaced

MORE = "LIQUIDITY_SOURCES__FRED__API_KEY"
OTHERS = [line for line in SERIES.values() if line.source != "fred"]
# of FRED's 242 some, in every frequency; `make prove ARGS=catalog` loads all of them without a key
FRED = [*[line for line in SERIES.values() if line.source == "fred"][::40], find_series("PAYEMS")]
KEYED = [name for name, provider in PROVIDERS.items() if provider.needs_key]


@pytest.fixture
def with_env(open_on: Callable[..., Warehouse], tmp_path: Path) -> Iterator[Callable[..., Warehouse]]:
    """with_env(text): a warehouse that asks the stand-ins under settings with `text` as their `.env`."""
    with Everybody(None) as everybody, impatient():

        def open_it(text: str) -> Warehouse:
            (tmp_path / ".env").write_text(text)
            given = Settings(_env_file=tmp_path / ".env").sources  # type: ignore[call-arg]
            places = {
                name: SourceSettings(base_url=one.base_url, api_key=given[name].api_key if name in given else None)
                for name, one in everybody.sources().items()
            }
            warehouse = open_on(sources={**given, **places})
            prepare(warehouse)
            return warehouse

        yield open_it


def asked(warehouse: Warehouse, lines: list[Series]) -> list[Outcome]:
    window = Window.all_until(warehouse.settings.clock_now().now())
    return refresh(warehouse, unpaced({line.source for line in lines}), lines, window)


def reasons(outcomes: list[Outcome]) -> list[str | None]:
    return [outcome.failure or outcome.quarantined for outcome in outcomes if not outcome.published]


def bases(warehouse: Warehouse, line: Series) -> set[str]:
    with warehouse.session() as connection:
        found = connection.execute(
            "SELECT DISTINCT known_basis FROM raw.observations WHERE series_id = %s", [line.id]
        ).fetchall()
    return {basis for (basis,) in found}


def test_the_catalog_needs_no_key_and_one_in_env_brings_the_vintages(with_env: Callable[[str], Warehouse]) -> None:
    payrolls = find_series("PAYEMS")
    assert not [line.id for line in SERIES.values() if line.source in KEYED]
    keyless = with_env("")
    assert reasons(asked(keyless, [*OTHERS, *FRED])) == []
    assert "vintage" not in bases(keyless, payrolls)
    keyed = with_env(f"{MORE}={KEY}\n")
    assert reasons(asked(keyed, FRED)) == []
    assert "vintage" in bases(keyed, payrolls)


def test_a_wrong_key_is_one_masked_line_and_the_other_publishers_are_loaded(
    with_env: Callable[[str], Warehouse],
) -> None:
    wrong = "ffffffffffffffffffffffffffffff99"
    outcomes = asked(with_env(f"{MORE}={wrong}\n"), [*OTHERS[-6:], *FRED])
    (said,) = {outcome.failure for outcome in outcomes if outcome.series.source == "fred"}
    assert said is not None
    assert "the key ****99 is refused" in said
    assert MORE in said
    assert wrong not in said
    assert "\n" not in said
    assert all(outcome.published for outcome in outcomes if outcome.series.source != "fred")


@pytest.mark.parametrize("name", KEYED)
def test_who_wants_a_key_is_named_with_the_setting_to_set(warehouse: Warehouse, name: str) -> None:
    provider, window = PROVIDERS[name], Window.current(warehouse.settings.clock_now().now())
    if provider.bars is not None:
        wanted = [line for line in INSTRUMENTS.values() if provider.bars.code_of(line)][:2]
        said = [one.failure for one in load_bars(provider, wanted, window, warehouse, "run", lambda _: None)]
    else:
        lines = [replace(find_series(code), source=name) for code in ("WALCL", "IORB")]
        said = [one.failure for one in load(provider, lines, window, warehouse, "run", lambda _: None)]
    assert said == [f"{name} needs a key: set LIQUIDITY_SOURCES__{name.upper()}__API_KEY"] * 2
