"""The report as one HTML file that needs nothing else: no font, script or picture is loaded from anywhere.

Belongs here: putting the parts into the template, and the page's own content policy. Keep out: choosing rows, drawing.
"""

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup

from liquidity_platform.report import sections
from liquidity_platform.report.charts import RANGES, net_liquidity_charts
from liquidity_platform.report.fans import fan_charts
from liquidity_platform.report.labels import BASIS, DELTAS, STATUS
from liquidity_platform.report.model import ReportData
from liquidity_platform.report.templating import TEMPLATES

DEFAULT_RANGE = "5y"


def render(data: ReportData) -> str:
    """The whole page. Every text from `data` is escaped; the browser may load nothing and run only our script."""
    script = part("report.js")
    return TEMPLATES.get_template("report.html.j2").render(
        data=data,
        late=data.late.to_dicts(),
        old=data.old.to_dicts(),
        failures=sections.spelled_out(data.failures, "the checks named `arrived` say why"),
        flagged=sections.spelled_out(data.flagged, "ops.findings lists all"),
        headline=sections.headline(data),
        charts=net_liquidity_charts(data.net_liquidity, data.simulated, data.regimes),
        fans=fan_charts(data.vintages, data.simulated),
        variants=sections.variants(data),
        spreads=sections.spreads(data),
        newest=sections.newest(data),
        ranges=RANGES,
        default_range=DEFAULT_RANGE,
        deltas=DELTAS,
        statuses=STATUS,
        bases=BASIS,
        style=part("report.css"),
        script=script,
        script_hash=_content_hash(script),
    )


def part(name: str) -> Markup:
    """Our own stylesheet or script, to stand in the page as it is."""
    return Markup(files("liquidity_platform.report").joinpath("templates", name).read_text(encoding="utf-8"))


def _content_hash(script: str) -> str:
    """The content policy's name for exactly this script, as it stands between its tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
