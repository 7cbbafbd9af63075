"""One connection to the streamer, from opening to its end: LOGIN, commands one at a time, a read loop, a watchdog.

The read loop only reads, parses and hands on. Every end of a connection is a `Severed` with its code, so that the
feed can decide what follows.
Belongs here: the life of one connection. Keep out: tokens, what to do after an end (feed.py), fields.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from liquidity_platform.core.errors import LiquidityError
from liquidity_platform.realtime.feeds.contract import now_us
from liquidity_platform.realtime.feeds.loopback import is_loopback
from liquidity_platform.realtime.feeds.schwab.asking import Preference
from liquidity_platform.realtime.feeds.schwab.frames import (
    CLOSE_CONNECTION,
    LOGIN_DENIED,
    NO_CONNECTION,
    STOP_STREAMING,
    SUCCEEDED,
    Answer,
    Batch,
    command,
    read_frame,
)
from liquidity_platform.realtime.feeds.schwab.timing import Timing

_WIRE = logging.getLogger(f"{__name__}.wire")  # at DEBUG, websockets would log the LOGIN frame and so the token
_WIRE.setLevel(logging.WARNING)
_SEVERING = frozenset({LOGIN_DENIED, CLOSE_CONNECTION, NO_CONNECTION, STOP_STREAMING})
_LARGEST = 8 * 2**20  # bytes of a frame
_CLOSE_S = 1.0  # for goodbye


class Severed(LiquidityError):
    """The connection is over. `code` is the streamer's, None when it ended without a word."""

    def __init__(self, says: str, code: int | None = None) -> None:
        super().__init__(says)
        self.code = code


class Connection:
    """Use `open` to get one that is logged in, `serve` to run it, `close` when done with it."""

    def __init__(
        self, socket: ClientConnection, preference: Preference, timing: Timing, take: Callable[[Batch, int], None]
    ) -> None:
        self._socket, self._preference, self._timing, self._take = socket, preference, timing, take
        self._turn = asyncio.Lock()  # one command at a time, each awaited: parallel ones fail at the server
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._request = 0
        self._severed: Severed | None = None
        self._heard = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self.last_frame: int | None = None  # microseconds UTC
        self.bad_frames = 0
        self.bad_parts = 0
        self.notices: list[Answer] = []  # the last few that did not end the connection

    @classmethod
    async def open(
        cls, preference: Preference, token: str, timing: Timing, take: Callable[[Batch, int], None]
    ) -> "Connection":
        """Connect and log in; `take` gets each batch with its receive time (us). Raises Severed."""
        host = preference.url.split("//", 1)[1].split("/", 1)[0].rsplit(":", 1)[0].strip("[]")
        try:
            socket = await connect(
                preference.url, open_timeout=timing.open_s, close_timeout=_CLOSE_S, max_size=_LARGEST,
                compression=None, logger=_WIRE, proxy=None if is_loopback(host) else True,
            )  # fmt: skip
        except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
            raise Severed(f"the streamer cannot be reached ({type(error).__name__})") from None
        connection = cls(socket, preference, timing, take)
        connection._tasks = [asyncio.create_task(connection._read()), asyncio.create_task(connection._watch())]
        try:
            await connection._log_in(token)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def command(self, service: str, name: str, parameters: dict[str, str]) -> Answer:
        """Send a command when it is its turn, and wait for the answer. Raises Severed, also for no answer in time."""
        async with self._turn:
            self._request += 1
            request = str(self._request)
            self._waiting[request] = asyncio.get_running_loop().create_future()
            try:
                await self._send(command(
                    request, service, name, self._preference.customer, self._preference.correl, parameters
                ))  # fmt: skip
                async with asyncio.timeout(self._timing.answer_s):
                    answer = await self._waiting[request]
            except TimeoutError:
                raise self._sever(Severed(f"no answer to {service} {name}")) from None
            finally:
                del self._waiting[request]
        if answer.code in _SEVERING:
            raise self._sever(Severed(_said(answer), answer.code))
        return answer

    async def serve(self) -> None:
        """Wait until the connection ends; always raises Severed."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        raise self._severed or Severed("the reader ended without a word")

    def complaints(self) -> tuple[str, ...]:
        """What the server remarked without ending the connection, in our words (its own may quote secrets)."""
        return tuple(_said(notice) for notice in self.notices)

    async def close(self) -> None:
        """Say goodbye if anybody listens, and free everything; never raises but CancelledError."""
        if self._severed is None:
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await self.command("ADMIN", "LOGOUT", {})
            except (Severed, TimeoutError):
                pass
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sever(Severed("closed"))
        await self._socket.close()

    async def _log_in(self, token: str) -> None:
        answer = await self.command("ADMIN", "LOGIN", {
            "Authorization": token,
            "SchwabClientChannel": self._preference.channel,
            "SchwabClientFunctionId": self._preference.function,
        })  # fmt: skip
        if answer.code not in SUCCEEDED:
            raise self._sever(Severed(_said(answer), answer.code))

    async def _send(self, text: str) -> None:
        if self._severed is not None:
            raise self._severed
        try:
            await self._socket.send(text)
        except (OSError, WebSocketException) as error:
            raise self._sever(Severed(f"the connection broke off ({type(error).__name__})")) from None

    async def _read(self) -> None:
        try:
            async for raw in self._socket:
                self._heard, self.last_frame = time.monotonic(), now_us()
                self._sort(raw, self.last_frame)
                if self._severed is not None:
                    return
            self._sever(Severed(f"the streamer closed the connection ({self._socket.close_code})"))
        except (OSError, WebSocketException):
            self._sever(Severed(f"the connection broke off ({self._socket.close_code})"))

    def _sort(self, raw: str | bytes, received_at: int) -> None:
        frame = read_frame(raw)
        if frame is None:
            self.bad_frames += 1
            return
        self.bad_parts += frame.bad
        for batch in frame.batches:
            self._take(batch, received_at)
        for answer in frame.answers:
            self._answered(answer)
        for notice in frame.notices:
            self._noticed(notice)

    def _answered(self, answer: Answer) -> None:
        waiting = self._waiting.get(answer.request or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
        else:  # late, or nobody's: only its code may matter
            self._noticed(answer)

    def _noticed(self, notice: Answer) -> None:
        if notice.code in _SEVERING:
            self._sever(Severed(_said(notice), notice.code))
        elif notice.code not in SUCCEEDED:
            self.notices = [*self.notices[-4:], notice]

    async def _watch(self) -> None:
        """A server may answer pings and send nothing: only frames count as life."""
        while (left := self._timing.silence_s - (time.monotonic() - self._heard)) > 0:
            await asyncio.sleep(left)
        self._sever(Severed(f"nothing heard for {self._timing.silence_s:g} s"))

    def _sever(self, why: Severed) -> Severed:
        """The first reason stands; whoever waits for an answer hears it."""
        if self._severed is None:
            self._severed = why
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self._severed)
        return self._severed


def _said(answer: Answer) -> str:
    known = {3: "login denied", 12: "another session took the stream", 19: "symbol limit reached",
             20: "the streamer does not know this connection", 30: "the streamer stops"}  # fmt: skip
    return f"{known.get(answer.code, f'{answer.service} {answer.command} failed')} (code {answer.code})"
