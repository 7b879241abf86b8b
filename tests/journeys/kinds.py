"""Broken survey files, made from one clean simulated survey: what `check` must name.

The kinds are those of the reliability table that are not among the sample files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey_engine.simulation.survey import SurveyDesign, simulate
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text

MODEL = """
EXPE =~ EXPE1 + EXPE2 + EXPE3
QUAL =~ QUAL1 + QUAL2 + QUAL3
VAL  =~ VAL1 + VAL2
SAT  =~ SAT1 + SAT2 + SAT3
LOY  =~ LOY1 + LOY2 + LOY3
QUAL ~ EXPE
VAL ~ EXPE + QUAL
SAT ~ EXPE + QUAL + VAL
LOY ~ SAT
"""
Frame = pd.DataFrame


def model() -> ModelSpec:
    return parse_model_text(MODEL, file="model.txt")


def clean(seed: int = 4, n: int = 300, *, rounded: bool = True) -> Frame:
    """Answers of a clean survey, 1-10."""
    data = simulate(model(), n=n, seed=seed, design=SurveyDesign(rounded=rounded))
    frame = pd.DataFrame(data.values, columns=list(data.columns))
    return frame.astype(int) if rounded else frame


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way a file can be broken, and what must be said of it."""

    name: str
    make: Callable[[Frame], Frame]
    code: str
    severity: str
    items: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    constructs: tuple[str, ...] = ()
    options: tuple[str, ...] = ("--scale", "1:10")
    model: str = MODEL
    scope: str = "primary"


def _random(frame: Frame) -> np.random.Generator:
    return np.random.default_rng(len(frame))


def _all_identical(frame: Frame) -> Frame:
    return pd.DataFrame(np.full(frame.shape, 7), columns=frame.columns)


def _constant_in_branch(frame: Frame) -> Frame:
    branch = np.where(np.arange(len(frame)) % 3 == 0, "North", "South")
    frame = frame.assign(branch=branch)
    frame.loc[frame["branch"] == "North", "QUAL2"] = 8
    return frame


def _constant_after_listwise(frame: Frame) -> Frame:
    varies = frame["SAT2"] != 9
    return frame.assign(LOY3=frame["LOY3"].where(~varies))


def _mean_of_two(frame: Frame) -> Frame:
    return frame.assign(QUAL3=(frame["QUAL1"] + frame["QUAL2"]) / 2)


def _all_but_equal(frame: Frame) -> Frame:
    nudge = 1e-7 * _random(frame).standard_normal(len(frame))
    return frame.assign(SAT3=frame["SAT2"] + nudge)


