"""What the archive holds of past years, by its index: which series were read for them, which answers tell of them.

An answer fetched after a year has ended holds everything of it that its publisher tells; what was downloaded counts,
files of a folder do not (a file may be older than its reading).
Belongs here: the question to raw.payloads. Keep out: the archived bytes (sources), what is done with the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from liquidity_platform.core.window import Window


@dataclass(frozen=True, slots=True)
class Held:
    """`written`: series whose answers were read for every year asked about. `answers`: the rows of raw.payloads of the
    newest ask of a series that tells of all those years, in order.
    """

    written: frozenset[str]
    answers: dict[str, list[dict[str, Any]]]


# an ask: everything downloaded for one series by one run; `dated`: vintages were among it
_ASKS = """asks AS (
    SELECT series_id, coalesce(run_id, payload_id::text) AS ask, min(fetched_at) AS began, max(fetched_at) AS ended,
        min(known_from) AS known_from, max(known_to) AS known_to, bool_or(strpos(request, %(mark)s) > 0) AS dated
    FROM raw.payloads WHERE accepted AND source_id = %(source)s AND series_id = ANY (%(series)s)
    GROUP BY 1, 2 HAVING bool_and(starts_with(request, 'GET '))
), fit AS (
    SELECT *, dated AND known_to > ended AS continued,
        row_number() OVER (PARTITION BY series_id, dated, known_to > ended ORDER BY ended) AS place
    FROM asks WHERE dated OR NOT series_id = ANY (%(dated)s)
)"""
# a year counts as read when the ask for it came after its end
_WRITTEN = f"""WITH {_ASKS}
SELECT series_id FROM fit WHERE known_from < least(known_to, date_trunc('year', began, 'UTC')) GROUP BY 1
HAVING range_agg(tstzrange(known_from, least(known_to, date_trunc('year', began, 'UTC'))))
    @> tstzrange(%(start)s, %(end)s)"""
# of vintages a later load of the present asks for what is new only: the first tells all, and so do loads of the past
_TELLING = f"""WITH {_ASKS}, telling AS (
    SELECT DISTINCT ON (series_id) series_id, ask FROM fit WHERE began >= %(end)s
    AND (NOT series_id = ANY (%(dated)s) OR NOT continued OR place = 1) ORDER BY series_id, ended DESC
)
SELECT p.payload_id::text, p.sha256, p.series_id, p.request, p.fetched_at, p.uri
FROM raw.payloads p JOIN telling t ON t.series_id = p.series_id AND t.ask = coalesce(p.run_id, p.payload_id::text)
WHERE p.accepted AND p.source_id = %(source)s ORDER BY p.series_id, p.fetched_at, p.recorded_at, p.request"""


def held(
    connection: psycopg.Connection, source: str, series: Sequence[str], dated: Sequence[str], mark: str, window: Window
) -> Held:
    """What is held of `series` of the publisher `source` for the past years `window`.

    Of those that are `dated` an ask counts only with vintages; `mark` is what a request for vintages holds.
    """
    asked = {
        "source": source, "series": [*series], "dated": [*dated], "mark": mark, "start": window.start,
        "end": window.end,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        written = frozenset(row["series_id"] for row in cursor.execute(_WRITTEN, asked))
        answers: dict[str, list[dict[str, Any]]] = {}
        for row in cursor.execute(_TELLING, asked):
            answers.setdefault(row["series_id"], []).append(row)
    return Held(written, answers)
