"""Shapes of the frames that rooms hand each other, and the words in them.

Belongs here: column names, dtypes, `KnownBasis`, `Status`. Keep out: SQL, validation rules, I/O.
"""

from enum import StrEnum

import polars as pl

INSTANT = pl.Datetime("us", "UTC")


class KnownBasis(StrEnum):
    """How sure we are of `known_at`."""

    VINTAGE = "vintage"  # the publisher's vintage date at the release clock
    RELEASE_RULE = "release_rule"  # the release calendar of the period, never later than our fetch
    FETCHED = "fetched"  # our fetch
    CONSERVATIVE = "conservative"  # end of the next business day: a date is known, a clock is not


class Status(StrEnum):
    """Why a metric's value is what it is."""

    COMPLETE = "COMPLETE"
    CARRIED = "CARRIED"  # a leg within its max age
    PROVISIONAL = "PROVISIONAL"  # the newest Wednesday's balance sheet is not out yet
    STALE_INPUT = "STALE_INPUT"  # a leg is older than its max age: value NULL, unless it is optional
    MISSING_INPUT = (
        "MISSING_INPUT"  # a leg was never published (value NULL, unless it is optional), or no number comes out
    )


# What `parse` returns: one row a published number, in the catalog's unit. A NULL value is a published blank.
PARSED = {"period": pl.Date(), "value": pl.Float64()}

# What `parse` of a provider of bars returns. `bar_start` of a daily bar is midnight of its trading day in the
# instrument's zone. NULL is what the publisher does not give; a volume of 0 is one it does.
PARSED_BARS = {
    "interval": pl.String(),
    "bar_start": INSTANT,
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "close": pl.Float64(),
    "volume": pl.Float64(),
}
PARSED_ACTIONS = {
    "kind": pl.String(),  # split or dividend
    "ex_date": pl.Date(),
    "ratio": pl.Float64(),  # new units for one old
    "amount": pl.Float64(),  # a unit as it stood then, in `currency`
    "currency": pl.String(),
}

# What a source offers the warehouse: PARSED plus what is proposed about its knowledge time.
OFFERED = {
    "series_id": pl.String(),
    "period": pl.Date(),
    "known_at": INSTANT,
    "value": pl.Float64(),
    "known_basis": pl.String(),
    "source_id": pl.String(),
    "fetched_at": INSTANT,
    "payload_id": pl.String(),
    "run_id": pl.String(),
}

# What the metric engine reads and writes.
KNOWN_INPUT = {
    "input_id": pl.String(),
    "period": pl.Date(),
    "known_at": INSTANT,
    "value": pl.Float64(),
    "status": pl.String(),
}
METRIC_ROWS = {
    "metric_id": pl.String(),
    "definition_version": pl.Int32(),
    "period": pl.Date(),
    "known_at": INSTANT,
    "value": pl.Float64(),
    "status": pl.String(),
    "inputs_hash": pl.String(),
}
