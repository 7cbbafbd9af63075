"""The one Jinja environment. Belongs here: escaping, filters. Keep out: what a page says.

Autoescape is on for every template whatever its name, and a misspelt variable is an error.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined

from liquidity_platform.core.instants import iso
from liquidity_platform.report.labels import basis_meaning, status_meaning
from liquidity_platform.report.numbers import day, instant, instant_new_york

TEMPLATES = Environment(
    loader=PackageLoader("liquidity_platform.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(
    basis_meaning=basis_meaning,
    day=day,
    instant=instant,
    instant_new_york=instant_new_york,
    iso=iso,
    status_meaning=status_meaning,
)
