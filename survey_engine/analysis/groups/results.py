"""What a comparison of groups found: frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.assessment.invariance.micom import CompositeInvariance


@dataclass(frozen=True, kw_only=True)
class PathDifference:
    """One path in two groups.

    Attributes
    ----------
    source, target : str
    first, second : float
        Estimates of the groups.
    forbidden_by : tuple[str, ...]
        Constructs without compositional invariance: then the paths are not compared and
        everything below is None.
    difference : float or None
        First less second.
    p_permutation, p_holm : float or None
        Two-sided; Holm over the pairs of groups.
    p_henseler : float or None
        One-sided: below .05 the first is larger, above .95 the second.
    t_parametric, p_parametric, t_welch, p_welch : float or None
        With bootstrap standard errors.
    """

    source: str
    target: str
    first: float
    second: float
    forbidden_by: tuple[str, ...] = ()
    difference: float | None = None
    p_permutation: float | None = None
    p_holm: float | None = None
    p_henseler: float | None = None
    t_parametric: float | None = None
    p_parametric: float | None = None
    t_welch: float | None = None
    p_welch: float | None = None


@dataclass(frozen=True, kw_only=True)
class PairOfGroups:
    """Two groups: MICOM, then the paths it allows to compare.

    `usable` of the requested permutations could be estimated in both groups.
    """

    first: str
    second: str
    usable: int
    micom: tuple[CompositeInvariance, ...]
    paths: tuple[PathDifference, ...]


@dataclass(frozen=True, kw_only=True)
class OmnibusTest:
    """Whether a path is the same in all groups: permutation of ``sum (b_g - mean)²``.

    None where a pair of groups lacks the compositional invariance of its constructs.
    """

    source: str
    target: str
    statistic: float | None
    p: float | None


@dataclass(frozen=True, kw_only=True)
class GroupComparison:
    """All groups of a column.

    Attributes
    ----------
    column : str
    groups : tuple[tuple[str, int], ...]
        Labels and numbers of respondents, by first appearance.
    left_out : tuple[tuple[str, int], ...]
        Groups too small to have a model.
    permutations : int
    resamples : int
        Of the bootstrap in each group; 0: no test that needs it.
    pairs : tuple[PairOfGroups, ...]
    omnibus : tuple[OmnibusTest, ...]
        With three groups or more.
    """

    column: str
    groups: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    permutations: int
    resamples: int
    pairs: tuple[PairOfGroups, ...]
    omnibus: tuple[OmnibusTest, ...] = ()
