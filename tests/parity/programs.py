"""A fit as seminr, cSEM and plspm would print it: their keys, our numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from survey_engine.assessment.blocks import adjacency, block_sizes, block_slices
from survey_engine.assessment.collinearity import (
    antecedent_inflation,
    f_squared,
    item_inflation,
)
from survey_engine.assessment.composite_fit import composite_fit
from survey_engine.assessment.heterotrait import htmt2
from survey_engine.assessment.prediction.criteria import selection_criteria
from survey_engine.assessment.reliability import (
    alpha,
    average_variance_extracted,
    composite_reliability,
)
from survey_engine.assessment.validity import htmt
from survey_engine.errors import EstimationError
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator

from .ledger import matrix, vector


class Numbers:
    """What the programs' tables are made of."""

    def __init__(self, fit: PlsFit, estimator: PlsEstimator, values: np.ndarray) -> None:
        self.fit, self.estimator = fit, estimator
        self.names, self.items = fit.spec.construct_names, fit.spec.indicators
        self.sizes = block_sizes(fit.spec)
        self.arrows = adjacency(fit.spec)
        self.values = values
        self.owner = np.repeat(np.arange(len(self.sizes)), self.sizes)
        self.mask = np.eye(len(self.sizes))[self.owner]
        self.rows: tuple[str, ...] = tuple(map(str, range(1, 11)))
        self.single = np.array(self.sizes) == 1
        self.endogenous = tuple(
            name for k, name in enumerate(self.names) if self.arrows[:, k].any()
        )

    @property
    def blocks(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights and loadings spread over the constructs, shapes (p, K)."""
        return self.fit.weights[:, None] * self.mask, self.fit.loadings[:, None] * self.mask

    def scores(self) -> np.ndarray:
        """Standardised scores of the first ten rows, divisor n - 1."""
        scale = 1.0
        if self.fit.metric != "raw":
            scale = self.values.std(axis=0, ddof=1)
        z = (self.values - self.values.mean(axis=0)) / scale
        return (z @ (self.fit.weights[:, None] * self.mask))[: len(self.rows)]

    def only(self, values: np.ndarray, of: tuple[str, ...]) -> dict[str, float]:
        return {name: float(values[self.names.index(name)]) for name in of}

    def inflation(self, correlations: np.ndarray) -> dict[str, dict[str, float]]:
        vif = antecedent_inflation(correlations, self.arrows)
        return {
            target: {
                source: float(vif[i, j])
                for i, source in enumerate(self.names)
                if self.arrows[i, j]
            }
            for j, target in enumerate(self.names)
            if self.arrows[:, j].sum() > 1
        }


def as_seminr(n: Numbers) -> dict[str, Any]:
    """Every deterministic table of seminr but iteration counts."""
    fit, names, items = n.fit, n.names, n.items
    weights, loadings = n.blocks
    alphas = np.where(n.single, 1.0, alpha(fit.moments.correlation, n.sizes))
    rho_c = np.where(n.single, 1.0, composite_reliability(fit.loadings, n.sizes))
    ave = np.where(n.single, 1.0, average_variance_extracted(fit.loadings, n.sizes))
    rho_a = np.nan_to_num(fit.rho_a, nan=1.0)
    ratio = htmt(fit.moments.correlation, n.sizes)
    # Beside PLSc seminr prints these three from the uncorrected composites.
    plain = fit
    if n.estimator.consistent:
        plain = replace(n.estimator, consistent=False).fit(fit.spec, fit.moments)
    larcker = np.where(np.eye(len(names)) > 0, np.sqrt(ave), fit.proxy_correlations)
    criteria = {row.construct: row for row in selection_criteria(plain)}
    vif = item_inflation(fit.moments.correlation, n.sizes)
    return {
        "n": fit.moments.n,
        "item_mean": vector(fit.moments.mean, items),
        "item_sd_n_minus_1": vector(fit.moments.standard_deviation, items),
        "outer_weights": matrix(weights, items, names),
        "outer_loadings": matrix(loadings, items, names),
        "path_coef": matrix(fit.paths, names, names),
        "r_squared": {
            "Rsq": n.only(fit.r2, n.endogenous),
            "AdjRsq": n.only(fit.r2_adjusted, n.endogenous),
        },
        "total_effects": matrix(fit.total_effects, names, names),
        "total_indirect_effects": matrix(fit.total_effects - fit.paths, names, names),
        "reliability": matrix(
            np.stack([alphas, rho_c, ave, rho_a], axis=1),
            names,
            ("alpha", "rhoC", "AVE", "rhoA"),
        ),
        "htmt": matrix(ratio, names, names),
        "fornell_larcker": matrix(larcker, names, names),
        "cross_loadings": matrix(fit.cross_loadings, items, names),
        "vif_items": {
            name: vector(np.nan_to_num(vif[block], nan=1.0), items[block])
            for name, block in zip(names, block_slices(n.sizes), strict=True)
        },
        "vif_antecedents": n.inflation(fit.proxy_correlations),
        "f_square": matrix(refitted_f2(n), names, names),
        "it_criteria": {
            "AIC": {name: criteria[name].aic for name in n.endogenous},
            "BIC": {name: criteria[name].bic for name in n.endogenous},
        },
        "construct_correlations": matrix(fit.proxy_correlations, names, names),
        "construct_scores_first10": matrix(n.scores(), n.rows, names),
    }


def refitted_f2(n: Numbers) -> np.ndarray:
    """F² as seminr has it: the whole model estimated again without the path."""
    found = np.zeros_like(n.fit.paths)
    for i, j in zip(*np.nonzero(n.arrows), strict=True):
        kept = tuple(
            p for p in n.fit.spec.paths if (p.source, p.target) != (n.names[i], n.names[j])
        )
        without = 0.0
        try:
            spec = n.fit.spec.model_copy(update={"paths": kept})
            if n.arrows[:, j].sum() > 1:
                without = float(n.estimator.fit(spec, n.fit.moments).r2[j])
        except EstimationError:
            without = float("nan")
        found[i, j] = (n.fit.r2[j] - without) / (1.0 - n.fit.r2[j])
    return found


CRITERIA = {"AIC": "aic", "AICc": "aicc", "AICu": "aicu", "BIC": "bic", "FPE": "fpe"}
CRITERIA |= {"HQ": "hq", "HQc": "hqc"}
FIT = {"DG": "d_g", "DL": "d_uls", "DML": "d_ml", "Df": "df", "Chi_square": "chisq"}
FIT |= {"NFI": "nfi", "RMS_theta": "rms_theta", "SRMR": "srmr"}


def as_csem(n: Numbers) -> dict[str, Any]:
    """Estimates, scores and most of assess()."""
    fit, names, items = n.fit, n.names, n.items
    weights, loadings = n.blocks
    found = {
        "path_estimates_rows_are_targets": matrix(fit.paths.T, names, names),
        "loading_estimates": matrix(loadings.T, names, items),
        "weight_estimates": matrix(weights.T, names, items),
        "construct_vcv": matrix(fit.construct_correlations, names, names),
        "proxy_vcv": matrix(fit.proxy_correlations, names, names),
        "indicator_vcv": matrix(fit.moments.correlation, items, items),
        "r2": n.only(fit.r2, n.endogenous),
        "r2adj": n.only(fit.r2_adjusted, n.endogenous),
        "vif": n.inflation(fit.construct_correlations),
        "scores_first10": matrix(n.scores(), n.rows, names),
        "assess": _assess(n),
    }
    if fit.estimator == "plsc":
        corrected = np.array(n.estimator.design(fit.spec).corrected)
        found["reliabilities_Q2"] = vector(np.where(corrected, fit.rho_a, 1.0), names)
    else:
        found["reliabilities_Q2"] = vector(np.ones(len(names)), names)
    return found


def _assess(n: Numbers) -> dict[str, Any]:
    fit, names = n.fit, n.names
    common = np.array([c.kind == "reflective" for c in fit.spec.constructs])
    ave = np.where(n.single, 1.0, average_variance_extracted(fit.loadings, n.sizes))
    rho_c = np.where(n.single, 1.0, composite_reliability(fit.loadings, n.sizes))
    rho_a = np.where(n.single, 1.0, fit.rho_a)
    alphas = alpha(fit.moments.correlation, n.sizes)
    factors = tuple(name for k, name in enumerate(names) if common[k])
    criteria = {row.construct: row for row in selection_criteria(fit, n.estimator)}
    saturated = _csem_saturated(n, criteria)
    larcker = np.where(np.eye(len(names)) > 0, ave, fit.construct_correlations**2)
    f2 = f_squared(fit.construct_correlations, fit.paths, fit.r2, n.arrows)
    measures = composite_fit(fit)
    fits: dict[str, Any] = {theirs: measures[ours] for theirs, ours in FIT.items()}
    if fits["DG"] is not None:  # base 10 there, natural here
        fits["DG"] = fits["DG"] / np.log(10.0) ** 2
    fits["Chi_square_df"] = (measures["chisq"] or 0.0) / (measures["df"] or 1.0)
    reliability: dict[str, Any] = {
        "Cronbachs_alpha": n.only(alphas, factors),
        "Joereskogs_rho": n.only(rho_c, factors),
    }
    if fit.estimator == "plsc":
        reliability["Dijkstra-Henselers_rho_A"] = n.only(rho_a, factors)
    effects = {
        "Direct_effect": fit.paths,
        "Indirect_effect": fit.total_effects - fit.paths,
        "Total_effect": fit.total_effects,
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (fit.total_effects - fit.paths) / fit.total_effects
    effects["Variance_accounted_for"] = shares
    several = bool((~common | (np.array(n.sizes) > 1)).all())
    return {
        "AVE": n.only(ave, factors),
        "RhoC": n.only(rho_c, factors),
        "RhoT": n.only(alphas, factors),
        "Reliability": reliability,
        **{
            theirs: {name: getattr(criteria[name], ours) for name in n.endogenous}
            for theirs, ours in CRITERIA.items()
        },
        **saturated,
        **fits,
        "VIF": _filled(n.inflation(fit.construct_correlations), names),
        "VIF_modeB": _item_vif(n),
        "GoF": goodness(n),
        "R2": n.only(fit.r2, n.endogenous),
        "R2_adj": n.only(fit.r2_adjusted, n.endogenous),
        "F2": matrix(np.nan_to_num(f2.T), names, names),
        "Fornell-Larcker": matrix(larcker, names, names) if common.all() else {},
        "Effects": {
            kind: {
                f"{target} ~ {source}": {"Estimate": float(values[i, j])}
                for i, source in enumerate(names)
                for j, target in enumerate(names)
            }
            for kind, values in effects.items()
        },
        "HTMT": {"htmts": _lower(signed_htmt(n), names)} if common.all() or several else {},
        "HTMT2": {"htmts": _lower(signed_htmt2(n), names)} if common.all() or several else {},
    }


def _filled(rows: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """A matrix with 0 where there is nothing."""
    return {name: dict.fromkeys(columns, 0.0) | row for name, row in rows.items()}


def _item_vif(n: Numbers) -> dict[str, Any]:
    """VIF of the items of blocks in mode B."""
    vif = item_inflation(n.fit.moments.correlation, n.sizes)
    rows = {
        name: vector(np.nan_to_num(vif[block], nan=1.0), n.items[block])
        for name, block in zip(n.names, block_slices(n.sizes), strict=True)
    }
    return _filled(rows, n.items)


def _csem_saturated(n: Numbers, criteria: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Mallows' Cp and GM with cSEM's divisor n - 1 instead of n - k; record 0045."""
    rows = float(n.fit.moments.n)
    found: dict[str, dict[str, float]] = {"Mallows_Cp": {}, "GM": {}}
    order = [n.names[k] for k in n.estimator.design(n.fit.spec).order]
    for name, row in criteria.items():
        k = row.predictors + 1
        factor = (rows - 1.0) / (rows - order.index(name) - 1.0)
        if row.mallows_cp is None or row.gm is None:
            continue
        found["Mallows_Cp"][name] = (row.mallows_cp + rows - 2 * k) * factor - rows + 2 * k
        found["GM"][name] = (row.gm - k * np.log(rows)) * factor + k * np.log(rows)
    return found


def signed_htmt(n: Numbers) -> np.ndarray:
    """HTMT of signed correlations, as cSEM takes them."""
    r = n.fit.moments.correlation
    blocks = block_slices(n.sizes)
    k = len(blocks)
    within = np.ones(k)
    for a, block in enumerate(blocks):
        m = n.sizes[a]
        if m > 1:
            within[a] = r[block, block][np.triu_indices(m, 1)].mean()
    return np.array(
        [
            [r[x, y].mean() / np.sqrt(within[a] * within[b]) for b, y in enumerate(blocks)]
            for a, x in enumerate(blocks)
        ]
    )


def signed_htmt2(n: Numbers) -> np.ndarray:
    """HTMT2 of signed correlations, as cSEM takes them; NaN where one is negative."""
    return htmt2(n.fit.moments.correlation, n.sizes, sign="signed")


def _lower(values: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """The lower triangle, the diagonal 1, above it 0: how cSEM prints HTMT."""
    return matrix(np.where(np.eye(len(names)) > 0, 1.0, np.tril(values, -1)), names, names)


def as_plspm(n: Numbers) -> dict[str, Any]:
    """Outer and inner model, effects, unidimensionality, goodness of fit, scores."""
    fit, names, items = n.fit, n.names, n.items
    r2 = np.nan_to_num(fit.r2)
    communality = fit.loadings**2
    by_block = [communality[block].mean() for block in block_slices(n.sizes)]
    factor = np.sqrt(fit.moments.n / (fit.moments.n - 1.0))
    weights = fit.weights * (factor if fit.metric == "raw" else 1.0)
    indirect = fit.total_effects - fit.paths
    return {
        "outer_model": {
            item: {
                # plspm turns a block's scores round, but not its weights (Russett's IND).
                "weight": -weights[j] if item in ("gnpr", "labo") else weights[j],
                "loading": fit.loadings[j],
                "communality": communality[j],
                "redundancy": communality[j] * r2[n.owner[j]],
            }
            for j, item in enumerate(items)
        },
        "cross_loadings": matrix(fit.cross_loadings, items, names),
        "inner_model": _inner_model(n),
        "path_coef_rows_are_targets": matrix(fit.paths.T, names, names),
        "effects": {
            f"{source} -> {target}": {
                "direct": fit.paths[i, j],
                "indirect": indirect[i, j],
                "total": fit.total_effects[i, j],
            }
            for i, source in enumerate(names)
            for j, target in enumerate(names)
        },
        "unidim": _unidimensionality(n),
        "inner_summary": {
            name: {
                "R2": r2[k],
                "Block_Communality": by_block[k],
                "Mean_Redundancy": by_block[k] * r2[k],
                "AVE": by_block[k] if fit.modes[k] == "A" else 0.0,
            }
            for k, name in enumerate(names)
        },
        "gof": goodness(n),
        "scores_first10": matrix(n.scores() * factor, n.rows, names),
        "rescaled_scores_original_scale": _rescaled(n),
    }


def goodness(n: Numbers) -> float:
    """GoF with communalities of all items but single ones (Tenenhaus et al. 2004)."""
    communality = n.fit.loadings[~n.single[n.owner]] ** 2
    return float(np.sqrt(communality.mean() * n.fit.r2[np.isfinite(n.fit.r2)].mean()))


def _rescaled(n: Numbers) -> dict[str, Any]:
    """Items weighted by standardised weights scaled to sum 1, as plspm's rescale()."""
    shares = n.blocks[0] / n.blocks[0].sum(axis=0)
    scores = n.values @ shares
    return {
        "mean": vector(scores.mean(axis=0), n.names),
        "sd_n_minus_1": vector(scores.std(axis=0, ddof=1), n.names),
        "index_0_100_mean": vector((scores.mean(axis=0) - 1.0) / 0.09, n.names),
        "first10": matrix(scores[:10], n.rows, n.names),
    }


def _inner_model(n: Numbers) -> dict[str, Any]:
    """Least squares of each endogenous score: estimates, errors, t and p."""
    from scipy.special import stdtr

    fit, rows = n.fit, n.fit.moments.n
    found: dict[str, Any] = {}
    for j, target in enumerate(n.names):
        at = np.flatnonzero(n.arrows[:, j])
        if not len(at):
            continue
        freedom = rows - len(at) - 1.0
        inverse = np.linalg.inv(fit.construct_correlations[np.ix_(at, at)])
        error = np.sqrt(np.diagonal(inverse) * (1.0 - fit.r2[j]) / freedom)
        t = fit.paths[at, j] / error
        found[target] = {
            n.names[i]: {
                "Estimate": fit.paths[i, j],
                "Std. Error": error[m],
                "t value": t[m],
                "Pr(>|t|)": 2.0 * stdtr(freedom, -abs(t[m])),
            }
            for m, i in enumerate(at)
        }
        found[target]["Intercept"] = {
            "Estimate": 0.0,
            # Scores of plspm have variance 1 with divisor n.
            "Std. Error": np.sqrt((1.0 - fit.r2[j]) / freedom),
            "t value": 0.0,
            "Pr(>|t|)": 1.0,
        }
    return found


def _unidimensionality(n: Numbers) -> dict[str, Any]:
    found = {}
    alphas = alpha(n.fit.moments.correlation, n.sizes)
    for k, (name, block) in enumerate(zip(n.names, block_slices(n.sizes), strict=True)):
        row: dict[str, Any] = {"MVs": n.sizes[k]}
        values, vectors = np.linalg.eigh(n.fit.moments.correlation[block, block])
        if n.sizes[k] > 1:
            load = vectors[:, -1] * np.sqrt(values[-1])
            rho = load.sum() ** 2 / (load.sum() ** 2 + (1.0 - load**2).sum())
            row |= {"DG.rho": rho, "eig.1st": values[-1], "eig.2nd": values[-2]}
            row["C.alpha"] = max(float(alphas[k]), 0.0)  # plspm prints 0 below 0
            if n.fit.modes[k] != "A":
                row |= {"C.alpha": 0.0, "DG.rho": 0.0}
        else:
            row |= {"C.alpha": 1.0, "DG.rho": 1.0, "eig.1st": 1.0, "eig.2nd": 0.0}
        found[name] = row
    return found
