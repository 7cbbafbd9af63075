"""The shape of frames that are to be appended, as pandera schemas: one look at all series of a provider.

Parsers promise this shape and `sources.published.checked` holds each to it; here it is asked once more of what is about
to be written, whoever made it: instants in order, ids and payloads there, one row a fact, finite numbers.
Belongs here: the schemas, who breaks them. Keep out: whether the numbers are right (arrivals.py, bars.py).
"""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from liquidity_platform.core.facts import INSTANT, KnownBasis
from liquidity_platform.sources.published import shown

if TYPE_CHECKING:  # pandera takes a quarter of a second to import
    import pandera.polars as pa


@cache
def observations() -> "pa.DataFrameSchema":
    """Rows offered to raw.observations (core.facts.OFFERED)."""
    import pandera.polars as pa

    known = pa.Check(
        lambda data: data.lazyframe.select(pl.col("known_at") <= pl.col("fetched_at")), name="known by its fetch"
    )
    numbers = pa.Check(
        lambda data: data.lazyframe.select(pl.col("value").is_finite().fill_null(True)), name="a finite number"
    )
    texts = {name: pa.Column(pl.String, pa.Check.str_length(min_value=1)) for name in ("series_id", "source_id")}
    return pa.DataFrameSchema(
        {
            **texts,
            "period": pa.Column(pl.Date),
            "known_at": pa.Column(INSTANT),
            "value": pa.Column(pl.Float64, numbers, nullable=True),
            "known_basis": pa.Column(pl.String, pa.Check.isin([basis.value for basis in KnownBasis])),
            "fetched_at": pa.Column(INSTANT),
            "payload_id": pa.Column(pl.String, pa.Check.str_length(36, 36)),
            "run_id": pa.Column(pl.String, nullable=True),
        },
        checks=known,
        strict=True,
        unique=["series_id", "period", "known_at", "payload_id"],
    )


@cache
def parsed_bars() -> "pa.DataFrameSchema":
    """Bars as parsed (core.facts.PARSED_BARS)."""
    import pandera.polars as pa

    def finite(name: str) -> "pa.Check":
        return pa.Check(
            lambda data: data.lazyframe.select(pl.col(name).is_finite().fill_null(True)), name="a finite number"
        )

    prices = {name: pa.Column(pl.Float64, finite(name), nullable=True) for name in ("open", "high", "low", "close")}
    return pa.DataFrameSchema(
        {
            "interval": pa.Column(pl.String, pa.Check.isin(["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"])),
            "bar_start": pa.Column(INSTANT),
            **prices,
            "volume": pa.Column(pl.Float64, [finite("volume"), pa.Check.ge(0)], nullable=True),
        },
        strict=True,
        unique=["interval", "bar_start"],
    )


def misshapen_bars(bars: pl.DataFrame) -> str | None:
    """What is wrong with the shape of parsed bars; None where nothing is."""
    import pandera.errors as errors

    try:
        parsed_bars().validate(bars, lazy=True)
    except errors.SchemaErrors as error:
        case = error.failure_cases.row(0, named=True)
        return f"{case['column'] or 'bars'}: {case['check']} does not hold for {shown(case['failure_case'])}"
    return None


def misshapen(offered: pl.DataFrame) -> dict[str, str]:
    """Series whose rows in `offered` break the schema, and what is wrong with them."""
    import pandera.errors as errors

    try:
        observations().validate(offered, lazy=True)
    except errors.SchemaErrors as error:
        return dict(_told(offered, error.failure_cases))
    return {}


def _told(offered: pl.DataFrame, cases: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """A case without a row is about the frame: then every series in it is refused."""
    everyone = offered["series_id"].unique().to_list()
    for case in cases.iter_rows(named=True):
        row = case["index"]
        named = everyone if row is None else [offered["series_id"][row]]
        about = case["column"] or "rows"
        for name in named:
            yield str(name), f"{name}: {about}: {case['check']} does not hold for {shown(case['failure_case'])}"
