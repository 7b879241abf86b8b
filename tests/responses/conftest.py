"""A small questionnaire and tables made in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import pytest

from survey_engine.instrument.model import Instrument, Item, ResponseScale, Routing
from survey_engine.responses.survey_data import RawResponses

MakeRaw = Callable[..., RawResponses]


@pytest.fixture
def make_raw() -> MakeRaw:
    def _make(columns: Mapping[str, Sequence[object]], **more: object) -> RawResponses:
        table = pd.DataFrame(
            {name: pd.Series(list(v), dtype=object) for name, v in columns.items()}
        )
        table.index = pd.RangeIndex(1, len(table) + 1)
        return RawResponses(
            table=table, platform="csv", source="a.csv", sha256="0" * 64, **more
        )

    return _make


@pytest.fixture
def instrument() -> Instrument:
    rating = ResponseScale(
        id="rating",
        minimum=1,
        maximum=10,
        low={"en": "very dissatisfied", "zh": "非常不满意"},
        high={"en": "very satisfied", "zh": "非常满意"},
        missing={99: "dont_know", 97: "not_asked"},
        dont_know={"en": "Cannot say", "zh": "说不准"},
    )
    agree = ResponseScale(
        id="agree",
        minimum=1,
        maximum=3,
        labels={1: {"en": "Disagree"}, 2: {"en": "Neither"}, 3: {"en": "Agree"}},
    )
    yesno = ResponseScale(
        id="yesno", minimum=1, maximum=2, labels={1: {"en": "Yes"}, 2: {"en": "No"}}
    )
    free = ResponseScale(id="free", minimum=0, maximum=0)

    def item(name: str, text: str, zh: str, scale: str, **more: object) -> Item:
        return Item(id=name, text={"en": text, "zh": zh}, scale=scale, **more)

    return Instrument(
        id="small",
        version="1",
        title={"en": "Small"},
        languages=("en", "zh"),
        scales=(rating, agree, yesno, free),
        items=(
            item(
                "SAT1",
                "Overall, how satisfied are you?",
                "总体而言，您的满意程度如何？",
                "rating",
                construct="SAT",
                aliases=("q_overall",),
            ),
            item(
                "SAT2",
                "How close is it to your ideal?",
                "与您理想中的相比如何？",
                "rating",
                construct="SAT",
            ),
            item("TRUST", "I trust this firm", "值得信赖的公司", "agree", construct="IMAG"),
            item(
                "EASE",
                "How hard was it to reach us?",
                "联系我们有多难？",
                "rating",
                construct="IMAG",
                direction="lower_is_better",
            ),
            item("COMPLAINED", "Have you complained?", "您是否投诉过？", "yesno"),
            item(
                "HANDLED",
                "How well was it handled?",
                "处理得如何？",
                "rating",
                asked_if=Routing(item="COMPLAINED", values=(1,)),
            ),
            item("BRANCH", "Which branch?", "哪家门店？", "free", role="segment"),
            item("COMMENT", "Anything else?", "还有其他意见吗？", "free", role="open"),
        ),
    )
