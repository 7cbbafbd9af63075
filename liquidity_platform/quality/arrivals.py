"""What is judged of rows when they arrive: range, unit step, jump, gap, size of a revision, restated history.

Each series is its own measure: the moves it made before, the revisions it had before, the calendar of its release. Only
what arrived is judged, and of it the newest periods: a history that comes with a first load is taken as it is, but for
its end. All series of a provider are judged in one pass over one frame.
Belongs here: the judgements and their sentences. Keep out: severities (catalog.gates), queries, what follows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from liquidity_platform.catalog.gates import Judgement
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.facts import INSTANT
from liquidity_platform.core.frequency import Frequency

NEWEST = 10  # periods at the end of a series that are judged
PAST = 260  # periods before them that say what is usual
LEVEL = 12  # periods whose median is the level before
ENOUGH = 30  # moves without which nothing is usual
TWICE = 2.0  # times the largest move before, from which on a move is a jump
STEP = 0.2  # |log10| by which a step may miss a power of ten: a factor of 1.6
REVISED = 10.0  # times the usual revision, from which on one is large
FEW = 8  # revisions without which none is usual
CHANGED = 12  # past periods that may change at once in any series
RECENTLY = timedelta(days=14)  # a revision known before that is history, whenever it arrived
DUE = 30  # periods of the calendar that are looked at for gaps

# Newest rows of series as known now, PAST + NEWEST of each; `fresh`: it arrived in this load.
RECENT = {
    "series_id": pl.String(), "period": pl.Date(), "known_at": INSTANT, "value": pl.Float64(),
    "payload_id": pl.String(), "fresh": pl.Boolean(),
}  # fmt: skip
# Numbers of this load that took another number's place, and that number.
REPLACED = {
    "series_id": pl.String(), "period": pl.Date(), "known_at": INSTANT, "value": pl.Float64(), "was": pl.Float64(),
    "payload_id": pl.String(),
}  # fmt: skip
# Of each series the revisions before this load: how many, their median size, most periods changed at one instant.
USUAL = {"series_id": pl.String(), "count": pl.Int64(), "size": pl.Float64(), "widest": pl.Int64()}
_ROW = ("period", "known_at", "payload_id")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one judgement found of one series: the rows concerned (period, known_at, payload_id), and a sentence."""

    series: str
    judgement: Judgement
    rows: tuple[tuple[date, datetime, str], ...]
    reason: str


def judge_arrivals(
    lines: Mapping[str, Series], recent: pl.DataFrame, replaced: pl.DataFrame, usual: pl.DataFrame
) -> list[Finding]:
    """Findings about what arrived of `lines` (by id), from frames RECENT, REPLACED and USUAL."""
    measured = _measured(lines, recent)
    judged = measured.filter(pl.col("fresh") & (pl.col("place") < NEWEST))
    levels = judged.filter(_is_step("level"))
    steps = replaced.join(_spreads(measured), on="series_id", how="inner").filter(_is_step("was"))
    return [
        *_each(judged.filter(~pl.col("value").is_between("low", "high")), Judgement.RANGE, lines, _outside),
        *_each(pl.concat([_stepped(levels, "level"), _stepped(steps, "was")]), Judgement.UNIT_STEP, lines, _step),
        *_each(judged.filter(_jumped()).join(levels, on=["series_id", "period"], how="anti"), Judgement.JUMP, lines,
               _jump),
        *_gaps(lines, recent),
        *_revisions(lines, replaced, usual),
    ]  # fmt: skip


