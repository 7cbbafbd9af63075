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
