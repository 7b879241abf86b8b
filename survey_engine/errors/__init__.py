"""Every exception, warning and diagnostic code, one file a stage. Imports nothing else.

`CODES` maps each code to its default severity. Adding a code: one line in the file of
its stage, and its words in ``reports/wording/en.yaml`` and ``zh.yaml`` under
``diagnostics`` (a test refuses a code without them).
"""

from __future__ import annotations

from survey_engine.errors.authored import AUTHORED_CODES, AuthoringError
from survey_engine.errors.diagnostic import (
    Diagnostic,
    Scope,
    Severity,
    SurveyEngineError,
    Where,
)
from survey_engine.errors.environment import (
    ENVIRONMENT_CODES,
    EnvironmentProblem,
    UsageProblem,
)
from survey_engine.errors.estimation import ESTIMATION_CODES, EstimationError
from survey_engine.errors.responses import RESPONSE_CODES, ResponseError

CODES: dict[str, Severity] = {
    **AUTHORED_CODES,
    **RESPONSE_CODES,
    **ESTIMATION_CODES,
    **ENVIRONMENT_CODES,
}

__all__ = [
    "CODES",
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
