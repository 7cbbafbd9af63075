"""A file is seen whole or not at all."""

from pathlib import Path
from typing import IO

import pytest

from liquidity_platform.core.whole import written_whole


def test_a_file_takes_its_name_when_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with written_whole(path, 0o600) as file:
        file.write(b"after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(IsADirectoryError), written_whole(path) as file:
        _write_half(file)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def _write_half(file: IO[bytes]) -> None:
    file.write(b"half")
    raise IsADirectoryError
