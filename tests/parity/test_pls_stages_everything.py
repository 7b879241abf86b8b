"""Every deterministic number of seminr's interaction and higher-order blocks (1e-6).

What is not compared stands in `EXCEPTIONS` with its reason; the share is printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator

from . import programs
from .ledger import Ledger
from .programs import Numbers, as_seminr
from .test_pls_stages import HIGHER, MODERATED, REPUTATION, fitted, frame

BLOCKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "interaction_two_stage": ("mobi", MODERATED, {"interaction": "two-stage"}),
    "interaction_product_indicator": ("mobi", MODERATED, {"interaction": "product-indicator"}),
    "interaction_orthogonal": ("mobi", MODERATED, {"interaction": "orthogonal"}),
    "higher_order_two_stage_modeA": ("mobi", HIGHER, {"modes": {"Perception": "A"}}),
    "higher_order_two_stage_modeB": ("mobi", HIGHER, {"modes": {"Perception": "B"}}),
    "moderation_two_stage": ("corp_rep", REPUTATION, {}),
}
EXCEPTIONS = {
    # How the program ran, not what it found.
    "iterations", "weight_diff_last", "n_raw",
    # seminr estimates the whole model again without a path; compared for plain models.
    "f_square",
    # Rows of made columns: theirs are standardised or uncentred, ours are as made.
    "item_mean", "item_sd_n_minus_1", "construct_scores_first10",
    # Items of the stage before beside constructs of the stage after: no table of ours.
    "cross_loadings", "outer_loadings", "outer_weights", "vif_items", "fornell_larcker",
    "htmt", "reliability",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_second_estimation(monkeypatch: pytest.MonkeyPatch) -> None:
    """f² is not compared here, and a staged model has no plain run to repeat."""

    def unknown(n: Numbers) -> np.ndarray:
        return np.full_like(n.fit.paths, np.nan)

    monkeypatch.setattr(programs, "refitted_f2", unknown)


def starred(node: Any) -> Any:
    """Names as seminr writes them: a product with a star."""
    if isinstance(node, dict):
        return {key.replace(":", "*"): starred(value) for key, value in node.items()}
    return node


def printed(fit: PlsFit) -> dict[str, Any]:
    """seminr's tables of one stage, without those of made columns and of scores."""
    any_rows = np.random.default_rng(0).random((10, len(fit.spec.indicators)))
    numbers = Numbers(fit, PlsEstimator(), any_rows)
    tables: dict[str, Any] = starred(as_seminr(numbers))
    for key in ("item_mean", "item_sd_n_minus_1", "construct_scores_first10"):
        del tables[key]
    return tables


def in_the_products_unit(tables: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    """Loadings and effects of products as seminr prints them, per unit of the product.

    Its unit is the ratio of its loadings to its cross-loadings of the same item.
    """
    products = [name for name in tables["path_coef"] if "*" in name]
    loadings, cross = frame(block["outer_loadings"]), frame(block["cross_loadings"])
    for name in products:
        item = loadings[name].abs().idxmax()
        factor = loadings.loc[item, name] / cross.loc[item, name]
        for row in tables["outer_loadings"].values():
            row[name] *= factor
        for table in ("path_coef", "total_effects"):
            for target in tables[table][name]:
                tables[table][name][target] /= factor
        # Their AVE and rho_C are made of those loadings, ours of correlations.
        del tables["reliability"][name], tables["fornell_larcker"][name]
    return tables


def with_lower_items(tables: dict[str, Any], fit: PlsFit) -> dict[str, Any]:
    """Items of the stage before, which seminr lists among the weights and loadings."""
    lower = fit.first_stage
    if lower is None:
        return tables
    owners = [c.name for c in lower.spec.constructs for _ in c.indicators]
    made = set(owners) - set(fit.spec.construct_names)
    for name, values in (("outer_weights", lower.weights), ("outer_loadings", lower.loadings)):
        for item, owner, value in zip(lower.spec.indicators, owners, values, strict=True):
            if owner in made:
                others = dict.fromkeys((*owners, *fit.spec.construct_names), 0.0)
                tables[name][item] = {**others, owner: float(value)}
        for row in tables[name].values():
            for construct in made:
                row.setdefault(construct, 0.0)
    return tables


def stages(fit: PlsFit, block: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    yield block, with_lower_items(in_the_products_unit(printed(fit), block), fit)
    if "first_stage" in block and fit.first_stage is not None:
        yield block["first_stage"], printed(fit.first_stage)


@pytest.mark.parametrize("key", list(BLOCKS))
def test_every_number(key: str, shared_folder: Path) -> None:
    data, text, options = BLOCKS[key]
    golden = shared_folder / "golden"
    table = pd.read_csv(golden / f"{data}.csv")
    table = table.fillna(table.mean())  # as seminr's mean replacement
    block = json.loads((golden / f"{data}_pls_seminr.json").read_text())["models"][key]
    fit = fitted(text, table, **options)
    ledger = Ledger(1e-6)
    for theirs, ours in stages(fit, block):
        kept = {name: value for name, value in theirs.items() if name != "first_stage"}
        ledger.compare(key, kept, ours)
    print(ledger.report(key))
    assert not ledger.wrong, "\n".join([*ledger.wrong[:40], ledger.report(key)])
    assert set(ledger.left) <= EXCEPTIONS, ledger.report(key)
    assert ledger.covered > 0.5 * (ledger.covered + sum(ledger.left.values()))
