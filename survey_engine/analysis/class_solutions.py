"""What a search for hidden classes of respondents found: plain values, whatever the method."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ClassSolution:
    """A solution with `classes` classes: criteria, sizes, and how sure the search is.

    `agreeing_starts` of the `continued_starts` ended at the best log-likelihood;
    `degenerate_starts` of all `starts` collapsed on a few respondents. `at_bound` names
    variances that stand at the least allowed, with the number of their class.
    """

    classes: int
    logl: float
    parameters: int
    criteria: dict[str, float | None]
    shares: tuple[float, ...]
    smallest: float
    converged: bool
    agreeing_starts: int
    starts: int
    continued_starts: int
    degenerate_starts: int
    at_bound: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClassPath:
    """A path in one class."""

    hidden_class: int
    source: str
    target: str
    est: float | None


@dataclass(frozen=True, kw_only=True)
class ClassMean:
    """A construct's mean in one class, in its standard deviations over all respondents."""

    hidden_class: int
    construct: str
    est: float | None


@dataclass(frozen=True, kw_only=True)
class ClassRule:
    """Who meets the conditions, and the shares of the classes among them."""

    conditions: tuple[str, ...]
    n: int
    shares: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class HiddenClasses:
    """What a search for hidden classes found.

    Attributes
    ----------
    method : str
        ``"fimix"`` or ``"sem"``.
    solutions : tuple[ClassSolution, ...]
        1, 2, ... classes.
    by_aic3, by_caic : int
        The number each criterion wants.
    retained : int
        The number to report: what both want, else CAIC's; fewer where classes are too
        small or not separated (`reason`). 1: no hidden classes.
    reason : str
        ``"agree"``, ``"disagree"``, ``"degenerate"``, ``"too_small"`` or
        ``"not_separated"``.
    least : float
        Smallest class allowed, in respondents.
    paths : tuple[ClassPath, ...]
        Of the retained solution.
    means : tuple[ClassMean, ...]
        Likewise; empty where a method has none.
    rules : tuple[ClassRule, ...]
        In known variables; empty without any or with one class.
    rules_error, rules_baseline : float or None
        Cross-validated share misclassified by rules, and by the largest class.
    """

    method: str
    solutions: tuple[ClassSolution, ...]
    by_aic3: int
    by_caic: int
    retained: int
    reason: str
    least: float
    paths: tuple[ClassPath, ...]
    means: tuple[ClassMean, ...]
    rules: tuple[ClassRule, ...]
    rules_error: float | None
    rules_baseline: float | None
