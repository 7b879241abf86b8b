"""The Python face of questionnaires: `Instrument` and `scores`.

Examples
--------
>>> import survey_engine as se
>>> se.Instrument("scores").items
('NPS', 'WHY', 'SAT1', 'CES')
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from survey_engine.errors import Diagnostic
from survey_engine.instrument.model import Instrument as Questionnaire
from survey_engine.responses.survey_data import SurveyData
from survey_engine.workflows.resources import load_instrument

__all__ = ["Instrument", "import_instrument", "scores"]


class Instrument:
    """A questionnaire of the library or of a file.

    Parameters
    ----------
    name : str or Path
        A preset id (``survey-engine instrument list``) or a YAML file.

    Attributes
    ----------
    questionnaire : survey_engine.instrument.model.Instrument
        Everything it says, its includes in place.

    Raises
    ------
    SurveyEngineError
        The name is unknown; the file cannot be used as written.
    """

    def __init__(self, name: str | Path) -> None:
        self.name = str(name)
        self.questionnaire: Questionnaire = load_instrument(self.name)

    @property
    def id(self) -> str:
        """Its id."""
        return self.questionnaire.id

    @property
    def items(self) -> tuple[str, ...]:
        """Ids of the questions, in the order they are asked."""
        return tuple(item.id for item in self.questionnaire.items)

    def lint(
        self, *, languages: Sequence[str] = (), correlation: float = 0.55
    ) -> tuple[Diagnostic, ...]:
        """Remarks before fielding, its models included; accepted ones left out."""
        from survey_engine.workflows.lint_questionnaire import lint_questionnaire

        _, report = lint_questionnaire(self.name, languages=languages, correlation=correlation)
        return report.remarks

    def print(
        self, path: str | Path, *, lang: str = "en", brand: str | Path | None = None
    ) -> Path:
        """Write the printable questionnaire (PDF)."""
        return self._write(path, "pdf", lang, brand)

    def form(
        self, path: str | Path, *, lang: str = "en", brand: str | Path | None = None
    ) -> Path:
        """Write the HTML form; `read` understands the file it saves."""
        return self._write(path, "form", lang, brand)

    def export(
        self, path: str | Path, *, format_id: str | None = None, languages: Sequence[str] = ()
    ) -> tuple[Diagnostic, ...]:
        """Write it for another program (``xlsform``, ``redcap``, ...); what is lost.

        Without `format_id` the ending of `path` says which.
        """
        from survey_engine.workflows.exchange_questionnaire import export_questionnaire

        return export_questionnaire(
            self.name, Path(path), format_id=format_id, languages=languages
        )[1]

    def _write(self, path: str | Path, kind: str, lang: str, brand: str | Path | None) -> Path:
        from survey_engine.workflows.make_questionnaire import write_questionnaire

        style = None if brand is None else str(brand)
        return write_questionnaire(self.name, Path(path), kind=kind, language=lang, brand=style)

    def __repr__(self) -> str:
        return f"Instrument({self.id!r}, {len(self.items)} questions)"


def import_instrument(
    path: str | Path, out: str | Path | None = None, *, format_id: str | None = None
) -> tuple[Questionnaire, tuple[Diagnostic, ...]]:
    """Another program's questionnaire and what of it is lost; with `out` written as YAML.

    Raises
    ------
    SurveyEngineError
        The format is not recognised, the file damaged, or the questionnaire faulty.
    """
    from survey_engine.workflows.exchange_questionnaire import import_questionnaire

    found = import_questionnaire(
        Path(path), None if out is None else Path(out), format_id=format_id
    )
    return found.instrument, found.losses


def scores(data: SurveyData, *, confidence: float = 0.95) -> pd.DataFrame:
    """The scores the questionnaire of `data` declares by rule, one row each.

    Columns: id, rule, value, ci_lower, ci_upper, n, n_effective, missing. See
    `survey_engine.analysis.rule_scores` for units.
    """
    from survey_engine.analysis.rule_scores import RuleScore, rule_scores

    found = rule_scores(data, confidence=confidence)
    return pd.DataFrame(found, columns=list(RuleScore.__dataclass_fields__))
