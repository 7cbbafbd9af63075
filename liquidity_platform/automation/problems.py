"""What is wrong now, as people are told of it: failed runs, publishers that do not answer, blocked and late series.

A publisher of whose newest load half or more did not arrive is one problem, whatever its series are; what became late
or did not arrive because of it is not told beside it. A series that alone did not arrive is a problem of its own, if
it ever came. While something is loading, and after a load that was killed, nobody can say what arrived: those topics
stay as they were told.
Belongs here: gathering. Keep out: who was told what (publish), judgements (quality), asking again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg

from liquidity_platform.automation.archive_upkeep import UPKEEP
from liquidity_platform.automation.arrivals import Asked, verdicts_of
from liquidity_platform.automation.causes import cause_of_run
from liquidity_platform.automation.journal_assets import MOVE_JOURNAL
from liquidity_platform.automation.keys import raw_key
from liquidity_platform.automation.lateness import late_now
from liquidity_platform.automation.runs import JOBS, at_it, newest_finished, seen
from liquidity_platform.automation.ticking import failing
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.publish.telling import Wrong
from liquidity_platform.settings import Settings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.notices import Notice, standing_topics
from liquidity_platform.warehouse.payloads import waiting
from liquidity_platform.warehouse.read import answered


def wrong_now(instance: dg.DagsterInstance, warehouse: Warehouse) -> Wrong:
    """Everything that is wrong at this moment."""
    ui = _ui(warehouse.settings)
    with warehouse.session() as connection:
        told, blocked, came = standing_topics(connection), waiting(connection), answered(connection)
    notices = [*_runs(instance, ui), *failing(instance, ui), *_blocked(blocked, ui)]
    if at_it(seen(instance, ["raw", "bars"]), "raw", "bars"):
        covered = {topic for topic in told if topic.split(" ")[0] in ("provider", "series", "late")}
        why = f"{len(covered)} more stay as they were told while a load runs" if covered else ""
        return Wrong({one.topic: one for one in notices}, frozenset(covered), why)
    # what a folder or the sample has not got fails in every load; before the first load all of it counts
    verdicts = [one for one in verdicts_of(instance, warehouse.settings) if not came or one.id in came]
    asked = [one for one in verdicts if one.passed is not None]
    missing, covered = not_arrived(asked, told, ui)
    unknown = {topic for one in verdicts if one.passed is None for topic in (one.topic, f"provider {one.provider}")}
    explained = {one.id for one in verdicts if not one.passed} | set(blocked)
    late, hidden = _late(warehouse, explained, ui)
    everything = {one.topic: one for one in (*notices, *missing, *late)}
    return Wrong(everything, frozenset(covered | hidden | unknown))


def _ui(chosen: Settings) -> str:
    return (chosen.notify.ui_url or f"http://127.0.0.1:{chosen.dagster.port}").rstrip("/")


def _runs(instance: dg.DagsterInstance, ui: str) -> Iterator[Notice]:
    """Jobs whose newest finished run failed."""
    for job in (*JOBS, MOVE_JOURNAL.name, UPKEEP.name):
        run = newest_finished(instance, job)
        if run is not None and run.status is dg.DagsterRunStatus.FAILURE:
            yield Notice(
                f"run {job}", f"{job} failed", "", cause_of_run(instance, run.run_id), f"{ui}/runs/{run.run_id}"
            )


def _blocked(blocked: Mapping[str, tuple[int, str]], ui: str) -> Iterator[Notice]:
    """Series of which answers wait in quarantine."""
    for series, (count, reason) in blocked.items():
        link = f"{ui}/assets/{'/'.join(raw_key(SERIES[series]).path)}" if series in SERIES else ui
        more = f" ({count} answers wait)" if count > 1 else ""
        yield Notice(f"blocked {series}", "blocked: an answer is in quarantine", series, f"{reason}{more}", link)


def not_arrived(asked: Sequence[Asked], told: Iterable[str], ui: str) -> tuple[list[Notice], set[str]]:
    """Notices of what did not arrive, and the topics that are covered by those of their publishers."""
    notices: list[Notice] = []
    covered: set[str] = set()
    for provider in dict.fromkeys(one.provider for one in asked):
        own = [one for one in asked if one.provider == provider]
        newest = max(own, key=lambda one: one.at).run_id
        away = [one for one in own if not one.passed and _one_of_many(one, own, told)]
        covered |= {one.topic for one in away}
        bad = [one for one in away if one.run_id == newest]
        if bad:
            reason, count = Counter(one.said for one in bad).most_common(1)[0]
            batch = sum(1 for one in own if one.run_id == newest)
            more = f"; and {len(bad) - count} more" if count < len(bad) else ""
            said = f"{len(bad)} of {batch} asked last did not arrive: {reason}{more}"
            title = PROVIDERS[provider].title if provider in PROVIDERS else provider
            notices.append(Notice(f"provider {provider}", title, "", said, f"{ui}/runs/{newest}"))
        notices += [
            Notice(one.topic, f"{provider}: did not arrive", one.code, one.said, f"{ui}/runs/{one.run_id}")
            for one in own
            if not one.passed and one not in away
        ]
    return notices, covered


def _one_of_many(one: Asked, own: Sequence[Asked], told: Iterable[str]) -> bool:
    """True when half or more of what was asked of the publisher together with this, and was fine before, failed."""
    if one.topic in told:
        return False
    together = [each for each in own if each.run_id == one.run_id and (each.passed or each.topic not in told)]
    return sum(not each.passed for each in together) * 2 >= len(together)


def _late(warehouse: Warehouse, explained: set[str], ui: str) -> tuple[list[Notice], set[str]]:
    """Notices of late releases; and topics of those whose publisher or quarantine says why."""
    notices, hidden = [], set()
    for name, found in late_now(warehouse).items():
        line = SERIES[name]
        if name in explained:
            hidden.add(f"late {name}")
            continue
        link = f"{ui}/assets/{'/'.join(raw_key(line).path)}?view=checks"
        notices.append(
            Notice(
                f"late {name}",
                f"{'old' if found.old else 'late'}: {line.release.title}",
                line.code,
                found.verdict.reason,
                link,
            )
        )
    return notices, hidden
