"""What is written agrees with what is there: README, .env.example, generated files, recipes, house rules."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from liquidity_platform.automation import dbt_sources
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.derived import sheet
from liquidity_platform.derived.registry import BUILT_IN, is_part
from liquidity_platform.realtime.settings import SidecarSettings
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources import sheets
from liquidity_platform.sources.registry import PROVIDERS

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = ("__WEBHOOKS", "__APPRISE")  # names of one's own follow
README = (ROOT / "README.md").read_text()


def names(model: type[BaseModel], prefix: str) -> set[str]:
    """Environment names of a settings model."""
    found = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= names(kind, f"{prefix}{name.upper()}__")
        elif name != "sources":
            found.add(f"{prefix}{name.upper()}")
    return found


def test_every_setting_is_in_env_example_and_nothing_else() -> None:
    listed = set(re.findall(r"^#(LIQUIDITY_\w+)=", (ROOT / ".env.example").read_text(), re.M))
    per_source = {name for name in listed if name.startswith("LIQUIDITY_SOURCES__")}
    channels = {name for name in listed if re.match(r"LIQUIDITY_STREAM__(WEBHOOKS|APPRISE)__\w+$", name)}
    sidecar = {name for name in names(SidecarSettings, "LIQUIDITY_STREAM__") if not name.endswith(CHANNELS)}
    assert listed - per_source - channels == names(Settings, "LIQUIDITY_") | sidecar
    assert len(channels) == len(CHANNELS)
    assert {name.rsplit("__", 1)[1].lower() for name in per_source} == set(SourceSettings.model_fields)


def test_every_command_in_the_readme_is_a_command() -> None:
    from liquidity_platform.cli.main import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {group.name for group in app.registered_groups}
    shown = set(re.findall(r"^liquidity (\w+)", README, re.M))
    assert shown
    assert shown <= known


def test_the_readme_names_every_metric_family_provider_and_make_target() -> None:
    for metric in BUILT_IN:
        base = re.sub(r"\.d\d+w$", "", metric)
        assert is_part(metric) or base in README or f".{base.rsplit('.', 1)[1]}" in README, base
    for provider in PROVIDERS:
        assert f"`{provider}`" in README
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z]+)", README)) <= targets


def test_every_folder_the_readme_lists_exists_and_every_room_is_listed() -> None:
    listed = set(re.findall(r"^\| `([\w/]+)` \|", README.partition("## What is where")[2], re.M))
    for folder in listed:
        assert (ROOT / folder).is_dir(), folder
    rooms = {
        f"liquidity_platform/{p.name}" for p in (ROOT / "liquidity_platform").iterdir() if (p / "__init__.py").exists()
    }
    assert rooms <= listed


def test_dbt_s_source_file_is_up_to_date_and_names_everything() -> None:
    assert (ROOT / "dbt_project" / "models" / "sources.yml").read_text() == dbt_sources.content()
    tables = {
        table["name"] for source in yaml.safe_load(dbt_sources.content())["sources"] for table in source["tables"]
    }
    assert tables == {name.replace(".", "_") for name in [*SERIES, *BUILT_IN]}


def test_the_readme_s_table_of_providers_is_up_to_date_and_names_each() -> None:
    assert sheets.with_table(README) == README
    listed = {line.split("`")[1] for line in sheets.table().splitlines()[2:]}
    assert listed == set(PROVIDERS)
    assert {
        name for name in PROVIDERS if "**unverified**" in next(r for r in README.splitlines() if f"| `{name}` |" in r)
    } == {name for name, provider in PROVIDERS.items() if not provider.verified}


def test_the_page_of_metrics_is_up_to_date_and_names_each_with_its_unit() -> None:
    assert (ROOT / "METRICS.md").read_text() == sheet.page()
    rows = {
        cells[1].strip(" `"): cells[3].strip() for line in sheet.page().splitlines() if (cells := line.split("|"))[2:]
    }
    assert {name: rows[name] for name in BUILT_IN} == {name: metric.unit.value for name, metric in BUILT_IN.items()}


def test_adding_a_series_is_one_line(tmp_path: Path) -> None:
    """The recipe, done: a line in the catalog is an asset with checks, a dbt source and a row of the catalog."""
    shutil.copytree(
        ROOT / "liquidity_platform", tmp_path / "liquidity_platform", ignore=shutil.ignore_patterns("__pycache__")
    )
    catalog = tmp_path / "liquidity_platform" / "catalog" / "series.py"
    line = '    Series("fred.spread_10y_ff", FRED, "T10YFF", "10-year less funds", u.PERCENT, D, "h15", -20, 20),\n'
    catalog.write_text(catalog.read_text().replace("SERIES = index_series([\n", "SERIES = index_series([\n" + line))
    script = (
        "from liquidity_platform.automation.raw_assets import all_raw_assets, CHECKS\n"
        "from liquidity_platform.automation import dbt_sources\n"
        "assets = {k.to_user_string() for a in all_raw_assets() for k in a.keys}\n"
        "assert 'raw/fred/t10yff' in assets\n"
        "assert 'fred_spread_10y_ff' in dbt_sources.content()\n"
        "print('one line')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "one line", done.stderr


def test_house_rules_hold() -> None:
    package = ROOT / "liquidity_platform"
    for path in package.rglob("*.py"):
        text = path.read_text()
        if path.name == "__init__.py":
            assert text == "", f"{path}: __init__.py stays empty"
            continue
        assert text.startswith('"""'), f"{path}: a module opens with its charter"
        assert path.stem not in ("utils", "util", "helpers", "common", "misc")
        assert not re.search(r"except( Exception)?:\s*pass", text), path
    importers = {
        p.relative_to(package).parts[0]
        for p in package.rglob("*.py")
        if re.search(r"^\s*(import|from) dagster", p.read_text(), re.M)
    }
    assert importers <= {"automation", "definitions.py"}


def test_no_tracked_file_names_this_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in tracked:
        text = (ROOT / name).read_text(errors="replace") if (ROOT / name).is_file() else ""
        assert "pypi" + ".org" not in text, name
        assert "/simple" + "/" not in text, name
        assert str(ROOT) + "/" not in text, name


def test_no_tracked_file_names_a_folder_of_somebody_s_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: nobody says which files are tracked")
    own = re.compile(r"""["'`= (](/work|/root|/home|/Users|/mnt)/\w""")
    found = [
        f"{name}:{number}"
        for name in listed.stdout.split("\0")
        if name and (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1)
        if own.search(line)
    ]
    assert found == []
