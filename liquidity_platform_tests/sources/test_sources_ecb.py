"""The ECB's time series: SDMX generic data, under the key that was asked for, in the unit the catalog has."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from loopback_publisher import BY_CODE

from liquidity_platform.core import units as u
from liquidity_platform.core.description import Description
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.sources.registry import PROVIDERS

ECB = PROVIDERS["ecb"]
MONTHLY, DAILY = BY_CODE["EXR.M.USD.EUR.SP00.A"], BY_CODE["EXR.D.USD.EUR.SP00.A"]
RECORDED = "ecb_sdmx_EXR_M.USD.EUR.SP00.A_generic.xml"
NAMES = (
    'xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:g="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic"'
)


def message(
    *observations: tuple[str, str | None], currency: str = "USD", power: str = "0", frequency: str = "D"
) -> bytes:
    """A message in the recorded shape, with prefixes of its own."""
    key = {"FREQ": frequency, "CURRENCY": currency, "CURRENCY_DENOM": "EUR", "EXR_TYPE": "SP00", "EXR_SUFFIX": "A"}
    rows = ""
    for day, value in observations:
        number = "" if value is None else f'<g:ObsValue value="{value}"/>'
        rows += f'<g:Obs><g:ObsDimension value="{day}"/>{number}</g:Obs>'
    values = "".join(f'<g:Value id="{name}" value="{value}"/>' for name, value in key.items())
    attributes = f'<g:Attributes><g:Value id="UNIT_MULT" value="{power}"/></g:Attributes>'
    series = f"<g:Series><g:SeriesKey>{values}</g:SeriesKey>{attributes}{rows}</g:Series>"
    return f"<?xml version='1.0'?><m:GenericData {NAMES}><m:DataSet>{series}</m:DataSet></m:GenericData>".encode()


def test_the_recorded_answer_gives_the_known_numbers(recorded: Path) -> None:
    frame = ECB.parse((recorded / "api_samples" / RECORDED).read_bytes(), MONTHLY)
    assert frame.height == 252  # 1999 to 2019
    assert frame.row(0) == (date(1999, 1, 1), 1.16078)
    assert frame.row(-1) == (date(2019, 12, 1), 1.111345)
    low, high = MONTHLY.plausible
    assert frame["value"].is_between(low, high).all()


def test_the_monthly_average_is_near_the_mean_of_the_noon_rates(recorded: Path) -> None:
    """H.10's noon rate in New York and the ECB's of 14:10 in Frankfurt differ by hours, not by per cents."""
    average = ECB.parse((recorded / "api_samples" / RECORDED).read_bytes(), MONTHLY)
    noon = PROVIDERS["fred"].parse((recorded / "fred" / "DEXUSEU.csv").read_bytes(), BY_CODE["DEXUSEU"])
    months = noon.drop_nulls().group_by_dynamic("period", every="1mo").agg(noon_mean=pl.col("value").mean())
    both = average.join(months, on="period")
    assert both.height == 252
    assert (both["value"] / both["noon_mean"] - 1).abs().max() < 0.01


def test_days_months_and_quarters_are_dated_on_their_first_day() -> None:
    days = message(("2024-05-17", "1.0844"), ("2024-05-20", "1.0861"))
    assert ECB.parse(days, DAILY)["period"].to_list() == [date(2024, 5, 17), date(2024, 5, 20)]
    quarterly = replace(DAILY, code="EXR.Q.USD.EUR.SP00.A")
    assert ECB.parse(message(("2019-Q4", "1.1"), frequency="Q"), quarterly)["period"].to_list() == [date(2019, 10, 1)]


def test_a_blank_is_null() -> None:
    frame = ECB.parse(message(("2024-05-01", "NaN"), ("2024-05-02", None), ("2024-05-03", "1.07")), DAILY)
    assert frame["value"].to_list() == [None, None, 1.07]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html></html>", "a web page came"),
        (b"<html><body>log in</body></html>", "not a message of generic data"),
        (b'{"header":{}}', "not whole XML"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "a web page came"),
        (message(("2024-05-17", "1.08"))[:-20], "not whole XML"),
        (
            message(("2024-05-17", "1.08"), currency="JPY"),
            "holds the series 'D.JPY.EUR.SP00.A', not 'D.USD.EUR.SP00.A'",
        ),
        (message(("2024-05-17", "1.08"), power="3"), "multiplied by 10^3, the catalog says 1"),
        (message(("2024-05-17", "1.08"), power="three"), "multiplied by 10^three"),
        (message(), "has no rows"),
        (message(("2024-W20", "1.08")), "is not a day"),
        (message(("2024-05-17", "much")), "is not a number"),
        (message(("2024-05-17", "1"), ("2024-05-17", "1")), "more than once"),
    ],
)
def test_a_strange_answer_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=r"^ecb EXR.D.USD.EUR.SP00.A \(ecb.usd_per_eur\): ") as caught:
        ECB.parse(body, DAILY)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_millions_are_the_catalog_s_millions() -> None:
    assert (
        ECB.parse(message(("2024-05-17", "6500000"), power="6"), replace(DAILY, published=u.MN_EUR))["value"][0]
        == 6.5e12
    )


def test_a_recorded_message_says_what_the_series_is(recorded: Path) -> None:
    body = (recorded / "api_samples" / RECORDED).read_bytes()
    assert ECB.parse_description is not None
    assert ECB.parse_description(body, MONTHLY) == Description(
        "ECB reference exchange rate, US dollar/Euro, 2:15 pm (C.E.T.)", "USD", "M"
    )
