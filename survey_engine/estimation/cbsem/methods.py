"""The estimators by name: discrepancy, divisor, standard errors, test statistic.

Names and combinations are lavaan's: a robust estimator is a discrepancy with a sandwich
and a scaled test. A new one is a line in `METHODS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from survey_engine.estimation.cbsem.discrepancy import gls, ml
from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy
from survey_engine.estimation.cbsem.discrepancy.least_squares import LeastSquares

Errors = Literal["information", "casewise", "sandwich"]
Test = Literal["standard", "satorra-bentler", "scaled-shifted", "yuan-bentler"]
Weights = Literal["none", "identity", "full", "diagonal"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One estimator.

    Attributes
    ----------
    name : str
    family : str
        ``"ml"``, ``"gls"``, ``"uls"``, ``"wls"`` or ``"dwls"``.
    unbiased : bool
        Whether covariances with divisor n - 1 are fitted.
    weights : str
        Weights of least squares: from Gamma (``"full"``, ``"diagonal"``) or identity.
    errors : str
        ``"information"``: inverse information; ``"casewise"``: Huber-White sandwich of
        observed information and casewise scores; ``"sandwich"``: with Gamma.
    test : str
        The test printed as scaled; ``"standard"`` for none.
    """

    name: str
    family: str
    unbiased: bool = False
    weights: Weights = "none"
    errors: Errors = "information"
    test: Test = "standard"

    @property
    def discrepancy(self) -> Discrepancy:
        """What is minimised."""
        if self.family == "ml":
            return ml
        return gls if self.family == "gls" else _LEAST_SQUARES

    @property
    def needs_gamma(self) -> bool:
        """Whether fourth-order moments, and therefore rows, are needed."""
        return self.errors != "information" or self.weights in ("full", "diagonal")

    @property
    def likelihood_based(self) -> bool:
        """Whether the estimates maximise a likelihood."""
        return self.family == "ml"


_LEAST_SQUARES = LeastSquares()
_SB: dict[str, Any] = {"errors": "sandwich", "test": "satorra-bentler"}
_SHIFTED: dict[str, Any] = {"errors": "sandwich", "test": "scaled-shifted"}
_ULS: dict[str, Any] = {"family": "uls", "weights": "identity", "unbiased": True}
_DWLS: dict[str, Any] = {"family": "dwls", "weights": "diagonal", "unbiased": True}
METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(name="ml", family="ml"),
        Method(name="mlr", family="ml", errors="casewise", test="yuan-bentler"),
        Method(name="mlm", family="ml", **_SB),
        Method(name="mlmv", family="ml", **_SHIFTED),
        Method(name="gls", family="gls", unbiased=True),
        Method(name="uls", **_ULS),
        Method(name="ulsmv", **_ULS, **_SHIFTED),
        Method(name="wls", family="wls", weights="full", unbiased=True),
        Method(name="dwls", **_DWLS),
        Method(name="wlsm", **_DWLS, **_SB),
        Method(name="wlsmv", **_DWLS, **_SHIFTED),
    )
}
