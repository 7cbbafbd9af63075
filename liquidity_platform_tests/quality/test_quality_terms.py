"""What a publisher says its series is, compared with what was accepted."""

from datetime import date

import pytest

from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.description import FROM_THE_FIRST, Accepted, Description, first_of, in_force
from liquidity_platform.quality.terms import differences, in_terms, judge_terms

WALCL = find_series("WALCL")
SAID = Description("Total Assets", "Millions of U.S. Dollars", "Weekly, As of Wednesday", "Not Seasonally Adjusted")
IN_BILLIONS = Description(SAID.title, "Billions of U.S. Dollars", SAID.frequency, SAID.seasonal)
DAY = date(2026, 11, 20)


def test_the_first_words_are_accepted_unless_their_power_of_ten_is_not_the_catalog_s() -> None:
    assert judge_terms(WALCL, SAID, None, DAY).passed
    assert judge_terms(WALCL, Description(unit="Index 2017=100"), None, DAY).passed
    refused = judge_terms(WALCL, IN_BILLIONS, None, DAY)
    assert not refused.passed
    assert "unit is 'Billions of U.S. Dollars', the catalog says millions of US dollars" in refused.reason


@pytest.mark.parametrize(
    ("field", "now", "says"),
    [
        ("title", "Total Assets, Less Gold", "title is now 'Total Assets, Less Gold', accepted is 'Total Assets'"),
        ("unit", "Billions of U.S. Dollars", "unit is now 'Billions of U.S. Dollars', accepted is 'Millions of U.S."),
        ("frequency", "Monthly", "frequency is now 'Monthly', accepted is 'Weekly, As of Wednesday'"),
        ("seasonal", "Seasonally Adjusted", "seasonal adjustment is now 'Seasonally Adjusted', accepted is 'Not"),
    ],
)
def test_a_word_that_changed_is_spelled_out_with_the_command_that_accepts_it(field: str, now: str, says: str) -> None:
    words = {name: getattr(SAID, name) for name in ("title", "unit", "frequency", "seasonal")} | {field: now}
    verdict = judge_terms(WALCL, Description(**words), SAID, DAY)
    assert not verdict.passed
    assert verdict.reason.startswith("fred WALCL (fed.total_assets): the publisher's ")
    assert says in verdict.reason
    assert verdict.reason.endswith("liquidity series accept WALCL --from 2026-11-20")
    assert verdict.reason.count("is now") == 1


def test_case_spacing_and_silence_are_no_differences() -> None:
    assert differences(Description("TOTAL  assets ", unit=None), SAID) == []
    assert differences(SAID, Description()) == []
    assert judge_terms(WALCL, None, SAID, DAY).passed


def test_a_new_power_of_ten_changes_what_a_printed_one_is_and_nothing_that_is_stored() -> None:
    printed = in_terms(WALCL, IN_BILLIONS, SAID)
    assert printed.published.scale == 1e9
    assert printed.unit == WALCL.unit
    assert printed.plausible == pytest.approx(WALCL.plausible)
    assert in_terms(WALCL, SAID, SAID) is WALCL
    assert in_terms(WALCL, None, None) is WALCL
    # nobody's first words are on file: the catalog's unit is what they were
    assert in_terms(WALCL, IN_BILLIONS, None).published.scale == 1e9


def test_words_are_in_force_from_their_day_on_and_the_last_of_a_day_counts() -> None:
    accepted = [
        Accepted(FROM_THE_FIRST, SAID),
        Accepted(date(2026, 7, 1), IN_BILLIONS),
        Accepted(date(2026, 3, 1), Description("x")),
        Accepted(date(2026, 3, 1), Description("y")),
    ]
    assert in_force(accepted, date(2026, 2, 28)) is SAID
    assert in_force(accepted, date(2026, 3, 1)) == Description("y")
    assert in_force(accepted, date(2026, 7, 1)) is IN_BILLIONS
    assert in_force([], DAY) is None
    assert first_of(accepted) is SAID
    assert first_of(accepted[1:]) is None
