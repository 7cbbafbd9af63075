"""OpenBB's fetcher and our own path read the same numbers from the same recorded answers."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from loopback_publisher import BY_CODE, Answer, Desk, Publisher

from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.facts import PARSED
from liquidity_platform.core.window import Window
from liquidity_platform.sources.fred_csv import parse_fred_csv
from liquidity_platform.sources.registry import PROVIDERS

OPENBB = PROVIDERS["openbb"]
ANSWERS = {
    "WALCL": "WALCL_asof_2026-07-16", "DGS10": "DGS10_asof_2026-08-06_trailing_zeros",
    "RRPONTSYD": "RRPONTSYD_asof_2026-07-16", "BAMLH0A0HYM2": "BAMLH0A0HYM2_asof_2026-07-16",
    "M2SL": "M2SL_asof_2026-07-28_trailing_zeros", "WTREGEN": "WTREGEN_asof_2026-07-16",
}  # fmt: skip


@pytest.mark.parametrize("code", ANSWERS)
def test_both_paths_read_the_same_numbers(recorded: Path, code: str) -> None:
    body = (recorded / "api_samples" / f"fred_series_observations_{ANSWERS[code]}.json").read_bytes()
    theirs = OPENBB.parse(body, replace(BY_CODE[code], source="openbb"))
    lines = [f"{row['date']},{row['value']}" for row in reversed(json.loads(body)["observations"])]
    ours = parse_fred_csv("\n".join([f"observation_date,{code}", *lines]).encode(), BY_CODE[code])
    assert theirs.schema == pl.Schema(PARSED)
    assert theirs.height > 50
    assert theirs.equals(ours.drop_nulls("value"))


def test_it_asks_fred_s_api_through_our_session(publisher: Publisher, desk: Callable[..., Desk]) -> None:
    publisher.answers = [Answer(200, b"{}")]
    (payload,) = OPENBB.fetch(desk(publisher.url).session, BY_CODE["WALCL"], Window(2026, 2026))
    assert publisher.paths == ["/fred/series/observations?series_id=WALCL&file_type=json"]
    assert payload.request.startswith("GET /fred/series/observations?")


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"observations": [{"date": "2026-07-15"}]}', b'{"observations": []}', b"<html>", b'{"observations": ['],
)
def test_a_strange_answer_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match=r"openbb WALCL \(fed\.total_assets\): "):
        OPENBB.parse(body, replace(BY_CODE["WALCL"], source="openbb"))
