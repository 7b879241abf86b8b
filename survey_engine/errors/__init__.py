"""Every exception, warning and diagnostic code, one file a stage. Imports nothing else.

`CODES` maps each code to its default severity. Adding a code: one line in the file of
its stage, and its words in ``reports/wording/<language>/diagnostics-<stage>.yaml`` (a test
refuses a code without them). A new stage: a file here and a line in `STAGES`.
"""

from __future__ import annotations

from survey_engine.errors.after_fit import AFTER_FIT_CODES
from survey_engine.errors.agreement import AGREEMENT_CODES
from survey_engine.errors.authored import AUTHORED_CODES, AuthoringError
from survey_engine.errors.cleaning import CLEANING_CODES
from survey_engine.errors.composites import COMPOSITE_CODES
from survey_engine.errors.covariance_models import COVARIANCE_MODEL_CODES
from survey_engine.errors.diagnostic import (
    Diagnostic,
    Scope,
    Severity,
    SurveyEngineError,
    Where,
)
from survey_engine.errors.drafting import DRAFT_CODES
from survey_engine.errors.environment import (
    ENVIRONMENT_CODES,
    EnvironmentProblem,
    UsageProblem,
)
from survey_engine.errors.estimation import ESTIMATION_CODES, EstimationError
from survey_engine.errors.exchange import EXCHANGE_CODES
from survey_engine.errors.groups import GROUP_CODES
from survey_engine.errors.imputation import IMPUTATION_CODES
from survey_engine.errors.instrument_exchange import INSTRUMENT_EXCHANGE_CODES
from survey_engine.errors.large_files import LARGE_FILE_CODES
from survey_engine.errors.matrix import MATRIX_CODES
from survey_engine.errors.missing_answers import MISSING_CODES
from survey_engine.errors.ordinal import ORDINAL_CODES
from survey_engine.errors.planning import PLANNING_CODES
from survey_engine.errors.prediction import PREDICTION_CODES
from survey_engine.errors.questionnaire import QUESTIONNAIRE_CODES
from survey_engine.errors.reading import READING_CODES
from survey_engine.errors.reconciliation import RECONCILIATION_CODES
from survey_engine.errors.responses import RESPONSE_CODES, ResponseError
from survey_engine.errors.robustness import ROBUSTNESS_CODES
from survey_engine.errors.spreading import SPREADING_CODES
from survey_engine.errors.weighting import WEIGHTING_CODES

STAGES: dict[str, dict[str, Severity]] = {
    "Codes of instruments, models and model texts": AUTHORED_CODES,
    "Codes of includes, parts and lint of questionnaires": QUESTIONNAIRE_CODES,
    "Codes of reading, mapping, validating and reducing responses": RESPONSE_CODES,
    "Codes of survey tools' files: layouts, rows set aside, safety": READING_CODES,
    "Codes of files read in chunks": LARGE_FILE_CODES,
    "Codes of estimation, assessment and analysis": ESTIMATION_CODES,
    "Codes of prediction": PREDICTION_CODES,
    "Codes of engines side by side": RECONCILIATION_CODES,
    "Codes of comparing groups": GROUP_CODES,
    "Codes of work spread over processes": SPREADING_CODES,
    "Codes of ordered answers": ORDINAL_CODES,
    "Codes of covariance-based models: groups, constraints, rows": COVARIANCE_MODEL_CODES,
    "Codes of composites in covariance-based models": COMPOSITE_CODES,
    "Codes of what is asked of a fitted covariance-based model": AFTER_FIT_CODES,
    "Codes of robustness checks and frozen models": ROBUSTNESS_CODES,
    "Codes of missing answers and of survey designs": MISSING_CODES,
    "Codes of models written for other programs": EXCHANGE_CODES,
    "Codes of multiple imputation": IMPUTATION_CODES,
    "Codes of agreement within groups": AGREEMENT_CODES,
    "Codes of the environment, resources and usage": ENVIRONMENT_CODES,
    "Codes of planning a survey": PLANNING_CODES,
    "Codes of respondents' care and of cleaning": CLEANING_CODES,
    "Codes of weighting to margins of a population": WEIGHTING_CODES,
    "Codes of a matrix as input": MATRIX_CODES,
    "Codes of questionnaires drafted from a file": DRAFT_CODES,
    "Codes of questionnaires from and for other programs": INSTRUMENT_EXCHANGE_CODES,
}
CODES: dict[str, Severity] = {
    code: severity for codes in STAGES.values() for code, severity in codes.items()
}

__all__ = [
    "CODES",
    "STAGES",
    "AuthoringError",
    "Diagnostic",
    "EnvironmentProblem",
    "EstimationError",
    "ResponseError",
    "Scope",
    "Severity",
    "SurveyEngineError",
    "UsageProblem",
    "Where",
    "diagnostic",
]


def diagnostic(
    code: str,
    *,
    where: Where | None = None,
    severity: Severity | None = None,
    scope: Scope = Scope.PRIMARY,
    **parameters: object,
) -> Diagnostic:
    """Make a `Diagnostic` with the registered severity of its code.

    Raises
    ------
    KeyError
        If `code` is not registered in `CODES`.
    """
    default = CODES[code]
    return Diagnostic(
        code=code,
        severity=severity or default,
        scope=scope,
        where=where or Where(),
        parameters=parameters,
    )
