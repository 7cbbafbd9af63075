"""Writing a file so that a reader sees all of it or nothing, also after a power cut.

Belongs here: that. Keep out: what is written, which names are allowed.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

DRAFTS = ".*.part"  # names of files whose writer was killed


@contextmanager
def written_whole(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A new file beside `path`, readable too; it takes that name, on disk, when the block succeeds.

    `mode` is narrowed by the umask. A file that has the name already is replaced; a failed block leaves it as it was.
    """
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "w+b") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
