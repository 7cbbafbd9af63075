"""A backup brings every row back, into an empty warehouse only, and a damaged one changes nothing."""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from offering import EVERYTHING, REAL, SERIES, Publisher, instant
from psycopg import errors
from pydantic import SecretStr

from liquidity_platform.automation.resources import prepare
from liquidity_platform.core.errors import UsageError, WarehouseError, WarehouseRefused
from liquidity_platform.settings import Settings, WarehouseSettings
from liquidity_platform.warehouse import backup as backups
from liquidity_platform.warehouse import restore as restoring
from liquidity_platform.warehouse.append import append_rows
from liquidity_platform.warehouse.backup import DUMP, MANIFEST, back_up
from liquidity_platform.warehouse.connect import Warehouse, claim, open_warehouse
from liquidity_platform.warehouse.manifest import Fingerprint, fingerprints
from liquidity_platform.warehouse.restore import BackupDiffers, restore
from liquidity_platform.warehouse.rows import Tick
from liquidity_platform.warehouse.schema import HEAD, current_revision, migrate
from liquidity_platform.warehouse.server.lease import lease

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

PERIOD = date(2024, 5, 1)
PG15 = Path("/usr/lib/postgresql/15/bin")


def fill(warehouse: Warehouse) -> None:
    """Revisions of one number, a blank, ticks of two months, a mart."""
    with warehouse.owner_session() as connection:
        publisher = Publisher(connection)
        for day, value in ((10, 10.0), (11, 11.5), (12, None), (13, 0.1 + 0.2)):
            publisher.says(value, instant(f"2024-05-{day}"), PERIOD, instant("2024-05-02"))
        publisher.says(7.0, instant("2024-06-10"), date(2024, 6, 1), instant("2024-06-02"))
        connection.execute("SELECT raw.make_tick_partitions('2024-05-01', '2024-06-30')")
        ticks = [
            Tick(instrument_id="fut.es", event_at=at, received_at=at, seq=1, price=Decimal("5000.25"))
            for at in (instant("2024-05-31"), instant("2024-06-03"))
        ]
        append_rows(connection, "raw.ticks", ticks, EVERYTHING, REAL)
        connection.execute("CREATE TABLE marts.mine AS SELECT series_id, value FROM raw.observations_latest")


def content(warehouse: Warehouse) -> dict[str, Fingerprint]:
    with warehouse.owner_session() as connection:
        return fingerprints(connection)


def answers(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """What was known at three moments."""
    with warehouse.owner_session() as connection:
        return [
            row
            for day in ("2024-05-10", "2024-05-12", "2030-01-01")
            for row in connection.execute(
                "SELECT * FROM raw.observations_as_of(%s) ORDER BY series_id, period", [instant(day, 13)]
            ).fetchall()
        ]


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, home=tmp_path / "embedded")  # type: ignore[call-arg]


