"""What is expected of every mart, as a Great Expectations suite, and its Data Docs as pages to read.

    LIQUIDITY_EXPECTATIONS_URL=... python -m liquidity_platform.quality.expectations FOLDER [MART...]

Great Expectations takes seconds to import, so it is imported in that process alone; it asks as the reader, tells nobody
(its telemetry is off) and prints a JSON list on stdout, one object a mart: `mart`, `passed`, `expected`, `failed`.
Belongs here: the expectations, running them. Keep out: what dbt's tests prove in SQL (sums, grain of joins), Dagster.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

URL = "LIQUIDITY_EXPECTATIONS_URL"  # of the reader; in the environment, since arguments are seen by everybody
TRILLION = 1e12
_METRIC = ("COMPLETE", "CARRIED", "PROVISIONAL", "STALE_INPUT", "MISSING_INPUT")


@dataclass(frozen=True, slots=True)
class Mart:
    """What is expected: one row a `key`, filled; a `status` of these words; numbers within these `bounds`."""

    key: Sequence[str]
    status: Sequence[str] = ()
    bounds: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    filled: Sequence[str] = ("known_at",)


_LEVELS = {"net_liquidity": (0.0, 20 * TRILLION), "fed_assets": (0.5 * TRILLION, 20 * TRILLION),
           "tga": (0.0, 3 * TRILLION), "rrp": (0.0, 5 * TRILLION)}  # fmt: skip
_SPREADS = {"hy_oas": (0.0, 4_000.0), "ig_oas": (0.0, 1_500.0), "sofr_iorb": (-500.0, 1_500.0)}
MARTS: Mapping[str, Mart] = {
    "net_liquidity_weekly": Mart(("period",), _METRIC, _LEVELS),
    "net_liquidity_daily": Mart(("period",), _METRIC, _LEVELS),
    "liquidity_weekly": Mart(("period",), _METRIC, {**_LEVELS, "stealth_qe": (0.0, 100.0)}),
    "liquidity_daily": Mart(("period",), _METRIC, {**_LEVELS, "stealth_qe": (0.0, 100.0)}),
    "global_liquidity_weekly": Mart(("period",), (), {"gross": (0.0, 60 * TRILLION), "breadth": (0.0, 100.0)}),
    "rates_daily": Mart(
        ("period",),
        ("COMPLETE", "PUBLISHED_BLANK", "HELD_BACK"),
        {"funds_rate": (-1.0, 25.0), "sofr": (-1.0, 20.0), "yield_2y": (-2.0, 20.0), "yield_10y": (-2.0, 20.0)},
    ),
    "spreads_daily": Mart(("period",), _METRIC, {"spread_10y2y": (-600.0, 600.0), **_SPREADS}),
    "stress_daily": Mart(("period",), _METRIC, {"funding_stress": (0.0, 100.0), "vix": (5.0, 150.0)}),
    "regimes": Mart(("signal_id", "period"), (), {"confidence": (0.0, 1.0)}, ("state", "since", "known_at")),
    "macro_monthly": Mart(
        ("series_id", "period"),
        ("COMPLETE", "FIRST_PRINT_UNKNOWN", "PUBLISHED_BLANK", "HELD_BACK"),
        {"prints": (0.0, None)},
        ("title", "unit"),
    ),
    "series_status": Mart(
        ("series_id",), ("OK", "LATE", "QUARANTINED", "NOTHING_PUBLISHED"), {"periods": (0.0, None)}, ("unit",)
    ),
    "data_coverage": Mart(("kind", "id", "source_id", "year"), (), {"year": (1700.0, 2040.0), "blanks": (0.0, None)}),
    "universe_coverage": Mart(
        ("universe_id",), ("COMPLETE", "PARTIAL", "NOTHING"), {"percent_covered": (0.0, 100.0)}, ("members", "covered")
    ),
    "quality_daily": Mart(
        ("period", "kind", "id"),
        ("OK", "LATE", "FLAGGED", "BLOCKED", "PARTIAL", "MISSING"),
        {"score": (0.0, 100.0)},
    ),
    "what_changed": Mart(("kind", "id", "period"), ("NEW", "REVISED", "WITHDRAWN", "FIRST_SEEN")),
    # a view that adjusts every price: asked little
    "market_daily": Mart((), ("COMPLETE", "ADJUSTED_BY_SOURCE", "MISSING_INPUT"), {"volume": (0.0, None)}),
}


def expectations(mart: Mart) -> "list[Expectation]":
    """The suite of one mart."""
    from great_expectations import expectations as declared

    expect: Any = declared  # whose names its types do not tell
    wanted: list[Any] = [
        expect.ExpectColumnValuesToNotBeNull(column=name) for name in dict.fromkeys((*mart.key, *mart.filled))
    ]
    if len(mart.key) > 1:
        wanted.append(expect.ExpectCompoundColumnsToBeUnique(column_list=list(mart.key)))
    elif mart.key:
        wanted.append(expect.ExpectColumnValuesToBeUnique(column=mart.key[0]))
    if mart.status:
        wanted.append(expect.ExpectColumnValuesToBeInSet(column="status", value_set=list(mart.status)))
    wanted += [
        expect.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
        for name, (low, high) in mart.bounds.items()
    ]
    return wanted


def run(url: str, folder: Path, marts: Mapping[str, Mart] = MARTS) -> list[dict[str, Any]]:
    """Ask the database at `url` everything, write the pages into `folder`; what came of each mart."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    loose: Any = context  # whose settings its types tell in part
    loose.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_postgres("warehouse", connection_string=url, create_temp_table=False)
    asked = []
    for name, mart in marts.items():
        table = source.add_table_asset(name, table_name=name, schema_name="marts")
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations(mart)))
        batch = table.add_batch_definition_whole_table("all")
        asked.append(context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite)))
    shutil.rmtree(folder, ignore_errors=True)  # pages are of the last run: the runs before stand in Dagster
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    index = {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False}
    site: Any = {"class_name": "SiteBuilder", "site_index_builder": index, "store_backend": store}
    loose.add_data_docs_site("marts", {**site, "show_how_to_buttons": False})
    actions: Any = gx.checkpoint  # whose names its types do not tell
    docs = actions.UpdateDataDocsAction(name="pages", site_names=["marts"])
    checkpoint = gx.Checkpoint(name="marts", validation_definitions=asked, actions=[docs], result_format="SUMMARY")
    results = context.checkpoints.add(checkpoint).run().run_results
    told = [_told(result) for result in results.values()]
    _list_pages(folder, told)
    return told


