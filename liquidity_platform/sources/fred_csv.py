"""The CSV that FRED's graph page serves: `observation_date,WALCL` (or `DATE,WALCL`), one row a period.

Blanks:   "." or nothing is a published blank and becomes NULL.
Numbers:  short or with ten decimals (`6743028`, `6743028.0000000000`), in the publisher's unit.
Belongs here: the header and the two columns. Keep out: where the bytes came from; what every format shares.
"""

import io

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.sources.published import changed, shown, text_of, typed

_DATE_COLUMNS = ("observation_date", "DATE")


def parse_fred_csv(body: bytes, series: Series) -> pl.DataFrame:
    """`body` as PARSED in the catalog's unit. Raises SourceChanged."""
    text = text_of(body, series).strip()
    header = [name.strip() for name in text.partition("\n")[0].split(",")]
    if len(header) != 2 or header[0] not in _DATE_COLUMNS or header[1] != series.code:
        wanted = f"{_DATE_COLUMNS[0]},{series.code}"
        raise changed(series, f"the first line is {shown(','.join(header))}, not '{wanted}'")
    columns = ["period", "value"]
    try:
        rows = pl.read_csv(
            io.BytesIO(text.encode()), has_header=True, new_columns=columns, infer_schema=False, quote_char=None
        )
    except pl.exceptions.NoDataError:
        rows = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    except pl.exceptions.PolarsError as error:
        raise changed(series, f"the lines are not two columns: {shown(error)}") from None
    return typed(rows, series)
