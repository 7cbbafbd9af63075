"""`files`: a folder in the publishers' own download formats that replaces the network.

Layout: `<DIR>/<provider>/<CODE>.csv` or `.csv.gz`, the plain one first; the DTS is
`<DIR>/treasury/dts_operating_cash_balance.csv[.gz]`. An absent file is a missing series.
Belongs here: finding and reading a file. Keep out: what it says (the provider's parse), which rows count.
"""

import gzip
import io
import zlib
from pathlib import Path

from liquidity_platform.core.errors import SourceChanged, SourceMissing, SourceUnavailable, UsageError
from liquidity_platform.sources.contract import Provider, Subject

SIZE_CAP = 64 * 2**20  # bytes, unpacked


def check_folder(folder: Path) -> Path:
    """`folder` itself. Raises UsageError when it is not a folder."""
    if not folder.is_dir():
        raise UsageError(f"--data {folder}: no such folder; it must hold <provider>/<CODE>.csv, such as fred/WALCL.csv")
    return folder


def read_file(folder: Path, provider: Provider, series: Subject) -> tuple[str, bytes]:
    """The path below `folder` and the unpacked bytes of the file of a series or an instrument."""
    name = file_name(folder, provider, series)
    if name is not None:
        return name, content(folder / name, name, series)
    stem = provider.file_names.get(series.code, series.code)
    raise SourceMissing(f"{provider.name} {series.code} ({series.id}): no {provider.name}/{stem}.csv[.gz] in {folder}")


def file_name(folder: Path, provider: Provider, series: Subject) -> str | None:
    """The path below `folder` of the file of a series or an instrument; None when there is none."""
    stem = provider.file_names.get(series.code, series.code)
    names = (f"{provider.name}/{stem}.csv", f"{provider.name}/{stem}.csv.gz")
    return next((name for name in names if (folder / name).is_file()), None)


def content(path: Path, name: str, series: Subject) -> bytes:
    """The unpacked bytes of a file called `name` in messages. Raises SourceChanged or SourceUnavailable."""
    try:
        packed = path.read_bytes()
        if path.suffix != ".gz":
            return packed
        with gzip.open(io.BytesIO(packed)) as unpacking:
            body = unpacking.read(SIZE_CAP + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise SourceChanged(f"{series.code} ({series.id}): {name} is not a whole gzip file") from None
    except OSError as error:
        raise SourceUnavailable(
            f"{series.code} ({series.id}): cannot read {name} ({error.strerror or error})"
        ) from None
    if len(body) > SIZE_CAP:
        raise SourceChanged(f"{series.code} ({series.id}): {name} unpacks to more than {SIZE_CAP >> 20} MiB")
    return body
