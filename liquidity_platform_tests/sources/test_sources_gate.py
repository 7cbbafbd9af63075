"""A publisher that is down is left alone, a quota is not exceeded, and processes agree about both."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from loopback_publisher import Answer, Publisher, provider_named
from pydantic import SecretStr

from liquidity_platform.core.errors import SourceChanged, SourceMissing, SourceRejected, SourceUnavailable
from liquidity_platform.settings import RedisSettings, Settings, SourceSettings
from liquidity_platform.sources.breaker import AFTER, COOL_S, TRY_S, Breaker
from liquidity_platform.sources.gate import DAY_S, Gate, NotAsked
from liquidity_platform.sources.http import Asker, Limits
from liquidity_platform.sources.ledger import Ledgers, MemoryLedger, in_memory, ledgers_of
from liquidity_platform.sources.limits import examine_limits
from liquidity_platform.sources.redis_ledger import in_redis
from liquidity_platform_tests.redis_server import PASSWORD, redis_server

BODY = b"observation_date,WALCL\n2022-04-13,8965487\n"
NOON = 1_800_000_000.0 - 1_800_000_000.0 % DAY_S + DAY_S / 2


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    with redis_server(tmp_path) as url:
        yield url


@pytest.fixture
def ask(publisher: Publisher, make_settings: Callable[..., Settings]) -> Iterator[Callable[..., bytes]]:
    """ask(ledgers): one series of the publisher, two tries, no pauses, as a process with these ledgers would."""
    opened: list[Asker] = []

    def ask_it(ledgers: Ledgers, **given: object) -> bytes:
        settings = make_settings(sources={"toy": SourceSettings(base_url=publisher.url)})
        provider = replace(provider_named(), **given)  # type: ignore[arg-type]
        opened.append(Asker(provider, settings, Limits(tries=2), lambda _: None, ledgers))
        return opened[-1].get("/data.csv", {}, "toy WALCL")

    yield ask_it
    for asker in opened:
        asker.__exit__()


def fail(ask: Callable[..., bytes], ledgers: Ledgers, error: type[Exception] = SourceUnavailable) -> str:
    with pytest.raises(error) as caught:
        ask(ledgers)
    return str(caught.value)


def test_a_publisher_that_is_down_is_left_alone_and_tried_once_after_a_while(
    ask: Callable[..., bytes], publisher: Publisher
) -> None:
    now = [NOON]
    ledgers = Ledgers(MemoryLedger(lambda: now[0]), MemoryLedger())
    publisher.answers = [Answer(503)]
    said = [fail(ask, ledgers) for _ in range(5)]
    assert len(publisher.paths) == AFTER  # two, two, one; then nobody asks
    assert all("answered 503" in line for line in said[:2])
    again = "2027-01-15T12:01:00Z"
    assert said[3] == said[4] == (
        "toy: not asked, 5 times in a row it was unavailable (last: WALCL: 127.0.0.1 answered 503 (Service "
        f"Unavailable); ask again later); tried again after {again}"
    )  # fmt: skip
    now[0] += COOL_S
    assert "not asked, 6 times" in fail(ask, ledgers)  # one try, and at once it is open again
    assert len(publisher.paths) == AFTER + 1
    now[0] += COOL_S
    publisher.answers = [Answer(body=BODY)]
    assert ask(ledgers) == ask(ledgers) == BODY
    assert len(publisher.paths) == AFTER + 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(404), SourceMissing),
        (Answer(400), SourceRejected),
        (Answer(204), SourceChanged),
        (Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}), SourceChanged),
    ],
)
def test_an_answer_that_is_no_use_is_an_answer(
    ask: Callable[..., bytes], publisher: Publisher, answer: Answer, error: type[Exception]
) -> None:
    ledgers = in_memory()
    publisher.answers = [Answer(503)]
    fail(ask, ledgers)
    fail(ask, ledgers)  # four in a row
    publisher.answers = [answer]
    for _ in range(AFTER + 1):
        fail(ask, ledgers, error)
    publisher.answers = [Answer(503)]
    fail(ask, ledgers)
    assert len(publisher.paths) == 4 + AFTER + 1 + 2


def test_half_open_lets_one_through_until_it_is_known_how_that_went() -> None:
    now = [NOON]
    one, other = (Breaker("toy", ledger) for ledger in [MemoryLedger(lambda: now[0])] * 2)
    for _ in range(AFTER):
        one.unavailable("down")
    assert other.refused() is not None
    now[0] += COOL_S
    assert one.refused() is None
    assert other.refused() is not None
    now[0] += TRY_S  # whoever tried was killed
    assert other.refused() is None
    other.answered()
    assert one.refused() is other.refused() is None


def test_a_clock_that_was_set_back_does_not_keep_it_open() -> None:
    now = [NOON]
    breaker = Breaker("toy", MemoryLedger(lambda: now[0]))
    for _ in range(AFTER):
        breaker.unavailable("down")
    now[0] -= DAY_S
    assert breaker.refused() is None


def test_a_stand_in_and_the_publisher_do_not_share_a_breaker() -> None:
    ledgers = in_memory()
    stand_in, real = (Gate(provider_named(), place, ledgers) for place in [("127.0.0.1", 80), ("real.example", 443)])
    for _ in range(AFTER):
        with pytest.raises(SourceUnavailable), stand_in.passing():
            raise SourceUnavailable("down")
    assert stand_in.closed() is not None
    assert real.closed() is None


OPENS = """
import sys
from liquidity_platform.sources.breaker import Breaker
from liquidity_platform.sources.ledger import in_memory
from liquidity_platform.sources.redis_ledger import in_redis
breaker = Breaker("toy", in_redis(sys.argv[1], in_memory()).breakers)
for _ in range(int(sys.argv[2])):
    breaker.unavailable("down")
