"""What `fit` says beyond index and paths: fit, definitions, moderation, `--details`."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.cli import main

MEDIATED = """
Image =~ IMAG1 + IMAG2 + IMAG3
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Value ~ a*Image
Satisfaction ~ b*Value + Image
indirect := a*b
"""
MODERATED = """
Image =~ IMAG1 + IMAG2 + IMAG3
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL3
Satisfaction ~ Image + Value + Image:Value
Loyalty ~ Satisfaction
"""


@pytest.mark.parametrize(
    ("model", "options", "expected"),
    [
        (
            MEDIATED,
            ["-e", "mlr", "--resamples", "0"],
            [
                "fit (robust): χ²(17) = ",
                "CFI ",
                "RMSEA ",
                "corrected for a small sample: Swain χ² = ",
                "indirect := a*b",
            ],
        ),
        (
            MEDIATED,
            ["-e", "gls", "--resamples", "0"],
            ["by gls (least squares)", "fit: χ²(17)"],
        ),
        (
            MEDIATED,
            ["-e", "plsc", "--resamples", "50", "--exact-fit", "--details"],
            ["fit: SRMR ", "exact fit, ", "rho_A", "HTMT", "f²", "VIF"],
        ),
        (
            MODERATED,
            ["--resamples", "50", "--details"],
            ["Johnson–Neyman", "Value at its mean", "moderated mediation", "one deviation of"],
        ),
        (
            MODERATED,
            ["--resamples", "50", "--lang", "zh", "--details"],
            ["调节的中介", "信度"],
        ),
    ],
    ids=["ml", "gls", "pls", "moderated", "zh"],
)
def test_fit_says(
    mobi_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    model: str,
    options: list[str],
    expected: list[str],
) -> None:
    file = tmp_path / "model.txt"
    file.write_text(model, encoding="utf-8")
    shared = ["-m", str(file), "--scale", "1:10", "--no-second-opinion"]
    assert main(["fit", str(mobi_path), *shared, *options]) == 0
    said = capsys.readouterr().err
    assert [words for words in expected if words not in said] == []
