"""What the command line refuses, in both languages, with exit code 2 and a remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from survey_engine.cli import main

REFUSED = [
    (["raport"], "USAGE_UNKNOWN_COMMAND", "report"),
    (["fit", "x.csv", "-m", "ecsi", "--resample", "3"], "USAGE_UNKNOWN_OPTION", "--resamples"),
    (["fit", "x.csv", "-m", "ecsi", "-e", "semopy"], "USAGE_OPTION_NOT_YET", "plsc"),
    (
        ["fit", "x.csv", "-m", "ecsi", "-e", "plss"],
        "USAGE_BAD_VALUE",
        "pls, plsc, gsca, sum, ml",
    ),
    (["fit", "x.csv", "-m", "ecsi", "--scale", "10"], "USAGE_BAD_VALUE", "1:10"),
    (["fit", "x.csv", "-m", "ecsi", "--desired-level", "101"], "USAGE_BAD_VALUE", "100"),
    (["fit", "x.csv", "-m", "ecsi", "--mode", "Image"], "USAGE_BAD_VALUE", "Image=A"),
    (["fit", "x.csv", "-m", "ecsi", "--seed"], "USAGE_MISSING_VALUE", "--help"),
    (["fit", "x.csv"], "USAGE_MISSING_ARGUMENT", "survey-engine fit EXPORT -m MODEL"),
    (["report"], "USAGE_MISSING_ARGUMENT", "survey-engine report EXPORT -i INSTRUMENT"),
    (["model", "show"], "USAGE_MISSING_ARGUMENT", "model show NAME"),
    (["model", "show", "escsi"], "UNKNOWN_MODEL", "ecsi"),
    (["instrument", "show", "escsi"], "UNKNOWN_INSTRUMENT", "ecsi"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("argv", "code", "said"), REFUSED)
def test_refusals_name_the_fault_and_what_to_write(
    argv: list[str],
    code: str,
    said: str,
    language: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "out.json"
    assert main(["--lang", language, "--json", str(target), *argv]) == 2
    text = capsys.readouterr().err
    assert code in text
    assert said in text
    (found,) = json.loads(target.read_text(encoding="utf-8"))["diagnostics"]
    assert found["code"] == code
    assert found["remedy"]
    assert "…" not in found["message"] + found["remedy"]


def test_unknown_language_is_answered_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--lang", "xx"]) == 2
    assert 'There are no words in the language "xx"' in capsys.readouterr().err


@pytest.mark.parametrize("command", ["demo", "read", "check", "fit", "report", "doctor"])
def test_chinese_help_has_no_english_sentence(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--lang", "zh", "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("用法：survey-engine")
    assert "选项" in text
    assert "show this help" not in text


def test_no_arguments_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "report" in capsys.readouterr().out


def test_a_bug_ends_as_a_reference_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from survey_engine.cli import doctor

    def broken(*_: object) -> int:
        raise RuntimeError("respondent 17 said: secret")

    monkeypatch.setattr(doctor, "run", broken)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert main(["doctor"]) == 1
    text = capsys.readouterr().err
    assert "INTERNAL_ERROR" in text
    assert "Traceback" not in text
    (log,) = tmp_path.glob("survey-engine-crash-*.log")
    assert "secret" not in log.read_text(encoding="utf-8")
    assert "RuntimeError" in log.read_text(encoding="utf-8")


def test_interruption_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from survey_engine.cli import doctor

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "run", interrupted)
    assert main(["doctor", "--lang", "zh"]) == 1
    assert "已按要求停止" in capsys.readouterr().err


def test_start_up_loads_nothing_heavy() -> None:
    heavy = [
        "pandas",
        "scipy",
        "numpy",
        "statsmodels",
        "semopy",
        "weasyprint",
        "jinja2",
        "pydantic",
    ]
    code = (
        "import sys\nfrom survey_engine.cli import main\nmain(['--help'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_the_package_loads_nothing_until_asked() -> None:
    code = "import sys, survey_engine\nprint('pandas' in sys.modules, dir(survey_engine))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        "False ['Index', 'Instrument', 'Population', 'ReadColumns', 'Result', 'Study', "
        "'SurveyDesign', '__version__', 'clean', 'compare', 'draft_instrument', 'explore', "
        "'export_model', 'import_instrument', 'largest_report', 'moments', "
        "'population_moments', 'read', 'reconcile', 'scores', 'simulate', 'weight']"
    )


def test_a_reader_who_stops_early_is_no_error(mobi_path: Path) -> None:
    """``survey-engine ... --json - | head -1`` closes our output while we write."""
    command = [sys.executable, "-m", "survey_engine", "fit", str(mobi_path), "-i", "ecsi"]
    command += ["-m", "ecsi", "--resamples", "0", "--json", "-"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        said = child.stderr.read()
    assert child.returncode == 0
    assert "INTERNAL_ERROR" not in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