def _category_unused(frame: Frame) -> Frame:
    """Five-point answers; nobody in the North ticks the middle of one question."""
    five = frame.apply(lambda answers: ((answers + 1) // 2).clip(1, 5).astype(int))
    branch = np.where(np.arange(len(frame)) % 2 == 0, "North", "South")
    item = five["VAL1"].where((branch != "North") | (five["VAL1"] != 4), 5)
    return five.assign(VAL1=item, branch=branch)


def _two_reversed(frame: Frame) -> Frame:
    return frame.assign(EXPE1=11 - frame["EXPE1"], EXPE2=11 - frame["EXPE2"])


def _one_of_two_reversed(frame: Frame) -> Frame:
    """Nothing outside the block tells which of the two is turned."""
    noise = _random(frame).integers(1, 11, len(frame))
    twin = np.clip(11 - noise + _random(frame).integers(0, 2, len(frame)), 1, 10)
    return frame.assign(VAL1=noise, VAL2=twin)


def _no_complete_row(frame: Frame) -> Frame:
    holes = frame.astype(float)
    at = np.arange(len(frame)) % holes.shape[1]
    values = holes.to_numpy(copy=True)
    values[np.arange(len(frame)), at] = np.nan
    return pd.DataFrame(values, columns=frame.columns)


def _never_together(frame: Frame) -> Frame:
    odd = np.arange(len(frame)) % 2 == 1
    return frame.assign(QUAL1=frame["QUAL1"].where(odd), QUAL3=frame["QUAL3"].where(~odd))


def _indefinite(frame: Frame) -> Frame:
    """Three parts of the sample contradict each other about three items."""
    random = _random(frame)
    part = np.arange(len(frame)) % 3
    base = random.integers(1, 11, len(frame)).astype(float)
    a, b, c = base.copy(), base.copy(), base.copy()
    a[part == 0] = np.nan
    b[part == 1] = np.nan
    c[part == 2] = np.nan
    b[part == 2] = a[part == 2]
    c[part == 1] = a[part == 1]
    c[part == 0] = 11 - b[part == 0]
    return frame.assign(QUAL1=a, QUAL2=b, QUAL3=c)


def _same_latent_twice(frame: Frame) -> Frame:
    random = _random(frame)
    signal = frame[["SAT1", "SAT2", "SAT3"]].mean(axis=1)
    more = {
        f"TRUST{k}": np.clip(np.rint(signal + random.normal(0, 1.0, len(frame))), 1, 10).astype(
            int
        )
        for k in (1, 2, 3)
    }
    return frame.assign(**more)


def _straight_liners(frame: Frame) -> Frame:
    values = frame.to_numpy(copy=True)
    lazy = np.arange(len(frame)) % 20 < 7
    values[lazy] = _random(frame).integers(5, 11, (lazy.sum(), 1))
    return pd.DataFrame(values, columns=frame.columns)


def _as_text(frame: Frame) -> Frame:
    words = frame["SAT1"].astype(object)
    words[::9] = "very good"
    return frame.assign(SAT1=words)


def _huge(frame: Frame) -> Frame:
    return frame.assign(LOY2=frame["LOY2"] * 1_000_000)


def _mixed_scales(frame: Frame) -> Frame:
    return frame.assign(SAT2=frame["SAT2"] * 10)


def _noise_construct(frame: Frame) -> Frame:
    random = _random(frame)
    noise = {f"EXPE{k}": random.integers(1, 11, len(frame)) for k in (1, 2, 3)}
    return frame.assign(**noise)


KINDS = (
    Kind(
        name="all rows identical",
        make=_all_identical,
        code="ZERO_VARIANCE_ITEM",
        severity="error",
        items=tuple(clean().columns),
    ),
    Kind(
        name="constant in one branch",
        make=_constant_in_branch,
        code="ZERO_VARIANCE_ITEM",
        severity="warning",
        items=("QUAL2",),
        groups=("North",),
        options=("--scale", "1:10", "--group", "branch"),
    ),
    Kind(
        name="constant after listwise deletion",
        make=_constant_after_listwise,
        code="ZERO_VARIANCE_ITEM",
        severity="error",
        items=("SAT2",),
    ),
    Kind(
        name="an item is the mean of two",
        make=_mean_of_two,
        code="COLLINEAR_ITEMS",
        severity="error",
        items=("QUAL1", "QUAL2", "QUAL3"),
        options=(),
    ),
    Kind(
        name="correlated all but perfectly",
        make=_all_but_equal,
        code="COLLINEAR_ITEMS",
        severity="error",
        items=("SAT2", "SAT3"),
        options=(),
    ),
    Kind(
        name="a category unused in a branch",
        make=_category_unused,
        code="EMPTY_CATEGORY",
        severity="error",
        items=("VAL1",),
        groups=("North",),
        options=("--scale", "1:5", "--group", "branch", "--ordered", "all"),
    ),
    Kind(
        name="two reversed",
        make=_two_reversed,
        code="NEGATIVE_ALPHA",
        severity="warning",
        items=("EXPE1", "EXPE2", "EXPE3"),
        constructs=("EXPE",),
    ),
    Kind(
        name="a block against itself",
        make=_one_of_two_reversed,
        code="NEGATIVE_ALPHA",
        severity="warning",
        items=("VAL1", "VAL2"),
        constructs=("VAL",),
    ),
    Kind(
        name="no complete row",
        make=_no_complete_row,
        code="NO_COMPLETE_ROWS",
        severity="error",
    ),
    Kind(
        name="a pair never answered together",
        make=_never_together,
        code="ZERO_COVERAGE",
        severity="error",
        items=("QUAL1", "QUAL3"),
        options=("--scale", "1:10", "--missing", "pairwise"),
    ),
    Kind(
        name="indefinite pairwise covariances",
        make=_indefinite,
        code="COVARIANCE_NOT_PD",
        severity="error",
        items=("QUAL1", "QUAL2", "QUAL3"),
        options=("--scale", "1:10", "--missing", "pairwise"),
    ),
    Kind(
        name="the same construct twice",
        make=_same_latent_twice,
        code="LATENT_COV_NOT_PD",
        severity="error",
        scope="engine",
        constructs=("SAT", "TRUST"),
        model=MODEL + "TRUST =~ TRUST1 + TRUST2 + TRUST3\nTRUST ~ SAT\n",
    ),
    Kind(
        name="straight-liners",
        make=_straight_liners,
        code="STRAIGHT_LINING",
        severity="warning",
    ),
    Kind(
        name="numbers as text",
        make=_as_text,
        code="NON_NUMERIC_ITEM",
        severity="error",
        items=("SAT1",),
        options=(),
    ),
    Kind(
        name="one item in millionths",
        make=_huge,
        code="ILL_SCALED_ITEM",
        severity="warning",
        items=("LOY2",),
        options=(),
    ),
    Kind(
        name="scales mixed within a construct",
        make=_mixed_scales,
        code="SCALE_MISMATCH",
        severity="warning",
        items=("SAT1", "SAT2", "SAT3"),
        constructs=("SAT",),
        options=(),
    ),
    Kind(
        name="a construct of noise",
        make=_noise_construct,
        code="EMPIRICALLY_UNDERIDENTIFIED",
        severity="warning",
        constructs=("EXPE",),
    ),
)
