"""Discovery never skips: a module that declares no provider stops the start."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import CatalogError
from liquidity_platform.sources.registry import PROVIDERS, check_sources, discover

GOOD = """
from liquidity_platform.sources.providers.fred import PROVIDER as FRED
from dataclasses import replace
PROVIDER = replace(FRED, name="{name}")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], ModuleType]]:
    def build(modules: dict[str, str]) -> ModuleType:
        folder = tmp_path / "found_providers"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        return importlib.import_module("found_providers")

    yield build
    for name in [name for name in sys.modules if name.startswith("found_providers")]:
        del sys.modules[name]


def test_every_module_is_a_provider_under_its_own_name() -> None:
    assert set(PROVIDERS) >= {"fred", "treasury", "sample"}
    assert all(provider.name == name for name, provider in PROVIDERS.items())
    assert all(provider.rate_limit > 0 and provider.base_url.startswith("https://") for provider in PROVIDERS.values())


def test_a_new_module_is_a_new_provider(package: Callable[[dict[str, str]], ModuleType]) -> None:
    assert set(discover(package({"bank": GOOD.format(name="bank")}))) == {"bank"}


@pytest.mark.parametrize("text", ["", "PROVIDER = 'fred'", GOOD.format(name="other")])
def test_a_module_without_its_provider_is_an_error(package: Callable[[dict[str, str]], ModuleType], text: str) -> None:
    with pytest.raises(CatalogError, match=r"found_providers.bank needs PROVIDER = Provider\(name='bank'"):
        discover(package({"bank": text}))


def test_a_module_that_does_not_import_is_not_skipped(package: Callable[[dict[str, str]], ModuleType]) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_thing"):
        discover(package({"bank": "import no_such_thing"}))


def test_a_catalog_line_without_a_provider_is_named(series: Callable[[str], Series]) -> None:
    check_sources(SERIES.values(), PROVIDERS)
    with pytest.raises(CatalogError, match=r"series fed.total_assets: no provider 'nowhere'"):
        check_sources([replace(series("WALCL"), source="nowhere")], PROVIDERS)
