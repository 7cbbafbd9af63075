"""Periods and bounds of the Schwab client, in one place so that tests can shorten them.

Belongs here: numbers with their reasons. Keep out: who waits for what.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, unless the name says otherwise."""

    open_s: float = 10.0  # to open a connection
    answer_s: float = 15.0  # for the answer to a command
    http_s: float = 20.0  # for one HTTP request
    silence_s: float = 60.0  # without any frame: two to three heartbeats; the stream is then given up
    refresh_early_s: float = 300.0  # before an access token's end; what schwab-py does too
    refresh_again_s: float = 60.0  # after a refresh that failed for now
    backoff_first_s: float = 1.0
    backoff_cap_s: float = 60.0
    good_s: float = 60.0  # of data after which a connection counts as good and the backoff begins anew
    denied_s: float = 300.0  # after the third denied login in a row: no longer a matter of seconds
    yield_s: float = 300.0  # after another program took the stream; tripled each time
    yield_cap_s: float = 3600.0
    held_s: float = 600.0  # of a connection after which a taken stream is a new matter, not the same quarrel
    login_check_s: float = 5.0  # between looks at the token file while only a new login can help
    settle_s: float = 30.0  # after SUBS until an unanswered symbol is called silent
    backfill_gap_s: float = 60.0  # shorter gaps hold no whole bar
    queue: int = 20_000  # updates waiting before quotes are conflated
    queue_trades: int = 200_000  # updates waiting before trades are dropped, counted
