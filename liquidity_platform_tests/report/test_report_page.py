"""The page: what it says, what it never loads, what it escapes."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import polars as pl
import pytest

from liquidity_platform.report.model import LATE, NET_LIQUIDITY, NEWEST, OLD, SPREADS, VARIANTS, ReportData, empty
from liquidity_platform.report.page import render

LOADS = {"src", "href", "srcset", "data", "poster", "action", "formaction", "xlink:href", "background", "ping"}


class Page(HTMLParser):
    """Attributes, and the text of each element of some kinds, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.handlers: list[str] = []
        self.tags: list[str] = []
        self.texts: dict[str, list[str]] = {"title": [], "caption": [], "figcaption": [], "style": [], "script": []}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [(name, value or "") for name, value in attrs if name in LOADS]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag in self.texts:
            self.open.append(tag)
            self.texts[tag].append("")

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]][-1] += data


def test_nothing_is_loaded_from_anywhere(small):
    html = render(small(simulated=True))
    page = Page(html)
    assert {value for _, value in page.links if not value.startswith("#")} == {"coverage.html"}  # the page beside it
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not re.search(r"url\(|@import", " ".join(page.texts["style"]))
    assert "default-src 'none'" in html
    assert not re.search(r"fetch\(|XMLHttp|WebSocket|import\(", " ".join(page.texts["script"]))


def test_the_headline_says_level_changes_and_since_when_in_both_zones(small):
    html = render(small())
    for text in ("$6.072 trn", "+$6.0 bn", "Wed 15 Jul 2026", "2026-07-16 20:30Z", "Thu 16 Jul 2026, 16:30"):
        assert text in html, text
    assert "SIMULATED" not in html.replace("--sim", "")
    assert "as known at" not in html
    assert "The clock is moved" not in html


def test_the_asked_moment_and_a_moved_clock_are_said(small):
    html = render(small(as_of=datetime(2026, 7, 20, 9, 30, 5, tzinfo=UTC), clock_moved=True))
    assert "as known at <time" in html
    assert "2026-07-20T09:30:05Z" in html
    assert "The clock is moved" in html


def test_simulated_is_said_in_title_banner_charts_and_captions(small):
    html = render(small(simulated=True))
    page = Page(html)
    document, *charts = page.texts["title"]
    assert document.startswith("SIMULATED")
    assert len(charts) == 9  # net liquidity and two spreads, three ranges each
    for place in (charts, page.texts["caption"], page.texts["figcaption"]):
        assert place
        assert all("SIMULATED" in text for text in place)
    assert 'class="banner"' in html
    assert html.count('class="watermark') == len(charts)


def test_a_missing_value_is_a_dash_with_its_reason_and_never_zero(small):
    rows = small().net_liquidity.head(59)  # the last row has no ON RRP
    html = render(small(net_liquidity=rows))
    headline = html[html.index('class="big"') : html.index('class="changes"')]
    assert "—" in headline
    assert "MISSING_INPUT" in headline
    assert "last value $6.066 trn, Wed 1 Jul 2026" in headline
    assert "$0<" not in html
    newest = html[html.index("Newest published values") :]
    assert re.search(r"RRPONTSYD.*?—</span><small>published blank</small>", newest, re.S)
    variants = html[html.index("Net liquidity, by definition") :]
    assert re.search(r"—</span>\s*<span class=\"badge stale-input\"", variants)


def test_a_change_of_another_period_says_so(small):
    frame = small().variants
    older = pl.when(pl.col("metric").str.ends_with("weekly.d1w")).then(pl.lit(datetime(2026, 7, 8).date()))
    html = render(small(variants=frame.with_columns(period=older.otherwise(pl.col("period")))))
    assert "<small>of 2026-07-08</small>" in html


def test_statuses_and_bases_are_explained(small):
    html = render(small())
    for text in ("carried from an earlier day", "older than its maximum age", "balance sheet is not out yet"):
        assert text in html
    assert "never later than our fetch" in html


def test_hostile_texts_are_shown_and_never_run(small):
    hostile = "</script><img src=x onerror=alert(1)>\"'&"
    data = small()
    said = {"title": pl.lit(hostile), "source": pl.lit(hostile), "status_text": pl.lit(hostile)}
    html = render(
        small(
            title=hostile,
            failures=[hostile],
            quarantined=[hostile],
            newest=data.newest.with_columns(**said),
            late=data.late.with_columns(title=pl.lit(hostile), release=pl.lit(hostile)),
            spreads=data.spreads.with_columns(metric=pl.lit(hostile), status=pl.lit(hostile)),
            variants=data.variants.with_columns(metric=pl.lit(hostile)),
        )
    )
    page = Page(html)
    assert "img" not in page.tags
    assert page.handlers == []
    assert page.tags.count("script") == 1
    assert page.texts["title"][0] == hostile


def test_a_warehouse_with_nothing_in_it_still_gives_a_page():
    moment = datetime(2026, 7, 23, tzinfo=UTC)
    frames = [empty(columns) for columns in (NET_LIQUIDITY, VARIANTS, SPREADS, NEWEST, LATE)]
    html = render(ReportData("Empty", moment, None, False, False, *frames))
    for text in ("NO ROW", "No rows in this range.", "Nothing is late.", "Nothing failed."):
        assert text in html


def test_a_frame_without_a_column_is_refused_by_name(small):
    with pytest.raises(ValueError, match="'late' lacks release"):
        small(late=small().late.drop("release"))


def test_lateness_failures_and_quarantine_are_listed(small):
    html = render(small())
    for text in ("2 h 10 m", "NFCI, Wednesdays 08:30 Chicago", "time-out after 4 attempts", "19.0 outside"):
        assert text in html
    assert "2 late" in html


def test_what_is_late_old_absent_and_failed_is_counted_apart_and_the_headline_says_its_age(small):
    old = pl.DataFrame([("boj.total_assets", "JPNASSETS", "Bank of Japan total assets", "Bank of Japan accounts",
                         date(2026, 1, 1))], schema=dict(OLD), orient="row")  # fmt: skip
    failures = [f"series {number}: time-out" for number in range(25)]
    html = render(
        small(headline_late="121 days late against H.4.1: WALCL", old=old, absent=["WLRRAOL"], absent_others=214,
              failures=failures)
    )  # fmt: skip
    headline = html[html.index('class="big"') : html.index('class="changes"')]
    assert "121 days late against H.4.1: WALCL" in headline
    for text in (">2 late<", ">1 old<", ">215 hold nothing<", ">25 failed<", "and 5 more: ", "series 19: time-out"):
        assert text in html, text
    assert "series 20: time-out" not in html
    assert "JPNASSETS" in html[html.index('id="old"') : html.index('id="absent"')]
    assert "WLRRAOL" in html[html.index('id="absent"') : html.index('id="trouble"')]
    assert "days late" not in render(small())


def test_the_real_history_makes_a_page_of_reasonable_size(real):
    html = render(real())
    assert "$5.947 trn" in html
    assert "36.0 bp" in html
    assert len(html) < 1_200_000
