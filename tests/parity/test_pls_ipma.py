"""Importance and performance, cell by cell, against the worked files and cSEM's doIPMA."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.scoring.hundred import ItemRange
from survey_engine.spec.model import Construct, ModelSpec
from survey_engine.spec.model import Path as Arrow
from survey_engine.study.quantities import layout_of, quantities
from survey_engine.study.statistic import pls_solution

from .ledger import Ledger, matrix, vector

CASES = [
    ("mobi", "modeA_path", "modeA_path"),
    ("corp_rep", "extended", "extended_modeB_mean_replacement"),
]
FORMATIVE = ("QUAL", "PERF", "CSOR", "ATTR")


class Map:
    """The engine's statistics for every construct as the target in turn."""

    def __init__(
        self, shared: Path, data: str, source: str, scale: tuple[float, float]
    ) -> None:
        text = (shared / "golden" / f"{data}_pls_seminr.json").read_text()
        block = json.loads(text)["models"][source]
        weights, paths = block["outer_weights"], block["path_coef"]
        self.spec = ModelSpec(
            id="m",
            constructs=tuple(
                Construct(
                    name=name,
                    indicators=tuple(
                        item
                        for i, item in enumerate(weights["rows"])
                        if weights["values"][i][k]
                    ),
                )
                for k, name in enumerate(weights["cols"])
            ),
            paths=tuple(
                Arrow.model_validate({"from": a, "to": b})
                for i, a in enumerate(paths["rows"])
                for j, b in enumerate(paths["cols"])
                if paths["values"][i][j]
            ),
        )
        self.names, self.items = self.spec.construct_names, self.spec.indicators
        table = pd.read_csv(shared / "golden" / f"{data}.csv")[list(self.items)]
        values = table.fillna(table.mean()).to_numpy(dtype=float)
        moments = Moments(
            columns=self.items,
            n=len(values),
            n_effective=float(len(values)),
            mean=values.mean(axis=0),
            covariance=np.cov(values.T, bias=True),
        )
        modes = {c: "B" for c in FORMATIVE if c in self.names}
        self.fit = PlsEstimator(modes=modes).fit(self.spec, moments)
        p = len(self.items)
        ranges = ItemRange(minimum=np.full(p, scale[0]), maximum=np.full(p, scale[1]))
        solution = pls_solution(self.fit)
        self.by_target = {
            name: quantities(
                solution,
                layout_of(self.spec, metric="standardised", ranges=ranges, target=name),
            )
            for name in self.names
        }
        self.any = next(iter(self.by_target.values()))
        unit = 100.0 * (values - scale[0]) / (scale[1] - scale[0])
        owner = np.repeat(
            np.arange(len(self.names)), [len(c.indicators) for c in self.spec.constructs]
        )
        self.mask = np.eye(len(self.names))[owner]
        self.shares = self.any["unstandardised_weights"][:, None] * self.mask
        self.scores = unit @ self.shares

    @property
    def effects(self) -> np.ndarray:
        """Unstandardised total effects, from row to column."""
        return np.stack([self.by_target[name]["importance"] for name in self.names], axis=1)


@pytest.mark.parametrize(("data", "key", "source"), CASES)
def test_every_number(data: str, key: str, source: str, shared_folder: Path) -> None:
    text = (shared_folder / "golden" / f"{data}_pls_ipma.json").read_text()
    golden = json.loads(text)["models"][key]
    scale = (float(golden["scale_min"]), float(golden["scale_max"]))
    found = Map(shared_folder, data, source, scale)
    names, items = found.names, found.items
    effects = found.effects
    direct = np.linalg.inv(np.eye(len(names)) + effects)
    ours: dict[str, Any] = {
        "scale_min": scale[0],
        "scale_max": scale[1],
        "normalised_unstandardised_weights": matrix(found.shares, items, names),
        "performance": vector(found.any["performance"], names),
        "latent_score_sd_0_100": vector(found.any["score_deviation"], names),
        "unstandardised_total_effects": matrix(effects, names, names),
        "unstandardised_paths": matrix(np.eye(len(names)) - direct, names, names),
        "standardised_total_effects": matrix(found.fit.total_effects, names, names),
        "scores_0_100_first10": matrix(
            found.scores[:10], tuple(golden["scores_0_100_first10"]["rows"]), names
        ),
        "item_performance": vector(found.any["item_performance"], items),
    }
    ledger = Ledger(1e-8)
    ledger.compare(key, golden, ours)
    print(ledger.report(f"{data}_pls_ipma"))
    assert not ledger.wrong, "\n".join(ledger.wrong)
    assert not ledger.left


def test_csem_do_ipma(shared_folder: Path) -> None:
    """Scores on the answer scale itself: 1-10 instead of 0-100."""
    text = (shared_folder / "golden" / "mobi_pls_csem.json").read_text()
    golden = json.loads(text)["models"]["pls_modeA_path"]["doIPMA"]
    found = Map(shared_folder, "mobi", "modeA_path", (1.0, 10.0))
    names, items = found.names, found.items
    on_items = np.stack([found.by_target[name]["item_effect"] for name in names])
    on_items = on_items + found.shares.T  # cSEM counts what an item does to its own construct
    ours = {
        "Construct_performance": vector(1.0 + found.any["performance"] * 0.09, names),
        "Indicator_performance": vector(1.0 + found.any["item_performance"] * 0.09, items),
        "Construct_importance": matrix(found.effects.T, names, names),
        "Indicator_importance": matrix(on_items, names, items),
    }
    ledger = Ledger(1e-8)
    ledger.compare("doIPMA", golden, ours)
    print(ledger.report("doIPMA"))
    assert not ledger.wrong, "\n".join(ledger.wrong)
