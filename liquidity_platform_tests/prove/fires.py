"""Killing the sidecar between fire and send: every alert arrives, under one id and one key, and none that is not due.

A file of ticks is played; the sidecar is killed, and after each kill the ticks go on behind the last one in its
journal, as a live feed's would. In the end its alerts must be those of a run that nobody disturbed.
Belongs here: one such draw and its judgement. Keep out: who receives (receivers.py), the ticks and rules (markets.py).
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liquidity_platform_tests.prove.markets import RULES, TICKS, tick_file
from liquidity_platform_tests.prove.receivers import MANNERS, Ear, Hook, hooking, listening
from liquidity_platform_tests.realtime.sidecars import streaming

SPEED, LONGEST_S, PATIENCE_S = "200", 2.0, 90.0
AIMED = 80  # an aimed kill comes at one of so many first alerts of a run
Alerts = dict[str, tuple[Any, ...]]
_ALERTS = "SELECT uid, fired_at, edge_id, value, threshold, condition, suppressed FROM alert_logs"
_UNSENT = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'failed') AND channel = 'hook'"
_MADE = "SELECT count(*), coalesce(sum(state IN ('pending', 'failed')), 0) FROM deliveries WHERE channel = 'hook'"
_LEFT = "SELECT (SELECT count(*) FROM market_data), count(*) FROM deliveries WHERE state IN ('pending', 'failed')"


@dataclass(frozen=True, slots=True)
class FireDraw:
    """One draw: a kill or two, then the rest of the ticks. `wrong` are sentences; none means whole."""

    number: int
    manner: str
    kills: tuple[str, ...]
    alerts: int
    tries: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "; ".join(self.wrong) or "whole"
        kills = ", then ".join(self.kills)
        return (
            f"fire draw {self.number:>3}: receiver answers {self.manner}, killed {kills}: "
            f"{self.alerts} alerts in {self.tries} tries: {verdict}"
        )


def fire_draws(count: int, seed: int, folder: Path) -> Iterator[FireDraw]:
    """One undisturbed run, then `count` draws; the rules, and so the alerts' ids, are those of the undisturbed one."""
    chance, rules, whole = random.Random(seed), folder / "fire-rules", folder / "fire-undisturbed"
    _declare(rules)
    shutil.copytree(rules, whole)
    hook, ear = Hook(seed), Ear()
    with hooking(hook) as url:
        _finish(whole, url, ear)
    expected = _alerts(whole)
    wrong = _judge(whole, expected, hook, ear)
    print(f"undisturbed, {len(TICKS):,} ticks, {len(RULES)} rules: {len(expected)} alerts, "
          f"{sum(row[-1] is not None for row in expected.values())} of them held back", flush=True)  # fmt: skip
    if wrong or len(expected) < AIMED:
        raise RuntimeError(f"the undisturbed run proves nothing: {'; '.join(wrong) or 'it fires too little'}")
    for number in range(1, count + 1):
        home = folder / f"fire-{number:03}"
        shutil.copytree(rules, home)
        yield _draw(number, chance, home, expected)
        shutil.rmtree(home)


def _declare(rules: Path) -> None:
    with streaming(rules, JOURNAL=str(rules / "j.sqlite")) as running:
        for rule in RULES:
            made = running.http.post("/api/rules", json=rule)
            if made.status_code != 201:
                raise RuntimeError(f"a rule of the proof is refused: {made.text}")


def _draw(number: int, chance: random.Random, home: Path, expected: Alerts) -> FireDraw:
    hook, ear = Hook(number), Ear()
    hook.manner = chance.choice(MANNERS)
    with hooking(hook) as url:
        kills = [_killed(home, url, ear, chance, (number + kill) % 2 == 1) for kill in range(chance.choice((1, 1, 2)))]
        _finish(home, url, ear)
    wrong = _judge(home, expected, hook, ear)
    return FireDraw(number, hook.manner, tuple(kills), len(expected), len(hook.came), tuple(wrong))


def _playing(home: Path, url: str, speed: str, end: int) -> Any:
    """The sidecar, playing the ticks behind the last one in its journal."""
    ((last,),) = _ask(home, "SELECT coalesce(max(event_at), 0) FROM market_data")
    rest = tick_file(home / "rest.csv", (tick for tick in TICKS if tick[0] > last))
    return streaming(
        home, end, FEED="replay", REPLAY__FILE=str(rest), REPLAY__SPEED=speed, JOURNAL=str(home / "j.sqlite"),
        WEBHOOKS__HOOK=url,
    )  # fmt: skip


