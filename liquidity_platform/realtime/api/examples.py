"""One example body a kind of rule, as the OpenAPI shows them; a test takes each.

Belongs here: the examples. Keep out: rules' fields (rules.model).
"""

from typing import Any

_ES = 1


def _example(words: str, **body: Any) -> dict[str, Any]:
    return {"summary": words, "value": body}


RULES: dict[str, dict[str, Any]] = {
    "threshold": _example(
        "Price above a level", instrument_id=_ES, rule_type="threshold", condition="above", threshold=4500.0,
        active=True,
    ),
    "cross_level": _example(
        "Price crosses a level", instrument_id=_ES, rule_type="cross_level", direction="up", level=4500.0
    ),
    "cross_average": _example(
        "Price crosses its moving average", instrument_id=_ES, rule_type="cross_average", direction="either",
        average={"n": 20, "interval_s": 60},
    ),
    "average_cross": _example(
        "Fast average crosses the slow one", instrument_id=_ES, rule_type="average_cross", direction="up",
        interval_s=60, fast_n=10, slow_n=30,
    ),
    "rate_of_change": _example(
        "One percent down within five minutes", instrument_id=_ES, rule_type="rate_of_change", condition="below",
        threshold=-1.0, window_s=300, mode="pct",
    ),
    "volume_spike": _example(
        "Three times the usual volume of this time of day", instrument_id=_ES, rule_type="volume_spike",
        interval_s=300, k=3.0, min_size=1000,
    ),
    "session_break": _example(
        "A new high of the session", instrument_id=_ES, rule_type="session_break", side="high"
    ),
    "composite": _example(
        "ES breaks 4500 while net liquidity has fallen over four weeks", instrument_id=_ES, rule_type="composite",
        when={"all": [
            {"rule_type": "threshold", "condition": "above", "threshold": 4500.0},
            {"macro": "us.net_liquidity.weekly.d4w", "condition": "below", "threshold": 0, "max_age_days": 14},
        ]},
    ),
}  # fmt: skip
