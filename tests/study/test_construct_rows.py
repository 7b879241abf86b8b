"""`--scores` of PLS studies: the scores are those the estimates are about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.cli import main

PLAIN = """
Image =~ IMAG1 + IMAG2 + IMAG3
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Value ~ Image
Satisfaction ~ Value + Image
"""
MODERATED = PLAIN.replace("Value + Image", "Value + Image + Value:Image")
HIGHER = """
Value =~ PERV1 + PERV2
Quality =~ PERQ1 + PERQ2 + PERQ3
Offer =~ Value + Quality
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Offer
"""
FAST = ["--scale", "1:10", "--resamples", "0", "--no-second-opinion"]


def _scores(
    table: Path, folder: Path, text: str, *options: str
) -> tuple[pd.DataFrame, dict[tuple[str, str], float]]:
    model, out, told = folder / "model.txt", folder / "scores.csv", folder / "result.json"
    model.write_text(text, encoding="utf-8")
    argv = ["fit", str(table), "-m", str(model), *FAST, *options]
    assert main([*argv, "--scores", str(out), "--json", str(told)]) == 0
    document = pd.read_json(told, typ="series")
    paths = {(row["from"], row["to"]): row["est"] for row in document["paths"]}
    return pd.read_csv(out), paths


def _regression(scores: pd.DataFrame, target: str, *sources: str) -> np.ndarray:
    x = scores[[f"{name}_standardised" for name in sources]].to_numpy()
    return np.linalg.lstsq(x, scores[f"{target}_standardised"].to_numpy(), rcond=None)[0]


@pytest.mark.parametrize("metric", ["raw", "standardised"])
@pytest.mark.parametrize("estimator", ["pls", "sum", "gsca"])
def test_paths_are_regressions_of_the_scores(
    mobi_path: Path, tmp_path: Path, estimator: str, metric: str
) -> None:
    scores, paths = _scores(mobi_path, tmp_path, PLAIN, "-e", estimator, "--metric", metric)
    assert list(scores["row"]) == list(range(1, 251))
    found = _regression(scores, "Satisfaction", "Value", "Image")
    expected = [paths["Value", "Satisfaction"], paths["Image", "Satisfaction"]]
    assert found == pytest.approx(expected, abs=1e-8)
    assert scores["Value_standardised"].std() == pytest.approx(1.0)
    assert scores["Value_points"].between(0, 100).all()


def test_higher_order_constructs_have_scores(mobi_path: Path, tmp_path: Path) -> None:
    scores, paths = _scores(mobi_path, tmp_path, HIGHER)
    found = _regression(scores, "Satisfaction", "Offer")
    assert found == pytest.approx([paths["Offer", "Satisfaction"]], abs=1e-8)


def test_products_are_left_out(mobi_path: Path, tmp_path: Path) -> None:
    scores, _ = _scores(mobi_path, tmp_path, MODERATED)
    names = {name.rpartition("_")[0] for name in scores.columns if name != "row"}
    assert names == {"Image", "Value", "Satisfaction"}


def test_weights_and_gaps(mobi_path: Path, tmp_path: Path) -> None:
    table = pd.read_csv(mobi_path)
    table["w"] = np.linspace(0.5, 1.5, len(table))
    table.loc[4, "PERV1"] = np.nan
    changed = tmp_path / "changed.csv"
    table.to_csv(changed, index=False)
    scores, paths = _scores(changed, tmp_path, PLAIN, "--weights", "w")
    assert 5 not in set(scores["row"])
    assert len(scores) == 249
    root = np.sqrt(table["w"].drop(4).to_numpy())[:, None]
    weighted = scores.filter(like="_standardised") * root
    found = _regression(weighted, "Value", "Image")
    assert found == pytest.approx([paths["Image", "Value"]], abs=1e-8)


def test_without_rows_there_are_no_scores(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = tmp_path / "model.txt", tmp_path / "scores.csv"
    model.write_text(PLAIN, encoding="utf-8")
    argv = ["fit", str(mobi_path), "-m", str(model), *FAST, "--missing", "pairwise"]
    assert main([*argv, "--scores", str(out)]) == 0
    assert not out.exists()
    assert "SCORES_NEED_ROWS" in capsys.readouterr().err


def test_a_wave_with_other_numbers_beside_the_items_is_scored(
    mobi_path: Path, tmp_path: Path
) -> None:
    """Ages and branch numbers lie off the scale and are no answers."""
    model, told, out = (tmp_path / name for name in ("model.txt", "fit.json", "new.csv"))
    model.write_text(PLAIN, encoding="utf-8")
    assert main(["fit", str(mobi_path), "-m", str(model), *FAST, "--json", str(told)]) == 0
    table = pd.read_csv(mobi_path)
    table["age"] = 40
    wave = tmp_path / "wave.csv"
    table.to_csv(wave, index=False)
    argv = ["score", str(wave), "-m", str(told), "--scale", "1:10", "-o", str(out)]
    assert main(argv) == 0
    assert len(pd.read_csv(out)) == 250
