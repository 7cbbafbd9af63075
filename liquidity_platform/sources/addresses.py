"""Which addresses a session may be sent to by a redirect.

A host named in settings (or the provider's base URL) may be reached at the port named there, private or not. Any
other target must belong to the publisher (the same host or the same parent domain), resolve to public addresses only,
and not step down from https to http.
Belongs here: that rule and the reading of base URLs. Keep out: sending requests.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.settings import Settings
from liquidity_platform.sources.contract import Provider

Place = tuple[str, int]  # host in lower case, port


def base_url_of(provider: Provider, settings: Settings) -> str:
    """Where `provider` is asked: its setting, else its own address (with a key the one for keyed requests).

    Raises ConfigError, never showing the value.
    """
    chosen = settings.source(provider.name)
    own = (chosen.api_key and provider.keyed_base_url) or provider.base_url
    url = (chosen.base_url or own).rstrip("/")
    if place_of(url) is None:
        variable = f"LIQUIDITY_SOURCES__{provider.name.upper()}__BASE_URL"
        raise ConfigError(f"{variable} is not an address such as https://host/path")
    return url


def place_of(url: str) -> Place | None:
    """Host and port of an http(s) address, or None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)


def named_places(base_url: str, settings: Settings) -> frozenset[Place]:
    """Every place that settings name, and `base_url` itself."""
    urls = [base_url, *(source.base_url or "" for source in settings.sources.values())]
    return frozenset(place for url in urls if (place := place_of(url)))


def resolve(host: str) -> Iterable[str]:
    """The addresses of `host`; none when it has no address."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a session that asks `base_url` may be redirected."""

    base_url: str
    named: frozenset[Place]
    resolve: Callable[[str], Iterable[str]] = resolve

    def objection(self, url: str) -> str | None:
        """Why `url` may not be followed, or None when it may."""
        place = place_of(url)
        if place is None:
            return "which is no web address"
        if place in self.named:
            return None
        if not _same_publisher(urlsplit(self.base_url), place[0]):
            return "which is not one of its hosts"
        if self.base_url.startswith("https:") and url.startswith("http:"):
            return "which is not encrypted"
        found = list(self.resolve(place[0]))
        if not found or not all(_public(address) for address in found):
            return "which is not a public address"
        return None


def _same_publisher(base: SplitResult, host: str) -> bool:
    own = (base.hostname or "").lower()
    parent = own.partition(".")[2]
    return host == own or ("." in parent and (host == parent or host.endswith("." + parent)))


def _public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast
