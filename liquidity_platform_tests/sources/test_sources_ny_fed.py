"""The New York Fed's reference rates: one answer, several series."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from loopback_publisher import BY_CODE

from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.fetching import open_fetcher
from liquidity_platform.sources.providers.ny_fed import FIELDS, RATES
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform_tests.publishers.serving import Reply, Served

NY_FED = PROVIDERS["ny_fed"]
SOFR = "nyfed_rates_secured_sofr_search_2024-06-01_2024-06-06.json"
EFFR = "nyfed_rates_effr_last_2026-08.json"


@pytest.mark.parametrize(
    ("name", "code", "day", "value"),
    [
        (SOFR, "sofr.rate", date(2024, 6, 3), 5.35),
        (SOFR, "sofr.p1", date(2024, 6, 5), 5.30),
        (SOFR, "sofr.p25", date(2024, 6, 6), 5.32),
        (SOFR, "sofr.p75", date(2024, 6, 5), 5.39),
        (SOFR, "sofr.p99", date(2024, 6, 5), 5.43),
        (SOFR, "sofr.volume", date(2024, 6, 3), 1.912e12),
        (EFFR, "effr.rate", date(2026, 8, 5), 3.63),
        (EFFR, "effr.p99", date(2026, 8, 4), 3.68),
        (EFFR, "effr.volume", date(2026, 8, 5), 1.14e11),
    ],
)
def test_known_numbers(recorded: Path, name: str, code: str, day: date, value: float) -> None:
    frame = NY_FED.parse((recorded / "api_samples" / name).read_bytes(), BY_CODE[code])
    assert dict(frame.rows())[day] == value
    low, high = BY_CODE[code].plausible
    assert frame["value"].is_between(low, high).all()


def test_the_rate_is_the_one_that_fred_copies(recorded: Path) -> None:
    own = NY_FED.parse((recorded / "api_samples" / SOFR).read_bytes(), BY_CODE["sofr.rate"])
    copied = PROVIDERS["fred"].parse((recorded / "fred" / "SOFR.csv").read_bytes(), BY_CODE["SOFR"])
    both = own.join(copied, on="period", suffix="_copied")
    assert both.height == own.height == 4
    assert both["value"].equals(both["value_copied"])


def test_a_field_that_a_day_lacks_is_blank_and_one_that_no_day_has_is_a_change() -> None:
    old = '{"effectiveDate":"2016-02-29","type":"EFFR","percentRate":0.29}'
    new = '{"effectiveDate":"2016-03-01","type":"EFFR","percentRate":0.36,"percentPercentile1":0.3}'
    frame = NY_FED.parse(f'{{"refRates":[{new},{old}]}}'.encode(), BY_CODE["effr.p1"])
    assert frame.rows() == [(date(2016, 2, 29), None), (date(2016, 3, 1), 0.3)]
    with pytest.raises(SourceChanged, match="no day has percentPercentile1"):
        NY_FED.parse(f'{{"refRates":[{old}]}}'.encode(), BY_CODE["effr.p1"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"refRates":[]}', "has no rows"),
        (b'{"rates":[]}', "no list of reference rates"),
        (b'{"refRates":[{"type":"SOFR"}]}', "no list of reference rates"),
        (b'{"refRates":[7]}', "no list of reference rates"),
        (
            b'{"refRates":[{"type":"EFFR","effectiveDate":"2026-08-05","percentRate":3.6}]}',
            "rates of EFFR, not of SOFR",
        ),
        (b'{"refRates":[{"type":"SOFR","effectiveDate":"5 Aug","percentRate":3.6}]}', "is not a day"),
        (b'{"refRates":[{"type":"SOFR","effectiveDate":"2026-08-05","percentRate":true}]}', "is not a number"),
        (b'{"refRates":[{"type":"SOFR","effectiveDate":"2026-08-05","percentRate":{}}]}', "is not a number"),
    ],
)
def test_a_strange_answer_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=r"^ny_fed sofr.rate \(nyfed.sofr_direct\): ") as caught:
        NY_FED.parse(body, BY_CODE["sofr.rate"])
    assert says in str(caught.value)


def test_every_catalog_line_names_a_rate_and_a_field() -> None:
    codes = [line.code for line in BY_CODE.values() if line.source == "ny_fed"]
    assert len(codes) == 18
    assert {tuple(code.split(".")) for code in codes} <= {(rate, field) for rate in RATES for field in FIELDS}


def test_series_of_one_answer_share_it_and_each_has_a_payload(
    recorded: Path, make_settings: Callable[..., Settings]
) -> None:
    bodies = {
        "sofr": (recorded / "api_samples" / SOFR).read_bytes(),
        "effr": (recorded / "api_samples" / EFFR).read_bytes(),
    }
    lines = [BY_CODE[code] for code in ("sofr.rate", "sofr.p1", "sofr.volume", "effr.rate", "effr.p99")]
    with Served(lambda path, _: Reply(bodies[path.split("/")[4]])) as fed:
        settings = make_settings(sources={"ny_fed": SourceSettings(base_url=fed.url)})
        with open_fetcher(NY_FED, settings) as fetcher:
            payloads = [payload for line in lines for payload in fetcher.fetch(line, Window(2026, 2026))]
            frames = [fetcher.parse(payload, line) for payload, line in zip(payloads, lines, strict=True)]
        with open_fetcher(NY_FED, settings) as later:
            later.fetch(lines[0], Window(2026, 2026))
    assert [path for path, _ in fed.asked] == [
        "/api/rates/secured/sofr/search.json", "/api/rates/unsecured/effr/search.json",
        "/api/rates/secured/sofr/search.json",  # another run asks anew
    ]  # fmt: skip
    assert fed.asked[0][1] == {"startDate": "2018-04-02", "endDate": str(_today())}
    assert [payload.series_id for payload in payloads] == [line.id for line in lines]
    assert len({payload.payload_id for payload in payloads}) == 5
    assert len({payload.sha256 for payload in payloads}) == 2
    assert [frame.height for frame in frames] == [4, 4, 4, 2, 2]


def _today() -> date:
    from zoneinfo import ZoneInfo

    return datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date()
