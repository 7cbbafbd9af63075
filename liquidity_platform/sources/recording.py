"""A session without a network: it stamps and archives what it is handed.

The files that replace the network and the simulated provider use it as it is; `http` adds the asking.
Belongs here: making a Payload. Keep out: where bytes come from.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.core.instants import Clock
from liquidity_platform.sources.archive import Archive
from liquidity_platform.sources.contract import Payload, Subject


class Recorder:
    """Archives bytes under the name of a source, stamped by the process clock."""

    def __init__(self, source_id: str, archive: Archive, clock: Clock) -> None:
        self.source_id = source_id
        self.keyed = False
        self._archive = archive
        self._clock = clock

    def now(self) -> datetime:
        """The process clock, UTC."""
        return self._clock.now()

    def record(self, body: bytes, subject: Subject, request: str) -> Payload:
        """Archive `body` and say what it answers. Raises ArchiveError."""
        fetched_at = self.now()
        sha256, uri = self._archive.store(body)
        return Payload(str(uuid.uuid4()), self.source_id, subject.id, request, fetched_at, body, sha256, uri)

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """Refused: this session has no network."""
        raise ConfigError(f"{self.source_id} {subject.code}: this session must not ask the network")
