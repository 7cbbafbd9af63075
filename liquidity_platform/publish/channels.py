"""Where people are told: whatever apprise knows (mail, Slack, Discord, Telegram, a webhook), by address.

apprise comes with the extra `alerts`. Addresses carry passwords: a channel is called by the kind of its address and six
digits of its hash, and no error and no log holds more.
Belongs here: reading addresses, one try. Keep out: what is told and to whom again (telling.py).
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.publish.wording import Message
from liquidity_platform.settings import NotifySettings


@dataclass(frozen=True, slots=True)
class Channel:
    """One address."""

    name: str
    _target: Any = field(repr=False)

    def send(self, message: Message) -> bool:
        """Try once; whether it was taken."""
        try:
            return bool(self._target.notify(title=message.title, body=message.body))
        except Exception:  # of a hundred kinds of receivers; what it says may hold the address
            return False


def addresses(chosen: NotifySettings) -> list[str]:
    """The addresses that settings name. Raises ConfigError."""
    found = chosen.urls.get_secret_value().split() if chosen.urls else []
    if chosen.urls_file is not None:
        try:
            lines = chosen.urls_file.expanduser().read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "no text"
            raise ConfigError(f"LIQUIDITY_NOTIFY__URLS_FILE: {chosen.urls_file} cannot be read ({reason})") from None
        found += [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return list(dict.fromkeys(found))


def called(address: str) -> str:
    """The name of an address that may be shown."""
    kind = address.partition("://")[0] if "://" in address else "?"
    return f"{kind}-{hashlib.sha256(address.encode()).hexdigest()[:6]}"


def channels(chosen: NotifySettings) -> Sequence[Channel]:
    """A channel for each address. Raises ConfigError where apprise is not installed or knows no such address."""
    named = addresses(chosen)
    if not named:
        return []
    try:
        import apprise
    except ImportError:
        raise ConfigError("LIQUIDITY_NOTIFY__URLS needs apprise: pip install 'liquidity-platform[alerts]'") from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings name addresses
    found = []
    for place, address in enumerate(named, 1):
        target = apprise.Apprise()
        if not target.add(address):
            raise ConfigError(f"LIQUIDITY_NOTIFY__URLS: apprise does not understand address {place}")
        found.append(Channel(called(address), target))
    return found
