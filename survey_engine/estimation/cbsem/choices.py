"""`Choices`: the options that complete a model text to a parameter table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["sem", "cfa", "growth"]
EQUAL = (
    "loadings",
    "intercepts",
    "residuals",
    "residual.covariances",
    "lv.variances",
    "lv.covariances",
    "means",
    "regressions",
    "thresholds",
    "composite.weights",
)
"""What `group_equal` may name, lavaan's words."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How a model text is completed; where silent, as lavaan's ``sem()``.

    Attributes
    ----------
    kind : str
        ``"sem"`` and ``"cfa"`` complete alike; ``"growth"`` fixes observed intercepts
        to zero and frees latent means.
    std_lv : bool
        Fix latent (residual) variances to 1 instead of the first loadings.
    orthogonal : bool
        No covariances among exogenous latents.
    fixed_x : bool
        Take moments of observed exogenous predictors from the sample.
    meanstructure : bool or None
        None: with means if the text has ``~1``, with several groups, for growth, or
        where `group_equal` names intercepts or means.
    groups : tuple[str, ...]
        Labels of the groups, in order; a single empty label without groups.
    group_equal : tuple[str, ...]
        Kinds of parameters held equal across groups; see `EQUAL`.
    group_partial : tuple[str, ...]
        Parameters set free again, as ``"x3 ~ 1"`` or ``"visual =~ x2"``.
    ordered : tuple[tuple[str, int], ...]
        Ordered variables with their number of categories.
    parameterization : str
        ``"delta"`` or ``"theta"``; of models with ordered variables.
    bounds : bool
        Variances are not negative.
    """

    kind: Kind = "sem"
    std_lv: bool = False
    orthogonal: bool = False
    fixed_x: bool = True
    meanstructure: bool | None = None
    groups: tuple[str, ...] = ("",)
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    ordered: tuple[tuple[str, int], ...] = ()
    parameterization: str = "delta"
    bounds: bool = False

    def for_model(self, observed: tuple[str, ...]) -> Choices:
        """The same for a model: its ordered variables only, in the order of `observed`.

        With ordered variables predictors are random: their distribution is part of the
        polychoric correlations.
        """
        if not self.ordered:
            return self
        levels = dict(self.ordered)
        chosen = tuple((name, levels[name]) for name in observed if name in levels)
        return replace(self, ordered=chosen, fixed_x=self.fixed_x and not chosen)

    def with_means(self, *, written: bool) -> bool:
        """`meanstructure`, decided; `written`: the text has intercepts."""
        equal = {"intercepts", "means", "thresholds"} & set(self.group_equal)
        needed = written or self.kind == "growth" or bool(equal) or bool(self.ordered)
        if self.meanstructure is None:
            return needed or len(self.groups) > 1
        return self.meanstructure or needed