def _measured(lines: Mapping[str, Series], recent: pl.DataFrame) -> pl.DataFrame:
    """Numbers of `recent` with what is usual of their series: level, largest moves; `place` 0 is the newest."""
    limits = pl.DataFrame(
        [(line.id, *line.plausible, line.low > 0) for line in lines.values()],
        schema={"series_id": pl.String, "low": pl.Float64, "high": pl.Float64, "positive": pl.Boolean},
        orient="row",
    )
    place = (pl.len() - 1 - pl.int_range(pl.len())).over("series_id")
    rows = recent.drop_nulls("value").sort("series_id", "period").with_columns(place=place)
    rows = rows.join(limits, on="series_id", how="inner", maintain_order="left")
    # what arrived is no measure for itself; of a series that arrives whole its newest periods are not
    whole = pl.col("fresh").all().over("series_id")
    trusted = _moves(rows.filter(pl.when(whole).then(pl.col("place") >= NEWEST).otherwise(~pl.col("fresh"))))
    past = trusted.group_by("series_id", maintain_order=True).agg(
        largest=pl.col("move").max(), moves=pl.col("move").count(), spread=pl.col("away").max(),
        level=pl.col("value").tail(LEVEL).median(), levels=pl.col("value").tail(LEVEL).count(),
    )  # fmt: skip
    return _moves(rows).join(past, on="series_id", how="left", maintain_order="left")


