"""How long to wait before the next try: growing, jittered, capped.

Belongs here: that arithmetic. Keep out: sleeping, what is tried.
"""

import random


class Backoff:
    """Waits in seconds. The first is up to `first`, each next up to `factor` times the one before, none above `cap`.

    Jitter takes away up to half, so that many clients thrown out together do not come back together.
    """

    def __init__(self, first: float, cap: float, draw: random.Random | None = None, factor: float = 2.0) -> None:
        self._first, self._cap, self._factor = first, cap, factor
        self._draw = draw or random.Random()
        self.tries = 0

    def next(self) -> float:
        """The wait before the coming try."""
        full = min(self._cap, self._first * self._factor ** min(self.tries, 60))
        self.tries += 1
        return full * (0.5 + self._draw.random() / 2)

    def reset(self) -> None:
        """Things are good again: begin anew."""
        self.tries = 0
