"""A study result made by hand, with numbers like those of the mobile-phone survey."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from survey_engine.analysis.results import (
    Driver,
    DriverAnalysis,
    ImportancePerformance,
    MapPoint,
    PriorityAction,
    Ruler,
    SegmentScore,
    SimpleSecondOpinion,
)
from survey_engine.assessment.result import (
    Admissibility,
    Assessment,
    ConstructReliability,
    FornellLarcker,
)
from survey_engine.estimation.estimates import (
    ConstructEstimate,
    EffectEstimate,
    Estimate,
    IndicatorEstimate,
    PairEstimate,
)
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.instrument.parse import parse_instrument
from survey_engine.numerics.moments import Moments
from survey_engine.responses.survey_data import DataQuality, ItemQuality, SurveyData
from survey_engine.scoring.result import ConstructScores, SatisfactionIndex
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model
from survey_engine.study.result import (
    ChecklistLine,
    EngineOpinion,
    Provenance,
    ResampleLedger,
    StudyResult,
    StudySpec,
)
from survey_engine.workflows.resources import load_wording

REPOSITORY = Path(__file__).resolve().parent.parent.parent
N = 250

PATHS = {
    ("Image", "Expectation"): 0.493,
    ("Image", "Satisfaction"): 0.153,
    ("Image", "Loyalty"): 0.212,
    ("Expectation", "Quality"): 0.545,
    ("Expectation", "Value"): 0.066,
    ("Expectation", "Satisfaction"): 0.037,
    ("Quality", "Value"): 0.540,
    ("Quality", "Satisfaction"): 0.544,
    ("Value", "Satisfaction"): 0.200,
    ("Satisfaction", "Complaints"): 0.540,
    ("Satisfaction", "Loyalty"): 0.466,
    ("Complaints", "Loyalty"): 0.050,
}
SCORES = {
    "Image": 72.8,
    "Expectation": 72.3,
    "Quality": 74.0,
    "Value": 61.6,
    "Satisfaction": 71.169,
    "Complaints": 67.5,
    "Loyalty": 72.0,
}
R2 = {
    "Expectation": 0.243,
    "Quality": 0.297,
    "Value": 0.335,
    "Satisfaction": 0.672,
    "Complaints": 0.292,
    "Loyalty": 0.432,
}
TOTAL = {"Quality": 0.56, "Image": 0.37, "Expectation": 0.33, "Value": 0.15}


def wording(language: str) -> dict[str, Any]:
    """The words of one language."""
    return dict(load_wording(language))


def _model() -> ModelSpec:
    path = REPOSITORY / "models/ecsi.yaml"
    return parse_model(path.read_text(encoding="utf-8"), file=path.name)


def survey_data(model: ModelSpec) -> SurveyData:
    path = REPOSITORY / "instruments/ecsi.yaml"
    instrument = parse_instrument(path.read_text(encoding="utf-8"), file=path.name)
    random = np.random.default_rng(7)
    columns = model.indicators
    common = random.normal(size=(N, 1))
    raw = 7.4 + 1.3 * common + 1.2 * random.normal(size=(N, len(columns)))
    values = np.clip(np.rint(raw), 1, 10)
    items = tuple(item_quality(c, values[:, j]) for j, c in enumerate(columns))
    return SurveyData(
        columns=columns,
        values=values,
        status=np.zeros(values.shape, dtype=np.int8),
        ranges=dict.fromkeys(columns, (1.0, 10.0)),
        extra=pd.DataFrame(index=range(N)),
        quality=DataQuality(n_read=N, n_kept=N, items=items),
        source="mobi.csv",
        platform="csv",
        sha256="0" * 64,
        instrument=instrument,
        mapping={c: c for c in columns},
    )


def item_quality(item: str, answers: np.ndarray, *, dont_know: int = 0) -> ItemQuality:
    known = answers[np.isfinite(answers)]
    counts = {float(v): int(np.sum(known == v)) for v in range(1, 11)}
    return ItemQuality(
        item=item,
        n_valid=int(known.size),
        n_dont_know=dont_know,
        n_not_asked=0,
        n_skipped=0,
        n_not_reached=0,
        n_refused=0,
        mean=float(known.mean()),
        standard_deviation=float(known.std(ddof=1)),
        counts=counts,
        shares={v: c / known.size for v, c in counts.items()},
    )


def _fit(model: ModelSpec) -> PlsFit:
    k, p = len(model.construct_names), len(model.indicators)
    return PlsFit(
        spec=model,
        moments=Moments(
            columns=model.indicators,
            n=N,
            n_effective=float(N),
            mean=np.full(p, 7.4),
            covariance=np.eye(p),
        ),
        estimator="pls",
        converged=True,
        iterations=8,
        criterion=3.1e-13,
        metric="raw",
        scheme="path",
        modes=("A",) * k,
        weights=np.full(p, 0.3),
        loadings=np.full(p, 0.75),
        cross_loadings=np.full((p, k), 0.4),
        construct_correlations=np.eye(k),
        proxy_correlations=np.eye(k),
        paths=np.zeros((k, k)),
        total_effects=np.zeros((k, k)),
        r2=np.zeros(k),
        r2_adjusted=np.zeros(k),
        rho_a=np.full(k, 0.8),
    )


def effect(source: str, target: str, est: float, half: float = 0.1) -> EffectEstimate:
    return EffectEstimate(
        source=source,
        target=target,
        est=est,
        se=half / 2,
        ci_lower=est - half,
        ci_upper=est + half,
    )


def drivers(
    *, separable: tuple[bool | None, ...] = (True, False, True, None)
) -> DriverAnalysis:
    rows = []
    names = list(TOTAL)
    for at, name in enumerate(names):
        row = effect(name, "Satisfaction", TOTAL[name], 0.13)
        following = TOTAL[names[at + 1]] if at + 1 < len(names) else None
        gap = None if following is None else TOTAL[name] - following
        half = 0.05 if separable[at] else 0.4
        rows.append(
            Driver(
                source=name,
                target="Satisfaction",
                est=row.est,
                se=row.se,
                ci_lower=row.ci_lower,
                ci_upper=row.ci_upper,
                rank=at + 1,
                separable_from_next=separable[at],
                difference_to_next=None
                if gap is None
                else Estimate(est=gap, ci_lower=gap - half, ci_upper=gap + half),
                includes_zero=bool(row.ci_lower is not None and row.ci_lower <= 0),
            )
        )
    r2 = Estimate(est=0.672, se=0.03, ci_lower=0.60, ci_upper=0.74)
    return DriverAnalysis(target="Satisfaction", drivers=tuple(rows), r2=r2)


def around(est: float, half: float) -> Estimate:
    return Estimate(est=est, se=half / 2, ci_lower=est - half, ci_upper=est + half)


def _map() -> ImportancePerformance:
    where = {
        "Quality": ("above", "above", "keep_up"),
        "Image": ("unclear", "unclear", "unclear"),
        "Expectation": ("unclear", "unclear", "unclear"),
        "Value": ("below", "below", "secondary"),
    }
    points = tuple(
        MapPoint(
            construct=name,
            importance=around(TOTAL[name], 0.1),
            performance=around(SCORES[name], 2.0),
            importance_vs_mean=where[name][0],  # type: ignore[arg-type]
            performance_vs_mean=where[name][1],  # type: ignore[arg-type]
            quadrant=where[name][2],  # type: ignore[arg-type]
        )
        for name in TOTAL
    )
    return ImportancePerformance(
        target="Satisfaction", points=points, mean_importance=0.3525, mean_performance=70.175
    )


def _assessment(model: ModelSpec) -> Assessment:
    names = model.construct_names
    pairs = []
    for at, first in enumerate(names):
        for second in names[at + 1 :]:
            value = 0.95 if {first, second} == {"Satisfaction", "Loyalty"} else 0.72
            pairs.append(
                PairEstimate(
                    first=first,
                    second=second,
                    est=value,
                    ci_lower=value - 0.06,
                    ci_upper=value + 0.05,
                )
            )
    rows = []
    for construct in model.constructs:
        many = len(construct.indicators) > 1
        rows.append(
            ConstructReliability(
                construct=construct.name,
                kind=construct.kind,
                n_items=len(construct.indicators),
                alpha=0.723 if many else None,
                alpha_raw=0.714 if many else None,
                rho_a=0.75 if many else None,
                rho_c=0.82 if many else None,
                omega=0.82 if many else None,
                ave=0.478 if construct.name == "Image" else (0.6 if many else None),
                r2=R2.get(construct.name),
                r2_adj=R2.get(construct.name),
                intervals={},
            )
        )
    cross = tuple(
        IndicatorEstimate(construct=name, item=item, est=0.75 if item in c.indicators else 0.41)
        for c in model.constructs
        for item in c.indicators
        for name in names
    )
    return Assessment(
        admissibility=Admissibility(verdict="yes"),
        constructs=tuple(rows),
        htmt=tuple(pairs),
        construct_correlations=(),
        fornell_larcker=tuple(
            FornellLarcker(
                construct=c.name,
                sqrt_ave=0.77 if len(c.indicators) > 1 else None,
                largest_correlation=0.74,
                with_construct="Satisfaction" if c.name != "Satisfaction" else "Quality",
                passes=True if len(c.indicators) > 1 else None,
            )
            for c in model.constructs
        ),
        cross_loadings=tuple(r for r in cross),
        vif_items=tuple(
            IndicatorEstimate(construct=c.name, item=i, est=1.62)
            for c in model.constructs
            for i in c.indicators
        ),
        vif_antecedents=tuple(EffectEstimate(source=s, target=t, est=1.9) for s, t in PATHS),
        f2=tuple(EffectEstimate(source=s, target=t, est=0.12) for s, t in PATHS),
        exploratory=None,
    )


def _indicators(
    model: ModelSpec, est: float, weak: float | None
) -> tuple[IndicatorEstimate, ...]:
    return tuple(
        IndicatorEstimate(
            construct=c.name,
            item=item,
            est=(value := weak if weak is not None and item == "CUSL2" else est),
            ci_lower=value - 0.07,
            ci_upper=value + 0.06,
        )
        for c in model.constructs
        for item in c.indicators
    )


def _rulers() -> tuple[Ruler, ...]:
    return (
        Ruler(
            name="top_two_box", item="CUSA1", n=N, method="wilson",
            est=0.372, ci_lower=0.314, ci_upper=0.434,
        ),
        Ruler(
            name="mean_times_ten", item="Satisfaction", n=N, method="t",
            est=74.1, ci_lower=72.4, ci_upper=75.9,
        ),
        Ruler(
            name="nps_style", item="CUSL3", n=N, method="adjusted_wald_1_10",
            est=17.6, ci_lower=7.1, ci_upper=27.6,
            promoters=0.444, passives=0.288, detractors=0.268,
        ),
    )  # fmt: skip


def _index() -> SatisfactionIndex:
    return SatisfactionIndex(
        est=71.169,
        se=0.98,
        ci_lower=69.21,
        ci_upper=73.08,
        construct="Satisfaction",
        n=N,
        formula="raw_weights",
        indicator_weights={"CUSA1": 0.36, "CUSA2": 0.31, "CUSA3": 0.33},
        standard_deviation=15.35,
    )


def _scores(model: ModelSpec) -> ConstructScores:
    rows = tuple(
        ConstructEstimate(
            construct=name,
            est=SCORES[name],
            se=1.0,
            ci_lower=SCORES[name] - 1.96,
            ci_upper=SCORES[name] + 1.91,
        )
        for name in model.construct_names
    )
    return ConstructScores(
        formula="raw_weights",
        performance=rows,
        standard_deviation=np.full(7, 15.0),
        indicator_weights=np.full(len(model.indicators), 0.3),
    )


def _actions() -> tuple[PriorityAction, ...]:
    return tuple(
        PriorityAction(
            rank=rank,
            construct="Quality",
            item=item,
            item_performance=around(71.3, 2.4),
            construct_effect=around(0.56, 0.1),
            step=5.0,
            gain=around(gain, 0.12),
            leverage=3.4,
            separable=True,
        )
        for rank, (item, gain) in enumerate((("PERQ3", 0.52), ("PERQ7", 0.47)), start=1)
    )


def _simple() -> SimpleSecondOpinion:
    return SimpleSecondOpinion(
        index_unit_weights=around(71.31, 1.9),
        index_model=Estimate(est=71.169, ci_lower=69.21, ci_upper=73.08),
        top_two_model=("Quality", "Image"),
        top_two_simple=("Quality", "Image"),
        same_top_two=True,
    )


def study_result(**changes: Any) -> StudyResult:
    """The study; `changes` replace fields."""
    model = _model()
    data = survey_data(model)
    result = StudyResult(
        spec=StudySpec(),
        model=model,
        data=data,
        n=N,
        n_effective=float(N),
        fit=_fit(model),
        assessment=_assessment(model),
        fit_measures={},
        index=_index(),
        scores=_scores(model),
        loadings=_indicators(model, 0.77, 0.204),
        weights=_indicators(model, 0.34, 0.08),
        paths=tuple(effect(s, t, v) for (s, t), v in PATHS.items()),
        total_effects=(
            *(effect(s, t, v) for (s, t), v in PATHS.items()),
            effect("Image", "Quality", 0.269),
        ),
        indirect_effects=(effect("Image", "Quality", 0.269),),
        r2=tuple(
            ConstructEstimate(construct=c, est=v, ci_lower=v - 0.08, ci_upper=v + 0.07)
            for c, v in R2.items()
        ),
        drivers=drivers(),
        importance_performance=_map(),
        actions=_actions(),
        rulers=_rulers(),
        segments=(),
        simple_opinion=_simple(),
        engine_opinion=EngineOpinion(
            engine="semopy", version="2.3.11", outcome="agrees", chisq=545.12,
            chisq_reference=545.12, largest_difference=1e-7,
        ),
        cbsem_opinion=None,
        resamples=ResampleLedger(
            requested=10_000, usable=10_000, failed=0, by_reason={}, seed=1,
            interval="percentile",
        ),
        checklist=(
            ChecklistLine(
                item="sample_size", value=N, cutoff="n >= 2472", verdict="pass",
                source="Kock & Hadaya 2018",
            ),
        ),
        diagnostics=(),
        provenance=Provenance(
            engine_version="0.1.0", packages={"numpy": "2.1.0"}, python="3.11.9",
            data_sha256="ab" * 32, instrument="ecsi 1.0", model="ecsi 1.0",
            settings={}, seed=1,
        ),
    )  # fmt: skip
    return replace(result, **changes)


def rich_result() -> StudyResult:
    """A study with weights, don't-knows, times and segments, one of them too small."""
    plain = study_result()
    random = np.random.default_rng(11)
    values = plain.data.values.copy()
    unknown = random.random(values.shape) < np.linspace(0.0, 0.06, values.shape[1])
    values[unknown] = np.nan
    items = tuple(
        item_quality(name, values[:, j], dont_know=int(unknown[:, j].sum()))
        for j, name in enumerate(plain.data.columns)
    )
    quality = DataQuality(
        n_read=283,
        n_kept=N,
        excluded={"no_answer": 33},
        items=items,
        median_seconds=412.0,
    )
    used = int((~unknown.any(axis=1)).sum())
    data = replace(
        plain.data,
        values=values,
        quality=quality,
        weights=random.uniform(0.5, 2.0, N),
        extra=pd.DataFrame({"region": ["North"] * N}),
    )
    segments = (
        _segment("North", 96, 74.6, 0.004, difference=5.1),
        _segment("South", 88, 70.1, 0.41, difference=-1.6),
        _segment("East", 44, 68.0, 0.09, difference=-3.9),
        SegmentScore(
            column="region", segment="West", n=22, withheld=True, caution=False, est=None,
            reason="fewer_than_30",
        ),
    )  # fmt: skip
    assert plain.index is not None
    return replace(
        plain,
        data=data,
        n=used,
        n_effective=0.86 * used,
        segments=segments,
        index=replace(plain.index, n=used),
    )


def _segment(name: str, n: int, est: float, p: float, *, difference: float) -> SegmentScore:
    return SegmentScore(
        column="region",
        segment=name,
        n=n,
        withheld=False,
        caution=n < 100,
        est=est,
        ci_lower=est - 3.1,
        ci_upper=est + 3.1,
        difference_to_rest=around(difference, 3.4),
        p_holm=p,
        comparisons=3,
    )