def _moves(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each number the one before, the size of the move, and how far it is from the level before it."""
    before = pl.col("value").shift(1).over("series_id")
    rate = pl.when((pl.col("value") > 0) & (before > 0)).then((pl.col("value") / before).log())
    return rows.with_columns(
        before=before,
        move=pl.when(pl.col("positive")).then(rate).otherwise(pl.col("value") - before).abs(),
        around=pl.col("value").rolling_median(LEVEL, min_samples=3).shift(1).over("series_id"),
    ).with_columns(away=_away("around").abs())


def _spreads(measured: pl.DataFrame) -> pl.DataFrame:
    return measured.group_by("series_id").agg(pl.col("spread", "levels", "positive").first())


def _away(reference: str) -> pl.Expr:
    """log10 of |value / reference|; NULL where either is 0 or their signs differ, which says nothing about a unit."""
    same = (pl.col("value") * pl.col(reference)) > 0
    return pl.when(same).then((pl.col("value") / pl.col(reference)).log10())


def _is_step(reference: str) -> pl.Expr:
    """Only of what the catalog says is positive: discount window loans went from 3 to 28,224 in March 2020."""
    step = _away(reference)
    near = (step - step.round(0)).abs() < STEP
    beyond = step.abs() > TWICE * pl.col("spread").fill_null(0.0) + 0.3
    return pl.col("positive") & (step.round(0) != 0) & near & beyond & (pl.col("levels") >= 3)


def _stepped(rows: pl.DataFrame, reference: str) -> pl.DataFrame:
    return rows.select("series_id", *_ROW, "value", was=pl.col(reference))


def _jumped() -> pl.Expr:
    return (pl.col("moves") >= ENOUGH) & (pl.col("largest") > 0) & (pl.col("move") > TWICE * pl.col("largest"))


Say = Callable[[Series, list[dict[str, object]]], str]


def _each(rows: pl.DataFrame, judgement: Judgement, lines: Mapping[str, Series], say: Say) -> Iterator[Finding]:
    for (name,), own in rows.sort("series_id", "period").partition_by("series_id", as_dict=True).items():
        told = own.unique(["period", "known_at"], keep="first", maintain_order=True)
        about = tuple(told.select(_ROW).iter_rows())
        yield Finding(name, judgement, about, f"{lines[name].code} ({name}): {say(lines[name], told.to_dicts())}")


def _printed(line: Series, value: object) -> str:
    assert isinstance(value, float)
    return f"{value / line.published.scale:,.6g}"


def _when(rows: list[dict[str, object]]) -> str:
    return f"{rows[-1]['period']}" if len(rows) == 1 else f"{rows[0]['period']} .. {rows[-1]['period']}"


def _outside(line: Series, rows: list[dict[str, object]]) -> str:
    shown = _printed(line, rows[-1]["value"])
    return f"{shown} {line.published.label} of {_when(rows)} lies outside {line.low:,.6g} to {line.high:,.6g}"


def _step(line: Series, rows: list[dict[str, object]]) -> str:
    value, was = (_printed(line, rows[-1][name]) for name in ("value", "was"))
    return f"{value} {line.published.label} of {_when(rows)} is a power of ten away from {was}: another unit?"


def _jump(line: Series, rows: list[dict[str, object]]) -> str:
    value, before = (_printed(line, rows[-1][name]) for name in ("value", "before"))
    return (
        f"{value} {line.published.label} of {rows[-1]['period']} after {before}: "
        f"over {TWICE:g} times its largest move of the {rows[-1]['moves']} before"
    )


def _gaps(lines: Mapping[str, Series], recent: pl.DataFrame) -> Iterator[Finding]:
    """Periods of the calendar before a row that arrived, of which nothing is held, not even a blank."""
    news = recent.filter("fresh")["series_id"].unique().to_list()
    parts = recent.filter(pl.col("series_id").is_in(news)).partition_by("series_id", as_dict=True)
    for (name,), rows in sorted(parts.items()):
        line = lines[name]
        if line.frequency is Frequency.WEEKLY and line.release.weekday is None:
            continue  # which day its weeks are dated on is not on file
        held = rows.sort("period")
        old = held.filter(~pl.col("fresh"))["period"]
        since: date = old.max() if old.len() else held["period"][0]  # type: ignore[assignment]
        missing = sorted(_due(line, held["period"][-1], since) - set(held["period"]))
        after = [row for row in held.filter("fresh").select(_ROW).iter_rows() if missing and row[0] > missing[0]]
        if after:
            named = ", ".join(map(str, missing[:3])) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            said = f"nothing was published for {named}, which the calendar of {line.release.title} has"
            yield Finding(name, Judgement.GAP, (after[0],), f"{line.code} ({name}): {said}")


def _due(line: Series, newest: date, since: date) -> set[date]:
    noon = datetime(newest.year, newest.month, newest.day, 12, tzinfo=ZoneInfo(line.release.zone))
    count = min(DUE, (newest - since).days + 1)
    return {p for p in line.release.periods_before(line.frequency, noon, count) if since < p < newest}


def _revisions(lines: Mapping[str, Series], replaced: pl.DataFrame, usual: pl.DataFrame) -> Iterator[Finding]:
    known = {row["series_id"]: row for row in usual.to_dicts()}
    for (name,), rows in replaced.sort("series_id", "period").partition_by("series_id", as_dict=True).items():
        line, before = lines[name], known.get(name, {"count": 0, "size": None, "widest": 0})
        # what was published once may not change at all; of what is revised, by how much is learnt first
        limit = 0.0 if not line.revisable else REVISED * before["size"] if before["count"] >= FEW else None
        fuzz = 1e-9 * pl.col("was").abs()
        large = (
            rows.filter((pl.col("value") - pl.col("was")).abs() > limit + fuzz) if limit is not None else rows.clear()
        )
        if large.height:
            yield Finding(name, Judgement.REVISION, tuple(large.select(_ROW).iter_rows()), _revised(line, large))
        allowed = max(CHANGED, 2 * before["widest"]) if line.revisable else 2
        if rows.height > allowed:
            said = f"{rows.height} past periods changed at once, {rows['period'][0]} .. {rows['period'][-1]}"
            most = (
                f"at most {before['widest']} did before" if line.revisable else "the catalog says it is never revised"
            )
            yield Finding(
                name, Judgement.RESTATED, tuple(rows.select(_ROW).iter_rows()), f"{line.code} ({name}): {said}; {most}"
            )


def _revised(line: Series, rows: pl.DataFrame) -> str:
    last = rows.row(-1, named=True)
    value, was = _printed(line, last["value"]), _printed(line, last["was"])
    why = f"over {REVISED:g} times its usual revision" if line.revisable else "the catalog says it is never revised"
    more = f" and {rows.height - 1} more" if rows.height > 1 else ""
    return f"{line.code} ({line.id}): {last['period']} is {value} now and was {was}{more}: {why}"
