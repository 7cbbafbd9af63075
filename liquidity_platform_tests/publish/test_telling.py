"""People are told once: over real HTTP, from a real warehouse, whatever comes twice, restarts or does not answer."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.publish import telling
from liquidity_platform.publish.channels import channels
from liquidity_platform.publish.heartbeat import ping
from liquidity_platform.publish.telling import Wrong, tell
from liquidity_platform.publish.wording import NAMES, SUBJECTS, TITLE, message
from liquidity_platform.settings import NotifySettings, Settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.notices import Notice
from liquidity_platform_tests.receiving import Receiver, receiving

SECRET = "s3cr3t-token"
FRED = Notice("provider fred", "FRED", "", "150 of 154 asked last did not arrive: no answer", "http://ui/runs/1")


def late(code: str) -> Notice:
    return Notice(
        f"late {code}", "late: H.4.1", code, "late by 2 h 10 m against H.4.1: 2026-07-15 is missing", "http://ui"
    )


def wrong(*notices: Notice, covered: tuple[str, ...] = ()) -> Wrong:
    return Wrong({one.topic: one for one in notices}, frozenset(covered))


def to(*receivers: Receiver) -> NotifySettings:
    urls = " ".join(f"json://127.0.0.1:{one.port}/{SECRET}{place}" for place, one in enumerate(receivers))
    return NotifySettings(urls=SecretStr(urls))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def test_a_problem_that_lasts_is_told_once_and_its_end_once(warehouse: Warehouse, receiver: Receiver) -> None:
    for _ in range(3):
        tell(warehouse, wrong(FRED), channels(to(receiver)))  # channels made anew, as after a restart
    assert receiver.messages == [
        "FRED: 150 of 154 asked last did not arrive: no answer\n"
        "FRED: 150 of 154 asked last did not arrive: no answer\n  http://ui/runs/1"
    ]
    for _ in range(3):
        tell(warehouse, wrong(), channels(to(receiver)))
    assert receiver.messages[1:] == ["over: FRED\nover: FRED"]
    tell(warehouse, wrong(FRED), channels(to(receiver)))  # again, later: it is a new one
    assert len(receiver.messages) == 3


def test_many_at_once_are_one_message_and_series_of_one_release_one_line(
    warehouse: Warehouse, receiver: Receiver
) -> None:
    many = [late(f"S{number}") for number in range(24)]
    tell(warehouse, wrong(FRED, *many), channels(to(receiver)))
    ((title, *lines),) = [text.splitlines() for text in receiver.messages]
    assert title == "liquidity: 2 new"
    assert [line for line in lines if not line.startswith("  ")] == [
        "FRED: 150 of 154 asked last did not arrive: no answer",
        "late: H.4.1 (S0, S1, S2, S3, S4, S5 and 18 more): late by 2 h 10 m against H.4.1: 2026-07-15 is missing",
    ]
    tell(warehouse, wrong(late("S0"), late("S99")), channels(to(receiver)))
    assert receiver.messages[1].splitlines()[0] == "liquidity: 1 new, 2 over"


def test_what_nobody_can_judge_now_stays_as_it_was_told(warehouse: Warehouse, receiver: Receiver) -> None:
    tell(warehouse, wrong(late("A")), channels(to(receiver)))
    tell(warehouse, wrong(late("B"), covered=("late A", "late B")), channels(to(receiver)))
    assert len(receiver.messages) == 1


def test_a_channel_that_took_nothing_is_left_alone_and_then_told_what_is_wrong_by_then(
    warehouse: Warehouse, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving(status=503) as down:
        both = channels(to(receiver, down))
        said = tell(warehouse, wrong(FRED, late("A")), both)
        assert [each.partition(": ")[2] for each in said] == ["2 new, 0 over", "took nothing"]
        down.status = 200
        assert tell(warehouse, wrong(FRED, late("B")), both) == [
            f"{both[0].name}: 1 new, 1 over"
        ]  # the other one rests
        assert down.messages == []
        monkeypatch.setattr(telling, "FIRST", timedelta(0))
        tell(warehouse, wrong(FRED, late("B")), both)
        assert len(down.messages) == 1
        assert "(B)" in down.messages[0]
        assert "(A)" not in down.messages[0]  # it came and went meanwhile
    assert len(receiver.messages) == 2


def test_the_pause_of_a_channel_grows_to_an_hour(warehouse: Warehouse) -> None:
    with receiving(status=500) as down:
        (one,) = channels(to(down))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(telling, "LONGEST", timedelta(0))
            for _ in range(4):
                assert tell(warehouse, wrong(FRED), [one]) == [f"{one.name}: took nothing"]
        assert tell(warehouse, wrong(FRED), [one]) == []
    assert min(telling.FIRST * 2**4, telling.LONGEST) == timedelta(hours=1)


def test_simulated_data_says_so(open_on: Callable[..., Warehouse], receiver: Receiver) -> None:
    tell(open_on(data="sample"), wrong(FRED), channels(to(receiver)))
    assert receiver.messages[0].startswith("SIMULATED FRED")


def test_no_secret_is_kept_or_shown(warehouse: Warehouse, receiver: Receiver) -> None:
    (one,) = channels(to(receiver))
    tell(warehouse, wrong(FRED), [one])
    with warehouse.session() as connection:
        rows = connection.execute("SELECT n::text FROM ops.notices n").fetchall()
    assert len(rows) == 1
    assert SECRET not in f"{rows} {one} {to(receiver)}"
    assert one.name.startswith("json-")


def test_a_file_of_addresses_is_read_without_its_remarks(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "urls"
    path.write_text(f"# ours\njson://127.0.0.1:{receiver.port}/a\n\n json://127.0.0.1:{receiver.port}/b \n")
    chosen = NotifySettings(urls=SecretStr(f"json://127.0.0.1:{receiver.port}/a"), urls_file=path)
    for one in channels(chosen):
        assert one.send(message([FRED], [], False))
    assert [path for _, path, _ in receiver.got] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("given", "said"),
    [({"urls": f"json://h/{SECRET} nonsense"}, "does not understand address 2"),
     ({"urls_file": "/nonexistent/urls"}, "cannot be read (No such file or directory)")],
)  # fmt: skip
def test_a_wrong_address_is_one_line_without_it(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        channels(NotifySettings(**given))
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_without_apprise_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as where it is not installed
    assert channels(NotifySettings()) == []
    with pytest.raises(ConfigError, match=r"needs apprise: pip install 'liquidity-platform\[alerts\]'"):
        channels(NotifySettings(urls=SecretStr("json://h")))


def test_a_message_is_bounded_whatever_is_wrong() -> None:
    notices = [Notice(f"t{n}", f"subject {n % 50}", f"name {n}", "x" * 5_000) for n in range(1_000)]
    said = message(notices, notices, False)
    assert len(said.body.splitlines()) == SUBJECTS + 1
    assert len(said.body) < SUBJECTS * 600
    assert f"and {20 - NAMES} more" in said.body
    assert said.body.endswith("and 80 more")


def test_series_of_one_release_each_keep_their_own_lateness() -> None:
    late = {"DTWEXBGS": "late by 118 d", "DEXUSEU": "late by 286 d", "DEXJPUS": "late by 286 d"}
    said = message(
        [Notice(f"late {name}", "late: H.10", name, text, f"http://ui/{name}") for name, text in late.items()],
        [],
        False,
    )
    assert said.body.splitlines() == [
        "late: H.10:",
        "  DTWEXBGS: late by 118 d", "  http://ui/DTWEXBGS",
        "  DEXUSEU, DEXJPUS: late by 286 d", "  http://ui/DEXUSEU",
    ]  # fmt: skip
    alike = message([Notice(f"late {name}", "late: H.10", name, "late by 1 d") for name in late], [], False)
    assert alike.body == "late: H.10 (DTWEXBGS, DEXUSEU, DEXJPUS): late by 1 d"
    assert alike.title == alike.body
    long = message([Notice("run", "run failed", "", "word " * 40)], [], False)
    assert len(long.title) <= TITLE
    assert long.title.endswith("word …")


@pytest.mark.parametrize(("status", "said"), [(200, None), (503, "503"), (302, "302")])
def test_a_heartbeat_asks_once_and_says_how_it_failed(status: int, said: str | None, receiver: Receiver) -> None:
    receiver.status = status
    heartbeat = SecretStr(f"http://127.0.0.1:{receiver.port}/ping/{SECRET}")
    failure = ping(Settings(_env_file=None, notify=NotifySettings(heartbeat_url=heartbeat)))
    assert (failure is None) if said is None else (said in str(failure) and SECRET not in str(failure))
    assert receiver.got == ([("GET", f"/ping/{SECRET}", None)] if status == 200 else [])


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/s3cr3t-token", "nonsense s3cr3t-token", "http://[s3cr3t-token"]
)
def test_a_heartbeat_that_cannot_be_sent_never_raises_and_shows_no_secret(address: str) -> None:
    failure = ping(Settings(_env_file=None, notify=NotifySettings(heartbeat_url=SecretStr(address))))
    assert failure is not None
    assert SECRET not in failure


def test_without_an_address_no_heartbeat_is_sent() -> None:
    assert ping(Settings(_env_file=None)) is None
