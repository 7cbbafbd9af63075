"""Dagster's entry point: merges what the rooms declare. No logic here."""

import gc
import warnings

# Python looks through everything there is whenever 700 objects are new: a fifth of the time in which 800 assets are
# made, of which none ever goes
gc.set_threshold(50_000, 20, 50)

import dagster as dg  # noqa: E402

warnings.filterwarnings("ignore", category=dg.BetaWarning)
# on purpose, one for each provider: see keys.one_run_of
warnings.filterwarnings("ignore", message="Asset job load_.* materializes assets with varying BackfillPolicies")

from liquidity_platform.automation.archive_upkeep import UPKEEP, archive_sensor, archive_upkeep  # noqa: E402
from liquidity_platform.automation.asking import late_releases  # noqa: E402
from liquidity_platform.automation.bar_assets import all_bar_assets  # noqa: E402
from liquidity_platform.automation.derived_assets import derived_metrics  # noqa: E402
from liquidity_platform.automation.describing import described  # noqa: E402
from liquidity_platform.automation.expecting import EXPECT_MARTS, EXPECTATIONS, data_docs  # noqa: E402
from liquidity_platform.automation.following import follow  # noqa: E402
from liquidity_platform.automation.gap_repair import gap_repair  # noqa: E402
from liquidity_platform.automation.hubs import HUBS  # noqa: E402
from liquidity_platform.automation.jobs import LAYERS, LOAD_BARS  # noqa: E402
from liquidity_platform.automation.journal_assets import MOVE_JOURNAL, journal_sensor, stream_journal  # noqa: E402
from liquidity_platform.automation.lateness import lateness  # noqa: E402
from liquidity_platform.automation.marts import marts  # noqa: E402
from liquidity_platform.automation.notifying import heartbeat, notices  # noqa: E402
from liquidity_platform.automation.raw_assets import all_raw_assets  # noqa: E402
from liquidity_platform.automation.reporting import report  # noqa: E402
from liquidity_platform.automation.resources import WarehouseResource  # noqa: E402
from liquidity_platform.automation.retention import DELETE_OLD_RUNS  # noqa: E402
from liquidity_platform.automation.schedules import all_schedules  # noqa: E402
from liquidity_platform.automation.stream_health import health_sensor, sidecar  # noqa: E402

defs = dg.Definitions(
    assets=[
        *described([*all_raw_assets(), *all_bar_assets(), derived_metrics, marts, report, stream_journal, data_docs]),
        archive_upkeep,
        *HUBS,
        sidecar,
    ],
    jobs=[*LAYERS, LOAD_BARS, MOVE_JOURNAL, UPKEEP, EXPECT_MARTS],
    schedules=[*all_schedules(), EXPECTATIONS, DELETE_OLD_RUNS],
    sensors=[
        follow,
        late_releases,
        lateness,
        gap_repair,
        journal_sensor,
        archive_sensor,
        notices,
        heartbeat,
        health_sensor,
    ],
    resources={"warehouse": WarehouseResource()},
    executor=dg.in_process_executor,
)
