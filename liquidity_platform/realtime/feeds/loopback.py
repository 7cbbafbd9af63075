"""Where a feed may send secrets: encrypted anywhere, in the clear to this machine only.

Belongs here: that judgement of an address. Keep out: asking, which addresses exist.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str | None) -> bool:
    """True for `localhost` and loopback addresses; a name that merely resolves to one does not count."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def objection(url: str, secure: str) -> str | None:
    """Why `url` may not be used, without quoting it (it may hold a password); None when it may.

    `secure` is the scheme wanted, `https` or `wss`; its open twin is allowed for loopback hosts.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no address"
    if not host or parts.scheme not in (secure, secure[:-1]):
        return f"it must begin with {secure}://"
    if parts.username is not None or parts.password is not None:
        return "it must not hold a user or password"
    if parts.scheme != secure and not is_loopback(host):
        return f"{parts.scheme}:// is for this machine only; use {secure}://"
    return None
