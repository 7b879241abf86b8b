"""Hidden classes in the appendix of robustness checks, in both languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from survey_engine.analysis.class_solutions import ClassMean, ClassPath, HiddenClasses
from survey_engine.document.blocks import TableBlock
from survey_engine.instrument.parse import parse_instrument
from survey_engine.report.compose import compose
from survey_engine.responses.survey_data import RawResponses
from survey_engine.responses.validate import validate
from survey_engine.spec.parse import parse_model
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study
from tests.report import factory


@pytest.fixture(scope="module")
def study(repository: Path, mobi: pd.DataFrame) -> StudyResult:
    questions = repository / "instruments" / "ecsi.yaml"
    instrument = parse_instrument(questions.read_text("utf-8"), file=questions.name)
    raw = RawResponses(
        table=mobi.astype(str), platform="csv", source="mobi.csv", sha256="0" * 64
    )
    model = repository / "models" / "ecsi.yaml"
    spec = StudySpec(
        resamples=50, second_opinion=False, robustness=True, segments=2, segmentation="sem"
    )
    return run_study(
        validate(raw, instrument), parse_model(model.read_text("utf-8"), file=str(model)), spec
    )


def retaining_two(found: HiddenClasses) -> HiddenClasses:
    paths = tuple(
        ClassPath(hidden_class=g, source=p.source, target=p.target, est=p.est)
        for g in (1, 2)
        for p in found.paths
    )
    means = tuple(
        ClassMean(hidden_class=g, construct="Image", est=est) for g, est in ((1, 0.3), (2, -1))
    )
    return replace(found, retained=2, paths=paths, means=means)


def tables(result: StudyResult, language: str) -> list[TableBlock]:
    document = compose(result, language=language, wording=factory.wording(language))
    section = next(s for s in document.sections if s.id == "appendix_robustness")
    return [block for block in section.blocks if isinstance(block, TableBlock)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_criteria_are_shown_with_the_method(study: StudyResult, language: str) -> None:
    assert study.robustness.classes.retained == 1
    shown = tables(study, language)
    assert len(shown[-1].rows) == 2
    assert shown[-1].note


def test_retained_classes_show_sizes_paths_and_means(study: StudyResult) -> None:
    classes = retaining_two(study.robustness.classes)
    result = replace(study, robustness=replace(study.robustness, classes=classes))
    for language, heads in (("en", ["Class 1", "Class 2"]), ("zh", ["类别 1", "类别 2"])):
        shown = tables(result, language)[-1]
        assert [column.head for column in shown.columns[2:]] == heads
        assert shown.rows[0][2:] == ("80%", "20%")
        assert len(shown.rows) == 1 + 12 + 1
        assert shown.rows[-1][2] == ".30"
