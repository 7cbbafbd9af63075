"""The New York Fed's reference rates: one answer, several series; its reverse repos, composed as programs read them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from loopback_publisher import BY_CODE

from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.fetching import open_fetcher
from liquidity_platform.sources.providers.ny_fed import ANSWERS, FIELDS, OPERATIONS
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


def test_every_catalog_line_names_a_rate_and_a_field_or_the_operations() -> None:
    codes = {line.code for line in BY_CODE.values() if line.source == "ny_fed"}
    assert OPERATIONS in codes
    assert {code.partition(".")[0] for code in codes} == set(ANSWERS)
    assert {code.partition(".")[2] for code in codes - {OPERATIONS}} == set(FIELDS)


def operations(*told: tuple[str, object, dict[str, str]]) -> bytes:
    """An answer about reverse repos (day, amount, what else it says) in the shape that public programs read."""
    listed = [
        {"operationId": f"RP {place}", "operationDate": day, "operationType": "Reverse Repo", "note": "",
         "totalAmtAccepted": amount, **more}
        for place, (day, amount, more) in enumerate(told)
    ]  # fmt: skip
    return json.dumps({"repo": {"operations": listed}}).encode()


def accepted(body: bytes) -> list[tuple[object, ...]]:
    return NY_FED.parse(body, BY_CODE[OPERATIONS]).rows()


def test_reverse_repos_are_read_in_plain_dollars_and_zero_is_a_number() -> None:
    body = operations(("2026-08-21", 225000000, {}), ("2026-08-20", "0", {}), ("2026-08-19", 2553716000000, {}))
    days = [date(2026, 8, day) for day in (19, 20, 21)]
    assert accepted(body) == list(zip(days, [2_553_716e6, 0.0, 225e6], strict=True))


@pytest.mark.parametrize(
    "aside",
    [
        {"note": "Small Value Exercise"}, {"note": "small-value technical exercise"}, {"term": "14-Day"},
        {"term": "Term"},
    ],
)  # fmt: skip
def test_exercises_and_other_terms_are_left_out(aside: dict[str, str]) -> None:
    body = operations(("2026-08-21", 225000000, {"term": "Overnight"}), ("2026-08-21", 1000000, aside))
    assert accepted(body) == [(date(2026, 8, 21), 225e6)]


def test_a_day_of_several_operations_is_blank_and_neither_their_sum_nor_one_of_them() -> None:
    body = operations(("2014-12-22", 1, {}), ("2014-12-22", 2, {}), ("2014-12-23", 3, {}))
    assert accepted(body) == [(date(2014, 12, 22), None), (date(2014, 12, 23), 3.0)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"repo":{"operations":[]}}', "has no rows"),
        (b'{"repo":{"operations":null}}', "no list of reverse repo operations"),
        (b'{"repo":[]}', "no list of reverse repo operations"),
        (b'{"refRates":[]}', "no list of reverse repo operations"),
        (b'{"repo":{"operations":[{"operationType":"Reverse Repo"}]}}', "no list of reverse repo operations"),
        (operations(("2026-08-21", 1, {"operationType": "Repo"})), "operations called Repo, not Reverse Repo"),
        (operations(("21 Aug", 1, {})), "is not a day"),
        (operations(("2026-08-21", True, {})), "is not a number"),
        (operations(("2026-08-21", None, {})), "no day has totalAmtAccepted"),
        (operations(("2026-08-21", 1, {"note": "small value"})), "has no rows"),
    ],
)
def test_a_strange_answer_about_operations_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=r"^ny_fed reverse_repo.accepted \(nyfed.on_rrp_direct\): ") as caught:
        accepted(body)
    assert says in str(caught.value)


def test_operations_are_asked_for_since_the_first_of_the_facility(make_settings: Callable[..., Settings]) -> None:
    line = BY_CODE[OPERATIONS]
    with (
        Served(lambda *_: Reply(operations(("2026-08-21", 225000000, {})))) as fed,
        open_fetcher(NY_FED, make_settings(sources={"ny_fed": SourceSettings(base_url=fed.url)})) as fetcher,
    ):
        fetcher.fetch(line, Window(2026, 2026))
    query = {"startDate": "2013-09-23", "endDate": str(_today())}
    assert fed.asked == [("/api/rp/reverserepo/propositions/search.json", query)]


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
