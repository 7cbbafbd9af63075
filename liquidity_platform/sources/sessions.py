"""What stands around a session: answers that several series share, and a wrong key told from a wrong request.

Belongs here: sessions that pass on what another one asks. Keep out: HTTP, archiving, publishers.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from liquidity_platform.core.errors import SourceRejected
from liquidity_platform.settings import Settings
from liquidity_platform.sources.contract import Payload, Provider, Session, Subject

_STATUS = re.compile(r" answered 4\d\d\b")  # the session's words


class Sharing:
    """Asks for each address once; a series that reads an earlier answer gets a payload of its own of the same bytes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: dict[tuple[str, tuple[tuple[str, str], ...]], Payload] = {}

    @property
    def keyed(self) -> bool:
        """True when requests carry the user's key."""
        return self._session.keyed

    def now(self) -> datetime:
        """The process clock, UTC."""
        return self._session.now()

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """The archived answer, asked for by whichever series came first. Raises SourceError."""
        asked = (path, tuple(params.items()))
        if asked in self._held:
            return replace(self._held[asked], payload_id=str(uuid.uuid4()), series_id=subject.id)
        self._held[asked] = self._session.get(path, params, subject)
        return self._held[asked]

    def record(self, body: bytes, subject: Subject, request: str) -> Payload:
        """Archive bytes that did not come over the network."""
        return self._session.record(body, subject, request)


class KeyJudge:
    """For publishers that refuse a wrong key as they refuse any wrong request.

    After a refusal it asks the one thing that only a wrong key can have refused; once the key is known to be wrong,
    nothing more is asked.
    """

    def __init__(self, session: Session, provider: Provider, shown_key: str) -> None:
        assert provider.key_check is not None
        self._session = session
        self._path, self._params = provider.key_check
        self._says = (
            f"{provider.name}: the key {shown_key} is refused; set LIQUIDITY_SOURCES__{provider.name.upper()}__API_KEY "
            "to a registered one, or to nothing"
        )
        self._right: bool | None = None

    @property
    def keyed(self) -> bool:
        """True when requests carry the user's key."""
        return self._session.keyed

    def now(self) -> datetime:
        """The process clock, UTC."""
        return self._session.now()

    def get(self, path: str, params: Mapping[str, str], subject: Subject) -> Payload:
        """The archived answer. Raises SourceError, and SourceRejected with the masked key when that is wrong."""
        if self._right is False:
            raise SourceRejected(self._says)
        try:
            return self._session.get(path, params, subject)
        except SourceRejected as error:
            if self._right is None and _by_status(error):
                self._right = self._check(subject)
            if self._right is False:
                raise SourceRejected(self._says) from None
            raise

    def record(self, body: bytes, subject: Subject, request: str) -> Payload:
        """Archive bytes that did not come over the network."""
        return self._session.record(body, subject, request)

    def _check(self, subject: Subject) -> bool:
        try:
            self._session.get(self._path, self._params, subject)
        except SourceRejected as error:
            return not _by_status(error)
        return True


def _by_status(error: SourceRejected) -> bool:
    """True when the publisher itself refused; a redirect that may not be followed says nothing of the key."""
    return _STATUS.search(str(error)) is not None


def around(session: Session, provider: Provider, settings: Settings) -> Session:
    """`session` with what `provider` needs around it."""
    if session.keyed and provider.key_check:
        session = KeyJudge(session, provider, settings.source(provider.name).shown_key)
    return Sharing(session) if provider.shared_answers else session
