"""The dead man's switch: an address that is asked for after each successful daily run, so that silence is noticed.

Belongs here: that request. Keep out: when a daily run has succeeded (automation, cli).
"""

import httpx

from liquidity_platform.settings import Settings

TIMEOUT_S = 10.0


def ping(chosen: Settings) -> str | None:
    """Ask for the heartbeat's address once, if settings name one; why it failed, without the address. Never raises."""
    if chosen.notify.heartbeat_url is None:
        return None
    try:
        answer = httpx.get(chosen.notify.heartbeat_url.get_secret_value(), timeout=TIMEOUT_S, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # the message may hold the address: its kind is enough
        return f"the heartbeat cannot be sent ({type(error).__name__})"
    return None if answer.is_success else f"the heartbeat was answered with {answer.status_code}"
