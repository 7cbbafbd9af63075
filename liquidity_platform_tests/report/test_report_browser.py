"""The page in a real browser, from a file, offline."""

import shutil
from collections.abc import Iterator

import pytest

from liquidity_platform.report.page import render

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Debian's chromium, headless."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on PATH (Debian: apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=SWITCHES)
        yield browser
        browser.close()


class Visit:
    """One page opened from a file, and everything it complained of or asked for."""

    def __init__(self, browser, file, width: int = 1200, scheme: str = "light") -> None:
        self.context = browser.new_context(
            offline=True, viewport={"width": width, "height": 900}, color_scheme=scheme, has_touch=width < 600
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.fixture(params=["small", "real"])
def file(request, tmp_path):
    """The page of made data, and of published data where there is some."""
    build = request.getfixturevalue(request.param)
    target = tmp_path / "report.html"
    target.write_text(render(build(simulated=request.param == "small")), encoding="utf-8")
    return target


def test_the_page_opens_offline_without_a_complaint_or_a_request(chromium, file):
    with Visit(chromium, file) as visit:
        assert visit.page.locator("svg.plot:visible").count() >= 3
        assert visit.requests == [file.as_uri()]
        assert visit.complaints == []


def test_range_buttons_and_the_readout_work_offline(chromium, file):
    with Visit(chromium, file) as visit:
        page = visit.page
        assert page.locator(".of-5y svg").first.is_visible()
        page.click("label[for=range-1y] >> nth=0")
        assert page.locator(".of-1y svg").first.is_visible()
        assert not page.locator(".of-5y svg").first.is_visible()
        page.locator(".of-1y svg.plot").first.hover()
        readout = page.locator("#readout")
        assert readout.is_visible()
        assert "Net liquidity" in readout.inner_text()
        assert "trn" in readout.inner_text()
        page.mouse.move(2, 2)
        assert not readout.is_visible()
        assert visit.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (390, "dark"), (700, "light"), (900, "dark")])
def test_a_narrow_page_scrolls_down_only_in_either_scheme(chromium, file, width, scheme):
    with Visit(chromium, file, width, scheme) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(252, 252, 251)"
        assert dark == (scheme == "dark")
        assert visit.complaints == []
