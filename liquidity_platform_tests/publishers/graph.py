"""What FRED's keyless graph page answers: `GET /graph/fredgraph.csv?id=CODE`.

Belongs here: that answer. Keep out: the API with a key (fred.py), the server and its bad days (serving.py).
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from liquidity_platform_tests.publishers.serving import Answering, Reply


def graph_page(body_of: Callable[[str], bytes | None]) -> Answering:
    """Answers with `body_of(code)`; None is 404."""

    def answer(path: str, query: Mapping[str, str]) -> Reply:
        body = body_of(query.get("id", ""))
        return Reply(body or b"", 404 if body is None else 200, "text/csv")

    return answer


def files_of(folder: Path) -> Answering:
    """The same out of `<folder>/fred/<CODE>.csv`."""

    def body_of(code: str) -> bytes | None:
        path = folder / "fred" / f"{code}.csv"
        return path.read_bytes() if code.isalnum() and path.is_file() else None

    return graph_page(body_of)
