"""Why something of Dagster's failed is one line that a person can act on."""

from dagster_shared.error import SerializableErrorInfo

from liquidity_platform.automation.causes import first_cause

# as dagster-dbt writes it, less the paths
DBT = (
    "dagster_dbt.errors.DagsterDbtCliRuntimeError: The dbt CLI process with command\n\n`liquidity-dbt build`\n\nfailed "
    "with exit code `1`. Check the stdout in the Dagster compute logs.\n\nErrors parsed from dbt logs:\n\n"
    "27 of 53 FAIL 2069 rates_daily_adds_up ......... [\x1b[31mFAIL 2069\x1b[0m in 0.05s]\n\n"
    "44 of 53 FAIL 3 liquidity_daily_grain ......... [\x1b[31mFAIL 3\x1b[0m in 0.05s]\n\n"
)


def error(message: str, cause: SerializableErrorInfo | None = None) -> SerializableErrorInfo:
    return SerializableErrorInfo(message, [], "Some", cause)


def test_the_first_of_many_errors_is_the_cause_and_ours_are_sentences() -> None:
    ours = error("liquidity_platform.core.errors.WarehouseUnavailable: the warehouse does not answer: is it on?\n")
    assert first_cause(error("Error occurred while executing op", ours)) == "the warehouse does not answer: is it on?"
    assert first_cause(error("ValueError: disk\n full")) == "ValueError: disk full"


def test_of_dbt_s_log_the_failed_tests_are_named() -> None:
    said = "tests of the marts failed: rates_daily_adds_up (2,069 rows), liquidity_daily_grain (3 rows)"
    assert first_cause(error(DBT)) == said
    other = "Errors parsed from dbt logs: 1 of 53 ERROR creating sql table model marts.regimes \x1b[31mERROR\x1b[0m"
    assert first_cause(error(other)) == "1 of 53 ERROR creating sql table model marts.regimes ERROR"
