"""`us.regime`, and the rules others use beside it: one question, answered by definitions that are never mixed.

`us.regime` (finance guide 4.3, ours): the score is the normal score of net liquidity's change over 13 weeks among five
years. EXPANSION is entered at 0.5 and left below 0.25, CONTRACTION likewise below zero; a state lasts two releases at
least. Its confidence is the share of three components (net liquidity over 4 weeks, credit, volatility) that agree with
the state, of NEUTRAL those within 0.5 of the middle: HIGH when all do, MEDIUM when two do, else LOW.
The others carry the rule of their source as it is: `.signs`, `.percentile`, `.zscore`, `.score`, `.risk`. None of
them is a forecast: what followed each state is in its track record (track_record.py).
Belongs here: signals of regimes. Keep out: how states are walked (engine.py), their inputs (regime_inputs.py).
"""

from liquidity_platform.derived.regime_inputs import GUIDE
from liquidity_platform.derived.signals.declare import Signal, hysteresis, outside

EXPANSION, NEUTRAL, CONTRACTION = "EXPANSION", "NEUTRAL", "CONTRACTION"
ENTER, LEAVE = 0.5, 0.25
H41 = "fed.total_assets"
FAR = 99.0  # beyond any normal score

SIGNALS = [
    Signal(
        id="us.regime", title="US liquidity regime", version=1, score="us.regime.net_13w",
        states=(EXPANSION, NEUTRAL, CONTRACTION), dwell=2,
        rule=hysteresis(CONTRACTION, NEUTRAL, EXPANSION, ENTER, LEAVE),
        components={name: f"us.regime.{name}" for name in ("net_4w", "credit", "volatility")},
        agree={EXPANSION: (1e-9, FAR), NEUTRAL: (-ENTER, ENTER), CONTRACTION: (-FAR, -1e-9)},
        due=H41, source=f"{GUIDE}: ours",
    ),
    Signal(
        id="us.regime.signs", title="US liquidity by signs of its changes", version=1, score="us.regime.net_signs",
        states=("BULLISH", "MIXED", "BEARISH"), rule=outside("BEARISH", "MIXED", "BULLISH", below=0.0, above=0.0),
        due=H41, source=f"{GUIDE}: signs (reference model)",
    ),
    Signal(
        id="us.regime.percentile", title="Liquidity by weighted ranks", version=1,
        score="us.regime.weighted_percentile", states=("LOOSE", "TIGHT"),
        rule=outside("TIGHT", "TIGHT", "LOOSE", below=0.5, above=0.5),
        due=H41, source=f"{GUIDE}: percentile, over 0.5",
    ),
    Signal(
        id="us.regime.zscore", title="US liquidity by z-score over 104 weeks", version=1, score="us.regime.net_z104",
        states=("LOOSE", "NEUTRAL", "TIGHT"), rule=outside("TIGHT", "NEUTRAL", "LOOSE", below=-1.0, above=1.0),
        due=H41, source=f"{GUIDE}: z-score; INSUFFICIENT in burn-in",
    ),
    Signal(
        id="us.regime.score", title="US liquidity by weighted rank", version=1, score="us.regime.net_rank",
        states=(EXPANSION, NEUTRAL, CONTRACTION),
        rule=outside(CONTRACTION, NEUTRAL, EXPANSION, below=45.0, above=55.0, hold=True),
        due=H41, source=f"{GUIDE}: score, over 55 and under 45, held in between (NEUTRAL before either)",
    ),
    Signal(
        id="us.regime.risk", title="Risk taken in US markets", version=1, score="us.regime.risk_taken",
        states=("RISK_ON", "NEUTRAL", "RISK_OFF"),
        rule=outside("RISK_OFF", "NEUTRAL", "RISK_ON", below=-0.3, above=0.3),
        due=H41, source=f"{GUIDE}: risk",
    ),
]  # fmt: skip
