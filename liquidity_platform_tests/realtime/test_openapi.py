"""The running sidecar keeps what its OpenAPI says: documented statuses and shapes, errors of one shape, never a 5xx.

schemathesis draws the requests from the document itself, good ones and spoiled ones.
"""

from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import given
from schemathesis.checks import CheckContext, load_all_checks, positive_data_acceptance
from schemathesis.generation import GenerationMode
from schemathesis.openapi import from_url

from liquidity_platform_tests.drawing import draws
from liquidity_platform_tests.realtime.sidecars import streaming

pytestmark = pytest.mark.untraced  # many drawn histories: tracing doubles their time, the tests beside them measure

load_all_checks()
EVERYTHING = {
    ("GET", "/api/instruments"), ("POST", "/api/instruments"), ("GET", "/api/rules"), ("POST", "/api/rules"),
    ("GET", "/api/rules/{number}"), ("PUT", "/api/rules/{number}"), ("DELETE", "/api/rules/{number}"),
    ("GET", "/api/alerts"), ("POST", "/api/alerts/{number}/ack"), ("GET", "/api/health"), ("GET", "/metrics"),
}  # fmt: skip


def one_shape(context: CheckContext, answer: schemathesis.Response, case: schemathesis.Case) -> None:
    """Every answer that is no success has the one shape."""
    if answer.status_code >= 400:
        assert set(answer.json()) == {"error"}
        assert set(answer.json()["error"]) == {"code", "message"}


def holds(operation: schemathesis.APIOperation) -> None:
    """Draw requests of an operation, send them, judge the answers by everything schemathesis knows and by `one_shape`.

    Not by positive_data_acceptance: what a rule means cannot be said in a schema, 422 is its documented answer.
    """

    @draws(20)
    @given(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def each(case: schemathesis.Case) -> None:
        case.validate_response(case.call(), additional_checks=[one_shape], excluded_checks=[positive_data_acceptance])

    each()


def test_every_operation_answers_as_the_openapi_says(tmp_path: Path) -> None:
    with streaming(tmp_path) as running:
        schema = from_url(f"{running.http.base_url}/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        assert {(one.method.upper(), one.path) for one in operations} == EVERYTHING
        for operation in operations:
            holds(operation)
        for rule in running.http.get("/api/rules").json():  # one that reads a metric waits for a warehouse
            assert running.http.delete(f"/api/rules/{rule['id']}").status_code == 204
        running.until(lambda: running.health()["status"] == "ok")


def test_a_method_a_path_does_not_have_is_an_error_of_the_same_shape(tmp_path: Path) -> None:
    with streaming(tmp_path) as running:
        for method, path in (("PATCH", "/api/rules"), ("DELETE", "/api/alerts"), ("TRACE", "/metrics")):
            answer: httpx.Response = running.http.request(method, path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