"""


def test_processes_share_a_breaker_through_redis(redis: str) -> None:
    counts = [2, 3]
    processes = [subprocess.Popen([sys.executable, "-c", OPENS, redis, str(count)]) for count in counts]
    assert [process.wait(60) for process in processes] == [0, 0]
    ours = Breaker("toy", in_redis(redis, in_memory()).breakers)
    standing = ours.standing()
    assert (standing.failures, standing.why) == (5, "down")
    assert ours.refused() == standing
    ours.answered()
    assert Breaker("toy", in_redis(redis, in_memory()).breakers).refused() is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://:hunter2@127.0.0.1:1/0", "no answer"),
        ("http://:hunter2@127.0.0.1:1/0", "not a redis:// address"),
        ("wrong password", "user or password refused"),
        ("no redis", "no answer"),
    ],
)
def test_without_its_redis_a_process_goes_on_by_itself_and_says_so_once(
    ask: Callable[..., bytes], publisher: Publisher, redis: str, url: str, says: str,
    caplog: pytest.LogCaptureFixture, make_settings: Callable[..., Settings],
) -> None:  # fmt: skip
    if url == "wrong password":
        url = redis.replace(PASSWORD, "hunter2")
    elif url == "no redis":
        url = f"redis://:hunter2@127.0.0.1:{publisher.port}/0"  # a web server stands there
    ledgers = ledgers_of(make_settings(redis=RedisSettings(url=SecretStr(url))))
    publisher.answers = [Answer(body=BODY)]
    assert ask(ledgers) == ask(ledgers, quota_per_day=5) == BODY
    publisher.answers = [Answer(503)]
    for _ in range(4):
        said = fail(ask, ledgers)
    assert "not asked" in said
    (record,) = [record for record in caplog.records if record.name.endswith("redis_ledger")]
    assert says in record.getMessage()
    assert "hunter2" not in caplog.text


def test_a_redis_that_goes_away_is_replaced_by_what_the_process_knows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path) as url:
        ledgers = in_redis(url, in_memory())
        ledgers.counts.change("toy", lambda record, now: ({"used": 1}, None))
        assert ledgers.counts.read("toy")[0] == {"used": 1}
        assert (ledgers.counts.where, ledgers.counts.fault) == ("in Redis", None)
    ledgers.counts.change("toy", lambda record, now: ({**record, "again": 1}, None))
    assert ledgers.counts.read("toy")[0] == {"again": 1}
    assert (ledgers.breakers.where, ledgers.breakers.fault) == (
        "in each process by itself",
        "Redis cannot be used: no answer",
    )
    assert len(caplog.records) == 1


def test_a_spent_quota_sends_nothing_more_until_the_day_is_over(
    ask: Callable[..., bytes], publisher: Publisher
) -> None:
    now = [NOON]
    ledgers = Ledgers(MemoryLedger(), MemoryLedger(lambda: now[0]))
    publisher.answers = [Answer(body=BODY)]
    assert ask(ledgers, quota_per_day=2) == ask(ledgers, quota_per_day=2) == BODY
    says = r"^toy: not asked, 2 of 2 requests used today \(UTC\); the count begins anew at 2027-01-16T00:00:00Z$"
    for _ in range(AFTER + 1):  # nor does it open the breaker
        with pytest.raises(NotAsked, match=says):
            ask(ledgers, quota_per_day=2)
    assert len(publisher.paths) == 2
    now[0] += DAY_S / 2
    assert ask(ledgers, quota_per_day=2) == BODY


def test_a_spent_minute_is_waited_for(publisher: Publisher, make_settings: Callable[..., Settings]) -> None:
    now, waits = [NOON + 20], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    publisher.answers = [Answer(body=BODY)]
    provider = replace(provider_named(), quota_per_minute=1)
    settings = make_settings(sources={"toy": SourceSettings(base_url=publisher.url)})
    with Asker(provider, settings, Limits(), sleep, Ledgers(MemoryLedger(), MemoryLedger(lambda: now[0]))) as asker:
        assert [asker.get("/data.csv", {}, "toy") for _ in range(2)] == [BODY, BODY]
    assert [wait for wait in waits if wait > 1] == [40.0]


def test_doctor_reads_budgets_and_breakers_of_other_processes_and_changes_nothing(
    ask: Callable[..., bytes], publisher: Publisher, redis: str, make_settings: Callable[..., Settings]
) -> None:
    publisher.answers = [Answer(body=BODY), Answer(503)]
    shared = make_settings(
        redis=RedisSettings(url=SecretStr(redis)), sources={"toy": SourceSettings(base_url=publisher.url)}
    )
    provider = replace(provider_named(), quota_per_day=25)
    ask(in_redis(redis, in_memory()), quota_per_day=25)
    (_, budget), (fine, kept) = examine_limits([provider], shared)
    assert budget.startswith("source toy: 1 of 25 requests used today (UTC); the count begins anew at 20")
    assert (fine, kept) == (True, "limits: counts are kept in Redis, breakers in Redis")
    for _ in range(3):
        fail(ask, in_redis(redis, in_memory()))
    for _ in range(2):
        (_, budget), (fine, closed), _ = examine_limits([provider], shared)
        assert not fine
        assert closed.startswith("source toy: not asked, 5 times in a row it was unavailable (last: WALCL: 127.0.0.1")
        assert budget.startswith("source toy: 1 of 25")


def test_doctor_says_what_is_wrong_with_the_shared_state(make_settings: Callable[..., Settings]) -> None:
    lost = make_settings(redis=RedisSettings(url=SecretStr("redis://:hunter2@127.0.0.1:1/0")))
    ((fine, line),) = examine_limits([], lost)
    assert not fine
    assert line == (
        "limits: counts are kept by all processes of this HOME, breakers in each process by itself "
        "(Redis cannot be used: no answer)"
    )
    assert not lost.home.exists()
    lost.home.mkdir()
    (lost.home / "asking.sqlite").write_bytes(b"no database at all, but long enough to look like none" * 40)
    own = make_settings()
    ((fine, line), *_) = [*examine_limits([provider_named()], own)]
    assert fine
    quota = replace(provider_named(), quota_per_day=25)
    assert "asking.sqlite cannot be used" in [*examine_limits([quota], make_settings())][-1][1]


COUNTS = """
import sys
from pathlib import Path
from liquidity_platform.sources.ledger import FileLedger, in_memory
from liquidity_platform.sources.quota import Quota
from liquidity_platform.sources.redis_ledger import in_redis
place = sys.argv[1]
ledger = in_redis(place, in_memory()).counts if "://" in place else FileLedger(Path(place))
quota = Quota("toy", 30, 86_400, ledger)
print(sum(quota.exceeded() is None for _ in range(20)))
"""


@pytest.mark.parametrize("shared", ["file", "redis"])
def test_processes_together_keep_within_a_quota(tmp_path: Path, redis: str, shared: str) -> None:
    place = redis if shared == "redis" else str(tmp_path / "asking.sqlite")
    words = [sys.executable, "-c", COUNTS, place]
    processes = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in processes) == 30
