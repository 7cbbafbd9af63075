"""A hurt platform in short: its daemon is killed while publishers are asked. `make prove ARGS=chaos` has more."""

from pathlib import Path

import pytest

from liquidity_platform_tests.prove.chaos import chaos_draws

pytestmark = pytest.mark.untraced  # the work is done by processes of their own


def test_a_platform_whose_daemon_is_killed_comes_back_by_itself_to_the_same_facts(tmp_path: Path) -> None:
    (done,) = chaos_draws(1, 7, tmp_path, ("daemon",), whole=False)
    assert done.wrong == (), str(done)
    assert done.asked
    said = (tmp_path / "chaos-1-up.txt").read_text()
    assert "daemon ended and is started again" in said
