"""The error tree. Its branches are what the caller does next.

    LiquidityError                 one line for the person, exit code 1
    |__UsageError                  what was typed cannot be meant; exit code 2
    |__ConfigError                 a setting is wrong or missing; exit code 2
    |__CatalogError                a declaration contradicts itself; names the line's id
    |__SourceError                 a publisher
    |  |__SourceUnavailable        time-outs, 429, 5xx, no network: worth retrying
    |  |__SourceRejected           4xx: our request is wrong, do not retry
    |  |__SourceMissing            the publisher (or the folder) has no such series
    |  |__SourceChanged            the payload no longer has the documented shape: quarantine it
    |__WarehouseError
       |__WarehouseUnavailable     cannot be started or reached
       |__WarehouseRefused         it holds another kind of data, or the statement is not allowed

Belongs here: exceptions raised by two or more rooms. Keep out: messages, formatting, retry policy.
"""


class LiquidityError(Exception):
    """Base of every error a person may cause or meet. Its text is one line that says what to do."""

    exit_code = 1


class UsageError(LiquidityError):
    """What was typed cannot be meant (unknown series, a bare date for an instant, a missing folder)."""

    exit_code = 2


class ConfigError(LiquidityError):
    """A setting is missing, malformed or contradicts another."""

    exit_code = 2


class CatalogError(LiquidityError):
    """A catalog line contradicts itself or another line; the text names its id."""


class SourceError(LiquidityError):
    """A publisher could not be read."""


class SourceUnavailable(SourceError):
    """Time-out, 429, 5xx or no network: asking again later may work."""


class SourceRejected(SourceError):
    """4xx: the request itself is wrong; asking again is useless."""


class SourceMissing(SourceError):
    """The publisher, or the folder standing in for it, has no such series."""


class SourceChanged(SourceError):
    """The payload does not have its documented shape; it is quarantined, never guessed at."""


class WarehouseError(LiquidityError):
    """The warehouse could not do what was asked."""


class WarehouseUnavailable(WarehouseError):
    """It cannot be started or reached."""


class WarehouseRefused(WarehouseError):
    """It holds another kind of data, or the statement is not allowed through this door."""