def _killed(home: Path, url: str, ear: Ear, chance: random.Random, aimed: bool) -> str:
    """Play and kill, at a random moment or, `aimed`, as soon as some alert is pending; how it was, in words."""
    with _playing(home, url, SPEED, signal.SIGKILL) as running, listening(ear, running.port):
        if not aimed:
            moment = chance.uniform(0.0, LONGEST_S)
            time.sleep(moment)
            how = f"{moment:4.2f} s on"
        else:
            how = f"when {_pending(home, chance.randint(1, AIMED))} were fired"
        running.process.kill()  # before anything else ends
    return f"{how} with {_ask(home, _UNSENT)[0][0]} unsent"


def _pending(home: Path, wanted: int) -> int:
    """Return at once when the `wanted`th delivery of the run stands in the journal and one is unsent; its number."""
    ((first,),) = _ask(home, "SELECT count(*) FROM deliveries WHERE channel = 'hook'")
    deadline, made = time.monotonic() + 2 * LONGEST_S, first
    with closing(sqlite3.connect(home / "j.sqlite")) as journal:
        while time.monotonic() < deadline:
            ((made, unsent),) = journal.execute(_MADE).fetchall()
            if made >= first + wanted and unsent:
                break
    return made


def _finish(home: Path, url: str, ear: Ear) -> None:
    """Play what is left and wait until it is all delivered, or clearly will not be."""
    with _playing(home, url, "0", signal.SIGINT) as running, listening(ear, running.port):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and _ask(home, _LEFT) != [(len(TICKS), 0)]:
            time.sleep(0.1)
        time.sleep(0.2)  # what was handed to the web socket is on its way


def _ask(home: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home / "j.sqlite")) as journal:
        return journal.execute(query).fetchall()


def _alerts(home: Path) -> Alerts:
    return {row[0]: row[1:] for row in _ask(home, _ALERTS)}


def _judge(home: Path, expected: Alerts, hook: Hook, ear: Ear) -> list[str]:
    """What is wrong with the end of a draw."""
    found = _alerts(home)
    wrong = list(hook.faults)
    wrong += [f"{uid} was never fired: {row}" for uid, row in expected.items() if uid not in found]
    wrong += [f"{uid} should not have fired: {row}" for uid, row in found.items() if uid not in expected]
    wrong += [f"{uid} is {found[uid]}, not {row}" for uid, row in expected.items() if found.get(uid, row) != row]
    due = {uid for uid, row in found.items() if row[-1] is None}
    keys: dict[str, set[tuple[int, str]]] = {}
    for uid, number, key in hook.came:
        keys.setdefault(uid, set()).add((number, key))
    wrong += [f"{uid} never reached the webhook" for uid in due - hook.taken]
    wrong += [f"{uid} never reached the web socket" for uid in due - ear.heard.keys()]
    wrong += [f"{uid} was held back and yet sent" for uid in (keys.keys() | ear.heard.keys()) - due]
    wrong += [f"{uid} came under several ids or keys: {sorted(seen)}" for uid, seen in keys.items() if len(seen) > 1]
    wrong += [f"{uid} was heard under several ids: {sorted(ids)}" for uid, ids in ear.heard.items() if len(ids) > 1]
    if (left := _ask(home, _LEFT)) != [(len(TICKS), 0)]:
        wrong.append(f"of {len(TICKS)} ticks and 0 waiting deliveries the journal has {left[0]}")
    more = [f"and {len(wrong) - 5} more"] if len(wrong) > 5 else []
    return wrong[:5] + more + _proven(home, len(found), len(due))


def _proven(home: Path, fired: int, due: int) -> list[str]:
    """What `liquidity alerts prove` says that it should not."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIQUIDITY_")}
    given = {"LIQUIDITY_HOME": str(home), "LIQUIDITY_STREAM__JOURNAL": str(home / "j.sqlite")}
    command = [sys.executable, "-m", "liquidity_platform.cli.main", "alerts", "prove"]
    done = subprocess.run(command, env={**clean, **given}, capture_output=True, text=True, check=False)
    whole = f"fired {fired} = sent {due} + waiting 0 + dead 0 + suppressed {fired - due}"
    if done.returncode == 0 and done.stdout.startswith(whole + "\n"):
        return []
    return [f"`alerts prove` ended with {done.returncode}: {(done.stdout + done.stderr).splitlines()[:2]}"]
