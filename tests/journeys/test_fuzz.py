"""Random damage to model texts and to data ends in a result or a named diagnostic.

A fixed seeded tenth runs with every test; the full counts with the slow studies.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.cli import main
from survey_engine.errors import SurveyEngineError
from survey_engine.spec.identify import identify
from survey_engine.spec.parse import parse_model_text

from . import kinds

TEXTS, FRAMES = 2_000, 500
CHUNKS = 10
BASES = (
    kinds.MODEL,
    "F =~ a*x1 + NA*x2 + start(0.8)*x3\nG =~ x4 + equal('F=~x2')*x5 + x6\n"
    "G ~ b*F\nF ~~ 1*F\nx1 ~~ c*x4\nind := a*b\nc == 0.1\n",
    "Q <~ q1 + q2 + q3\nS =~ s1 + s2\nS ~ c(p, p)*Q + c(r1, r2)*x\nd := r1 - r2\nr1 > 0\n",
    "Top =~ A + B\nA =~ a1 + a2 + a3 # of higher order\nB =~ b1 + b2 + b3\nY =~ y1 + y2\n"
    "Y ~ Top + A:B\na1 ~ 1\n",
    "F =~ u1 + u2 + u3; u1 | t1 + t2; u1 ~*~ 1*u1\n图像 =~ 题1 + 题2 + 题3\nF ~\n  图像\n",
)
PIECES = [
    *"=~<>:|*+-/^()[]{},;'\"#!@\\ \n\t.0159xé像",
    "=~", "<~", "~~", "~1", ":=", "==", "NA*", "start(", "c(1,", "equal(", "1e999", "-1*",
    "F", "x1", "SAT1", "group: 2", "\x00", "\ufeff", "９", "*" * 40, "(" * 60, "lambda",
    "__import__",
    "exp(", "log(-1)", "sqrt(", "/0", "1e-400", "x1 + " * 30,
]  # fmt: skip
SLOWEST = 10.0
"""Seconds any single case may take (reliability table)."""


def damaged_text(random: np.random.Generator) -> str:
    text = BASES[random.integers(len(BASES))]
    for _ in range(random.integers(1, 5)):
        start = int(random.integers(len(text) + 1))
        cut = int(random.choice([0, 0, 1, 2, 5, 20]))
        piece = "" if random.random() < 0.25 else PIECES[random.integers(len(PIECES))]
        if random.random() < 0.15:
            end = int(random.integers(start, min(start + 60, len(text)) + 1))
            piece = text[start:end] * 2
        text = text[:start] + piece + text[start + cut :]
    return text


def read_and_check(text: str) -> None:
    """Parse and identify; every fault must be placed in the file."""
    try:
        spec = parse_model_text(text, file="model.txt")
        faults = identify(spec, file="model.txt")
    except SurveyEngineError as refused:
        faults = refused.diagnostics
        assert faults, "refused without a reason"
    for fault in faults:
        assert fault.where.file == "model.txt"


def fit_text(text: str, data: Path, folder: Path, estimator: str) -> None:
    model = folder / "model.txt"
    model.write_text(text, encoding="utf-8")
    ends_by_name(
        [
            "fit",
            str(data),
            "-m",
            str(model),
            "-e",
            estimator,
            "--resamples",
            "0",
            "--no-second-opinion",
        ],
        folder,
    )


def ends_by_name(arguments: list[str], folder: Path) -> None:
    """Run a command: exit 0, or 1 and 2 with at least one error, never one of ours."""
    answer = folder / "answer.json"
    started = time.perf_counter()
    code = main([*arguments, "--json", str(answer)])
    taken = time.perf_counter() - started
    found = json.loads(answer.read_text(encoding="utf-8"))["diagnostics"]
    codes = [entry["code"] for entry in found]
    assert "INTERNAL_ERROR" not in codes, arguments
    assert code in (0, 1, 2)
    if code:
        assert any(entry["severity"] == "error" for entry in found), codes
    assert taken < SLOWEST


def texts(chunk: int) -> None:
    random = np.random.default_rng([3, chunk])
    for number in range(TEXTS // CHUNKS):
        text = damaged_text(random)
        try:
            read_and_check(text)
        except Exception as problem:
            raise AssertionError(f"text {number} of chunk {chunk}: {text!r}") from problem


def fitted_texts(chunk: int, folder: Path) -> None:
    """Lightly damaged texts reach the estimators more often than wild ones."""
    random = np.random.default_rng([4, chunk])
    data = folder / "survey.csv"
    kinds.clean(n=80).to_csv(data, index=False)
    names = list(kinds.clean(n=5).columns)
    for _ in range(20):
        lines = kinds.MODEL.strip().split("\n")
        line = int(random.integers(len(lines)))
        words = lines[line].split()
        words[random.integers(len(words))] = str(
            random.choice(
                [*names, "+", "0*SAT1", "SAT", "LOY", "1*VAL", "~", "a*EXPE", "NA*LOY1"]
            )
        )
        lines[line] = " ".join(words)
        estimator = str(random.choice(["pls", "plsc", "ml"]))
        fit_text("\n".join(lines), data, folder, estimator)


def damaged_frame(random: np.random.Generator) -> pd.DataFrame:
    frame = kinds.clean(int(random.integers(1000)), n=int(random.choice([1, 3, 12, 40, 150])))
    frame = frame.astype(object)
    for _ in range(random.integers(1, 5)):
        harm = DAMAGE[random.integers(len(DAMAGE))]
        frame = harm(frame, random)
    return frame


def _column(frame: pd.DataFrame, random: np.random.Generator) -> str:
    return str(frame.columns[random.integers(frame.shape[1])])


def _cells(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    odd = [
        None,
        "",
        " ",
        "k.A.",
        "99",
        "-1",
        "1e308",
        "inf",
        "NaN",
        "7,5",
        "=1+1",
        "8/10",
        "０",
        "x" * 300,
    ]
    frame = frame.astype(object)
    for _ in range(random.integers(1, 30)):
        row = int(random.integers(max(len(frame), 1)))
        if len(frame):
            frame.iat[row, random.integers(frame.shape[1])] = odd[random.integers(len(odd))]
    return frame


def _holes(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return frame.mask(random.random(frame.shape) < random.choice([0.05, 0.4, 0.95]))


def _constant(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return frame.assign(**{_column(frame, random): random.choice([7, 0, "same"])})


def _copied(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return frame.assign(
        **{_column(frame, random): frame.iloc[:, random.integers(frame.shape[1])]}
    )


def _huge(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    name = _column(frame, random)
    numbers = pd.to_numeric(frame.iloc[:, list(frame.columns).index(name)], errors="coerce")
    return frame.assign(
        **{name: numbers * float(random.choice([1e12, 1e-12, 1e200, 1e-200, -1]))}
    )


def _dropped(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return frame.drop(columns=_column(frame, random)) if frame.shape[1] > 1 else frame


def _renamed(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    name = _column(frame, random)
    return frame.rename(
        columns={name: str(random.choice(["", "SAT1", " " + name, name.lower()]))}
    )


def _rows(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    if not len(frame):
        return frame
    return frame.iloc[random.integers(len(frame), size=random.integers(1, len(frame) + 1))]


DAMAGE = (_cells, _cells, _holes, _constant, _copied, _huge, _dropped, _renamed, _rows)


def frames(chunk: int, folder: Path) -> None:
    random = np.random.default_rng([5, chunk])
    model, data = folder / "model.txt", folder / "survey.csv"
    model.write_text(kinds.MODEL, encoding="utf-8")
    for _ in range(FRAMES // CHUNKS):
        damaged_frame(random).to_csv(data, index=False)
        options = [["--scale", "1:10"], [], ["--missing", "pairwise"], ["--missing", "mean"]]
        chosen = options[random.integers(len(options))]
        ends_by_name(["check", str(data), "-m", str(model), *chosen], folder)


def test_model_texts() -> None:
    texts(0)


def test_model_texts_that_are_fitted(tmp_path: Path) -> None:
    fitted_texts(0, tmp_path)


def test_data_frames(tmp_path: Path) -> None:
    frames(0, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(1, CHUNKS))
def test_more_model_texts(chunk: int, tmp_path: Path) -> None:
    texts(chunk)
    fitted_texts(chunk, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(1, CHUNKS))
def test_more_data_frames(chunk: int, tmp_path: Path) -> None:
    frames(chunk, tmp_path)
