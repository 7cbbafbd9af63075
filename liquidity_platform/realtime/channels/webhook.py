"""Alerts by HTTP POST, as JSON, to addresses a person named.

The body is the alert as the API shows it; `Idempotency-Key` is the same for every try. 2xx is taken; 408, 425, 429 and
5xx are tried again (Retry-After is obeyed); any other answer is final, for it will not change by itself.
Belongs here: that. Keep out: when to try (delivering.py). Addresses may carry secrets: they are in no error and no log.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.channels.contract import TAKEN, Outcome, sentence

_AGAIN = {408, 425, 429}
DISCORD_LIMIT = 2_000  # characters of a message


class Webhook:
    """One address. `name` stands in the ledger instead of it."""

    parallel = 2

    def __init__(self, name: str, url: str, timeout_s: float = 5.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"webhook {name}: the address must be http:// or https:// with a host")
        self.name, self._url, self._discord = name, url, parts.hostname.endswith("discord.com")
        self._client = httpx.AsyncClient(timeout=timeout_s, follow_redirects=False)

    def ready(self) -> bool:
        """Always: whether anybody is there shows in the answer."""
        return True

    async def send(self, alert: Mapping[str, Any], key: str) -> Outcome:
        """Post once; see Channel."""
        body = {"content": sentence(alert)[:DISCORD_LIMIT]} if self._discord else {**alert, "text": sentence(alert)}
        try:
            answer = await self._client.post(self._url, json=body, headers={"Idempotency-Key": key})
        except httpx.TimeoutException:
            return Outcome(False, "no answer in time")
        except httpx.HTTPError as error:  # the message may hold the address: its kind is enough
            return Outcome(False, f"cannot be reached ({type(error).__name__})")
        if answer.is_success:
            return TAKEN
        reason = f"answered {answer.status_code}"
        if answer.status_code in _AGAIN or answer.status_code >= 500:
            return Outcome(False, reason, wait_s=_retry_after(answer.headers.get("Retry-After")))
        return Outcome(False, reason, final=True)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


def _retry_after(text: str | None) -> float | None:
    """Seconds asked for, as a number or a date; None for neither. At most an hour."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), 3600.0) if seconds == seconds else None