def _list_pages(folder: Path, told: list[dict[str, Any]]) -> None:
    """Links to the page of each mart on the first page, whose own table is drawn by scripts from the network."""
    index, said = folder / "index.html", {one["mart"]: _in_words(one) for one in told}
    pages = {page.relative_to(folder).parts[1]: page for page in sorted((folder / "validations").rglob("*.html"))}
    items = [
        f'<li><a href="{quote(str(page.relative_to(folder)))}">{mart}</a>: {said[mart]}</li>'
        for mart, page in sorted(pages.items())
    ]
    listed = f"<section><h2>Marts, as they were asked last</h2><ul>{''.join(items)}</ul></section>"
    index.write_text(index.read_text().replace("</body>", f"{listed}</body>", 1))


def _in_words(one: dict[str, Any]) -> str:
    return f"{len(one['failed'])} of {one['expected']} fail" if one["failed"] else f"all {one['expected']} hold"


def _told(result: Any) -> dict[str, Any]:
    failed = [_failure(one) for one in result.results if not one.success]
    return {"mart": result.suite_name, "passed": not failed, "expected": len(result.results), "failed": failed}


def _failure(one: Any) -> str:
    """One expectation that does not hold, in a line."""
    asked = one.expectation_config.kwargs
    about = asked.get("column") or ", ".join(asked.get("column_list", []))
    kind = str(one.expectation_config.type).removeprefix("expect_").replace("_", " ")
    broken = one.result.get("unexpected_count")
    raised = "; ".join(told["exception_message"] for told in one.exception_info.values() if isinstance(told, dict))
    return f"{about}: {kind} ({broken} rows)" if broken is not None else f"{about}: {kind}: {raised[:200]}"


def main(arguments: list[str]) -> int:
    """Run, print the results; 0 whatever they say, as pages and results are there to be read."""
    folder, *names = arguments
    json.dump(run(os.environ[URL], Path(folder), {name: MARTS[name] for name in names or MARTS}), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