@pytest.fixture
def file(warehouse: Warehouse, tmp_path: Path) -> Path:
    """A backup of a filled warehouse."""
    fill(warehouse)
    back_up(warehouse, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


@pytest.fixture
def empty(server: object, database: str, warehouse: Warehouse, tmp_path: Path) -> Iterator[Warehouse]:
    """A second database of the same server, migrated and empty."""
    name = f"{warehouse.url.database}_b"
    cluster = server  # the session's server
    admin = cluster.url("postgres").replace("+psycopg", "")  # type: ignore[attr-defined]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {warehouse.url.username}")
        url = SecretStr(warehouse.url.set(database=name).render_as_string(hide_password=False))
        chosen = Settings(_env_file=None, home=tmp_path / "b", warehouse=WarehouseSettings(url=url))  # type: ignore[call-arg]
        with open_warehouse(chosen) as opened:
            yield opened
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_after_the_data_folder_was_lost_everything_comes_back(embedded: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    with open_warehouse(embedded) as warehouse:
        prepare(warehouse)
        fill(warehouse)
        before, told = content(warehouse), answers(warehouse)
        made = back_up(warehouse, file)
    assert made.tables == before
    shutil.rmtree(embedded.home / "postgres")
    with open_warehouse(embedded) as warehouse:
        compared = restore(warehouse, file)
        assert all(one.ok for one in compared)
        assert {one.table: one.found for one in compared} == before == content(warehouse)
        assert answers(warehouse) == told
        assert len(told) == 3 + 1
        claim(warehouse)  # still real data under the real clock
        with psycopg.connect(warehouse.plain_url(reader=True)) as reader:
            assert reader.execute("SELECT count(*) FROM marts.mine").fetchone() == (2,)
            assert reader.execute("SELECT count(*) FROM raw.observations_latest").fetchone() == (2,)


def test_what_guards_the_facts_stands_after_a_restore(file: Path, empty: Warehouse) -> None:
    restore(empty, file)
    for table in ("raw.observations", "raw.payloads", "raw.ticks", "raw.ticks_2024_05"):
        with empty._pooled() as connection, pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            connection.execute(f"DELETE FROM {table}")
    with empty.owner_session() as connection:
        asked = "SELECT has_function_privilege('public', 'raw.make_tick_partitions(date, date)', 'EXECUTE')"
        assert connection.execute(asked).fetchone() == (False,)
        Publisher(connection).says(99.0, instant("2024-07-01"), PERIOD, instant("2024-05-02"))
        heads = "SELECT value FROM raw.observation_heads WHERE series_id = %s AND period = %s"
        assert connection.execute(heads, [SERIES, PERIOD]).fetchall() == [(99.0,)]
        leftover = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'"
        assert connection.execute(leftover).fetchall() == []
    with psycopg.connect(empty.plain_url(reader=True)) as reader, pytest.raises(errors.InsufficientPrivilege):
        reader.execute("SELECT raw.make_tick_partitions('2020-01-01', '2020-01-02')")


def test_a_warehouse_with_rows_is_refused_and_keeps_them(warehouse: Warehouse, file: Path) -> None:
    before = content(warehouse)
    with pytest.raises(WarehouseRefused, match=r"not empty .* another --home"):
        restore(warehouse, file)
    assert content(warehouse) == before


def test_an_older_schema_is_restored_and_migrated(warehouse: Warehouse, empty: Warehouse, tmp_path: Path) -> None:
    fill(warehouse)
    told = answers(warehouse)
    migrate(warehouse.engine, "0002")
    made = back_up(warehouse, tmp_path / "old.zip")
    assert made.schema_revision == "0002"
    assert "raw.observation_heads" not in made.tables
    assert all(one.ok for one in restore(empty, tmp_path / "old.zip"))
    with empty.engine.connect() as connection:
        assert current_revision(connection) == HEAD
    assert answers(empty) == told


def change_manifest(file: Path, **changes: object) -> None:
    """Write the same backup with another manifest."""
    with zipfile.ZipFile(file) as old:
        said, dump = json.loads(old.read(MANIFEST)), old.read(DUMP)
    with zipfile.ZipFile(file, "w") as new:
        new.writestr(MANIFEST, json.dumps(said | changes))
        new.writestr(DUMP, dump)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema_revision": "9999"}, "schema 9999, this platform knows"),
        ({"format": 2}, "format 2 of this backup is unknown"),
        ({"claims": {"kind": "simulated"}}, "holds simulated data: set LIQUIDITY_DATA=sample"),
    ],
)
def test_a_backup_of_another_kind_is_refused(
    file: Path, empty: Warehouse, changes: dict[str, object], says: str
) -> None:
    change_manifest(file, **changes)
    before = content(empty)
    with pytest.raises(WarehouseError, match=says):
        restore(empty, file)
    assert content(empty) == before


def test_a_difference_is_named_and_nothing_is_kept(file: Path, empty: Warehouse) -> None:
    with zipfile.ZipFile(file) as pack:
        tables = json.loads(pack.read(MANIFEST))["tables"]
    tables["raw.observations"]["hash"] = "1"
    change_manifest(file, tables=tables)
    before = content(empty)
    with pytest.raises(BackupDiffers, match=r"\(raw\.observations\)") as refused:
        restore(empty, file)
    assert [one.table for one in refused.value.tables if not one.ok] == ["raw.observations"]
    assert content(empty) == before
    with psycopg.connect(empty.plain_url(reader=True)) as reader:
        assert reader.execute("SELECT count(*) FROM raw.observations").fetchone() == (0,)


