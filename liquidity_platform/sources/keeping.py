"""A session that asks for nothing it was told already, and one that asks for nothing at all.

A load that is done again after a kill is answered from the archive where the publisher had answered it before, with
that fetch's instant and payload; a plan learns what would be asked without asking.
Belongs here: those sessions. Keep out: who remembers what was asked (automation), HTTP, the archive itself.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.sources.archive import Archive, ArchiveError
from liquidity_platform.sources.contract import Payload, Session, Subject
from liquidity_platform.sources.http import request_of


@dataclass(frozen=True, slots=True)
class Download:
    """One answer that is archived: which fetch it was, of what, and where its bytes are."""

    payload_id: str
    source_id: str
    series_id: str
    request: str
    fetched_at: datetime
    sha256: str
    uri: str


class Keeping:
    """Passes requests on to `session`, except those that `held` (by request) answers from `archive`.

    `remember` hears of each answer once it is archived. `began`, when given, is what `now` says: a request that names
    the present is the same one when the load is done again.
    """

    def __init__(
        self,
        session: Session,
        archive: Archive,
        held: Mapping[str, Download],
        remember: Callable[[Payload], None],
        began: datetime | None = None,
    ) -> None:
        self._session = session
        self._archive = archive
        self._held = dict(held)
        self._remember = remember
        self._began = began

    @property
    def keyed(self) -> bool:
        """True when requests carry the user's key."""
        return self._session.keyed

    def now(self) -> datetime:
        """When the load began, or the process clock; UTC."""
        return self._began or self._session.now()

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """The archived answer, held already or asked for now. Raises SourceError."""
        request = request_of(path, params)
        if held := self._again(request, subject):
            return held
        payload = self._session.get(path, params, subject)
        self._remember(payload)
        self._held[request] = download_of(payload)
        return payload

    def record(self, body: bytes, subject: Subject, request: str) -> Payload:
        """Archive bytes that did not come over the network."""
        return self._session.record(body, subject, request)

    def _again(self, request: str, subject: Subject) -> Payload | None:
        """The answer to an earlier request; a payload lost from the archive is asked for anew."""
        found = self._held.get(request)
        if found is None:
            return None
        try:
            payload = payload_of(found, self._archive)
        except ArchiveError:
            return None
        if found.series_id == subject.id:
            return payload
        # one answer read for another series: a payload of its own, and the same one whenever it is read so
        own = str(uuid.uuid5(uuid.UUID(found.payload_id), subject.id))
        return replace(payload, payload_id=own, series_id=subject.id)


def download_of(payload: Payload) -> Download:
    """What is remembered of `payload`: everything but its bytes."""
    return Download(
        payload.payload_id, payload.source_id, payload.series_id, payload.request, payload.fetched_at, payload.sha256,
        payload.uri,
    )  # fmt: skip


def payload_of(one: Download, archive: Archive) -> Payload:
    """The payload with its bytes. Raises ArchiveError."""
    return Payload(
        one.payload_id, one.source_id, one.series_id, one.request, one.fetched_at, archive.read(one.uri, one.sha256),
        one.sha256, one.uri,
    )  # fmt: skip


class WouldAsk(Exception):
    """Raised by `Imagined` instead of asking."""


class Imagined:
    """Notes the first request of each call and asks nobody: what follows it depends on its answer."""

    def __init__(self, source_id: str, keyed: bool, now: datetime) -> None:
        self.source_id = source_id
        self.keyed = keyed
        self.requests: dict[str, None] = {}
        self._now = now

    def now(self) -> datetime:
        """The instant it was given."""
        return self._now

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """Always raises WouldAsk."""
        self.requests[request_of(path, params)] = None
        raise WouldAsk

    def record(self, body: bytes, subject: Subject, request: str) -> Payload:
        """Refused: nothing is archived of what was not asked."""
        raise ConfigError(f"{self.source_id} {subject.code}: this session must not archive")
