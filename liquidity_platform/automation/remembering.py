"""What a run need not download: answers of the archive for past years, and those an interrupted run got before.

A run of a backfill writes every answer it gets into its own log, in Dagster's storage, once the bytes are archived.
Another run of the same backfill reads those of the runs that did not end well, and is answered by the archive: with
the same payload, of the same instant. Nothing else keeps count.
Belongs here: that log, which runs are of one backfill. Keep out: what is asked (backfilling.py), sessions (sources).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import dagster as dg
from dagster._core.events import EngineEventData

from liquidity_platform.automation.keys import AGAIN_TAG, BACKFILL_TAG
from liquidity_platform.automation.loading import Kept
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.instants import iso, parse_instant
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import ArchiveError, open_archive
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.keeping import Download, Keeping, payload_of
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.held import Held, held

DAGSTER_S_OWN = "dagster/backfill"  # the tag of runs that its daemon launched
_ANSWER = "answer"  # what a logged answer is called
_NO_MARK = "\n"  # stands in no request


def kept_for(
    context: dg.AssetExecutionContext, opened: Warehouse, provider: Provider, lines: Sequence[Series], window: Window
) -> Kept:
    """What this run of `provider` finds in the archive."""
    if AGAIN_TAG in context.run.tags:
        return Kept(around=remembering(context, opened, provider))
    return Kept(archived_answers(opened, provider, lines, window), remembering(context, opened, provider))


def remembering(
    context: dg.AssetExecutionContext, opened: Warehouse, provider: Provider
) -> Callable[[Session], Session]:
    """What makes a session of a backfill's run remember; any other run's session stays as it is."""
    tags = context.run.tags
    tag = next((name for name in (BACKFILL_TAG, DAGSTER_S_OWN) if name in tags), None)

    def around(session: Session) -> Session:
        if tag is None:
            return session
        before = _downloads(context.instance, {tag: tags[tag]}, provider.name, context.run_id)
        return Keeping(session, open_archive(opened.settings), before, _logged(context), began_of(tags[tag]))

    return around


def held_of_past(opened: Warehouse, provider: Provider, lines: Sequence[Series], window: Window, keyed: bool) -> Held:
    """What the archive holds of `lines` for `window`; nothing where the publisher is not asked, or of the present."""
    settings = opened.settings
    away = settings.simulated or settings.files_dir is not None
    if away or window.holds_year_of(settings.clock_now().now()):
        return Held(frozenset(), {})
    dated = [line.id for line in lines if line.revisable] if keyed and provider.vintages else []
    with opened.session() as connection:
        mark = provider.vintage_mark or _NO_MARK
        return held(connection, provider.name, [line.id for line in lines], dated, mark, window)


def archived_answers(
    opened: Warehouse, provider: Provider, lines: Sequence[Series], window: Window
) -> dict[str, list[Payload]]:
    """Whole answers of the archive to what a load of `lines` for the past years `window` would ask, by series.

    What was not read for these windows so far is a payload of its own, to be indexed for them. Bytes that the archive
    has lost, or that were altered, are no answer.
    """
    archive = open_archive(opened.settings)
    holds = held_of_past(opened, provider, lines, window, is_keyed(provider, opened.settings))
    found: dict[str, list[Payload]] = {}
    for series, rows in holds.answers.items():
        downloads = [Download(**row, source_id=provider.name) for row in rows]
        if series not in holds.written:
            downloads = [replace(one, payload_id=str(uuid4())) for one in downloads]
        with suppress(ArchiveError):
            found[series] = [payload_of(one, archive) for one in downloads]
    return found


def is_keyed(provider: Provider, settings: Settings) -> bool:
    """Whether requests carry the user's key."""
    return provider.key_param is not None and settings.source(provider.name).api_key is not None


def began_of(backfill: str) -> datetime | None:
    """When the backfill of that name began; None for one of Dagster's."""
    _, _, moment = backfill.partition(" ")
    return parse_instant(moment) if moment else None


def _logged(context: dg.AssetExecutionContext) -> Callable[[Payload], None]:
    def remember(payload: Payload) -> None:
        told = {
            "payload_id": payload.payload_id, "source_id": payload.source_id, "series_id": payload.series_id,
            "request": payload.request, "fetched_at": iso(payload.fetched_at), "sha256": payload.sha256,
            "uri": payload.uri,
        }  # fmt: skip
        context.instance.report_engine_event(
            f"{payload.source_id} {payload.series_id}: {len(payload.body):,} bytes archived",
            context.run,
            EngineEventData({_ANSWER: dg.MetadataValue.json(told)}),
            step_key=context.op_execution_context.get_step_execution_context().step.key,
        )

    return remember


def _downloads(instance: dg.DagsterInstance, tags: dict[str, str], source: str, run_id: str) -> dict[str, Download]:
    """By request, what runs with `tags` that did not end well had from `source`; of two answers the first."""
    found: dict[str, Download] = {}
    for run in instance.get_runs(dg.RunsFilter(tags=tags)):
        if run.run_id == run_id or run.status == dg.DagsterRunStatus.SUCCESS:
            continue
        for record in instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records:
            event = record.event_log_entry.get_dagster_event()
            answer = event.engine_event_data.metadata.get(_ANSWER)
            if isinstance(answer, dg.JsonMetadataValue) and isinstance(answer.data, dict):
                one = Download(**{**answer.data, "fetched_at": parse_instant(str(answer.data["fetched_at"]))})
                if one.source_id == source:
                    found[one.request] = one
    return found