def truncated(body: bytes) -> bytes:
    return body[: len(body) // 2]


def flipped(body: bytes) -> bytes:
    place = body.index(b"PGDMP") + 400
    return body[:place] + bytes([body[place] ^ 255]) + body[place + 1 :]


@pytest.mark.parametrize("damage", [truncated, flipped, lambda _: b"garbage" * 1000, lambda _: b""])
def test_a_damaged_file_is_one_line_and_changes_nothing(
    file: Path, empty: Warehouse, damage: Callable[[bytes], bytes]
) -> None:
    before = content(empty)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(WarehouseError, match=r"damaged|not a whole backup") as said:
        restore(empty, file)
    assert "\n" not in str(said.value)
    assert content(empty) == before


def schemas(warehouse: Warehouse) -> set[str]:
    """Ours, and those a restore sets aside."""
    asked = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(before_restore_)?(meta|raw|derived|marts|ops)$'"
    with psycopg.connect(warehouse.plain_url()) as connection:
        return {row[0] for row in connection.execute(asked)}


def test_a_dump_that_fails_halfway_leaves_the_warehouse_as_it_was(
    file: Path, empty: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, loaded = restoring._load, set()

    def then_look(*given: object) -> None:
        try:
            load(*given)  # type: ignore[arg-type]
        finally:
            loaded.update(schemas(empty))

    monkeypatch.setattr(restoring, "_load", then_look)
    with zipfile.ZipFile(file) as old:
        said, dump = old.read(MANIFEST), old.read(DUMP)
    with zipfile.ZipFile(file, "w") as new:  # its checksums are right, the dump in it is not whole
        new.writestr(MANIFEST, said)
        new.writestr(DUMP, dump[:-2000])
    before = content(empty)
    with pytest.raises(WarehouseError, match="pg_restore failed: pg_restore: error"):
        restore(empty, file)
    assert {name for name in loaded if not name.startswith("before_restore_")} == set()  # one transaction
    assert len(loaded) == 5
    assert content(empty) == before


def test_after_a_restore_that_was_killed_the_next_one_works(file: Path, empty: Warehouse) -> None:
    with psycopg.connect(empty.plain_url(), autocommit=True) as connection:
        restoring._rename_empty(connection)
    migrate(empty.engine)  # as the next command does
    assert len(schemas(empty)) == 10
    assert all(one.ok for one in restore(empty, file))
    assert len(schemas(empty)) == 5


def test_an_existing_file_is_kept_unless_forced(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_text("precious")
    with pytest.raises(UsageError, match="--force"):
        back_up(warehouse, file)
    assert file.read_text() == "precious"
    back_up(warehouse, file, force=True)
    assert zipfile.is_zipfile(file)
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_dump_that_lost_rows_is_not_kept(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(warehouse)
    monkeypatch.setattr(backups, "SCHEMAS", ("meta", "derived", "marts", "ops"))
    with pytest.raises(WarehouseError, match=r"the dump holds \d+ rows, the warehouse \d+"):
        back_up(warehouse, tmp_path / "backup.zip")
    assert not list(tmp_path.glob("*backup*"))


def test_rows_written_while_it_runs_are_in_neither_manifest_nor_dump(
    warehouse: Warehouse, empty: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(warehouse)
    describe = backups._describe

    def then_somebody_writes(*given: object) -> object:
        manifest = describe(*given)  # type: ignore[arg-type]
        with warehouse.owner_session() as connection:
            Publisher(connection).says(5.0, instant("2024-07-10"), date(2024, 7, 1), instant("2024-07-02"))
        return manifest

    monkeypatch.setattr(backups, "_describe", then_somebody_writes)
    made = back_up(warehouse, tmp_path / "backup.zip")
    assert all(one.ok for one in restore(empty, tmp_path / "backup.zip"))
    assert (
        content(empty)["raw.observations"] == made.tables["raw.observations"] != content(warehouse)["raw.observations"]
    )


def test_the_password_is_never_an_argument(warehouse: Warehouse) -> None:
    clients = backups.find_clients(warehouse)
    secret = str(warehouse.url.password)
    assert not any(f"password={secret}" in word or f":{secret}@" in word for word in clients.command("psql"))
    assert clients.environment()["PGPASSWORD"] == secret


def test_a_served_postgresql_15_is_backed_up_and_restored_with_newer_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (PG15 / "postgres").exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed (apt-get install postgresql-15)")
    from liquidity_platform.warehouse import clients

    with lease(tmp_path / "server", PG15) as held:
        with psycopg.connect(held.cluster.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'a b/c@d'")
            for name in ("one", "two", "three"):
                connection.execute(f"CREATE DATABASE {name} OWNER desk")
        address = f"postgresql://desk:a%20b%2Fc%40d@127.0.0.1:{held.cluster.port}/"
        opened = []
        for name in ("one", "two", "three"):
            served = WarehouseSettings(url=SecretStr(address + name))
            opened.append(open_warehouse(Settings(_env_file=None, home=tmp_path / name, warehouse=served)))  # type: ignore[call-arg]
        prepare(opened[0])
        fill(opened[0])
        assert back_up(opened[0], tmp_path / "same.zip").dumped_by == 15
        assert all(one.ok for one in restore(opened[1], tmp_path / "same.zip"))
        monkeypatch.setattr(clients, "system_folders", list)
        monkeypatch.setattr(clients, "_on_path", list)
        assert back_up(opened[0], tmp_path / "newer.zip").dumped_by > 15
        assert all(one.ok for one in restore(opened[2], tmp_path / "newer.zip"))
        monkeypatch.setattr(clients, "wheel_folders", list)
        with pytest.raises(WarehouseError, match="no pg_dump, pg_restore, psql of version 15 or newer"):
            back_up(opened[0], tmp_path / "none.zip")
        for warehouse in opened:
            warehouse.close()
