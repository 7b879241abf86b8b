"""PLS and PLSc, cell by cell, against seminr, plspm and cSEM on real data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import EstimationError
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import Construct, ModelSpec
from survey_engine.spec.model import Path as Arrow

TOLERANCE = 1e-8
TURNED = ("gnpr", "labo")
SCHEMES = ("path", "centroid", "factorial")


def golden(shared: Path, name: str) -> dict:
    return json.loads((shared / "golden" / f"{name}.json").read_text())["models"]


def model(blocks: dict[str, list[str]], arrows: list, kind: str = "reflective") -> ModelSpec:
    return ModelSpec(
        id="m",
        constructs=tuple(
            Construct(name=name, indicators=tuple(items), kind=kind)
            for name, items in blocks.items()
        ),
        paths=tuple(Arrow.model_validate({"from": a, "to": b}) for a, b in arrows),
    )


def moments_of(table: pd.DataFrame, spec: ModelSpec) -> Moments:
    values = table[list(spec.indicators)].to_numpy(dtype=float)
    return Moments(
        columns=spec.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )


def cells_of(matrix: dict) -> dict[tuple[str, str], float]:
    return {
        (row, col): value
        for row, values in zip(matrix["rows"], matrix["values"], strict=True)
        for col, value in zip(matrix["cols"], values, strict=True)
    }


def ours(values: np.ndarray, rows: tuple[str, ...], cols: tuple[str, ...]) -> dict:
    return {
        (row, col): float(values[i, j])
        for i, row in enumerate(rows)
        for j, col in enumerate(cols)
    }


def in_blocks(fit: PlsFit, values: np.ndarray) -> np.ndarray:
    """Values of items spread over the columns of their constructs, 0 elsewhere."""
    owner = [k for k, c in enumerate(fit.spec.constructs) for _ in c.indicators]
    spread = np.zeros((len(owner), len(fit.spec.constructs)))
    spread[np.arange(len(owner)), owner] = values
    return spread


def assert_cells(what: str, got: dict, expected: dict, tolerance: float = TOLERANCE) -> None:
    assert set(expected) <= set(got), f"{what}: cells missing {set(expected) - set(got)}"
    wrong = [
        f"{what}{list(cell)}: ours {got[cell]!r}, reference {value!r}"
        for cell, value in expected.items()
        if value is not None and not abs(got[cell] - value) <= tolerance
    ]
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def published(shared_folder: Path) -> dict:
    path = shared_folder / "published" / "ecsi_mobi_tenenhaus2005.json"
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def ecsi(published: dict) -> ModelSpec:
    return model(published["model"]["blocks"], published["model"]["paths"])


@pytest.fixture(scope="module")
def ecsi_moments(mobi: pd.DataFrame, ecsi: ModelSpec) -> Moments:
    return moments_of(mobi, ecsi)


def all_b(spec: ModelSpec) -> dict[str, str]:
    return dict.fromkeys(spec.construct_names, "B")


def check_seminr(fit: PlsFit, block: dict) -> None:
    names, items = fit.spec.construct_names, fit.spec.indicators
    weights, loadings = in_blocks(fit, fit.weights), in_blocks(fit, fit.loadings)
    assert_cells("weights", ours(weights, items, names), cells_of(block["outer_weights"]))
    assert_cells("loadings", ours(loadings, items, names), cells_of(block["outer_loadings"]))
    assert_cells("paths", ours(fit.paths, names, names), cells_of(block["path_coef"]))
    total = ours(fit.total_effects, names, names)
    assert_cells("total", total, cells_of(block["total_effects"]))
    cross = ours(fit.cross_loadings, items, names)
    assert_cells("cross", cross, cells_of(block["cross_loadings"]))
    proxies = ours(fit.proxy_correlations, names, names)
    assert_cells("correlations", proxies, cells_of(block["construct_correlations"]))
    r2 = ours(np.array([fit.r2, fit.r2_adjusted]), ("Rsq", "AdjRsq"), names)
    assert_cells("r2", r2, cells_of(block["r_squared"]))
    rho = ours(np.nan_to_num(fit.rho_a[:, None], nan=1.0), names, ("rhoA",))
    reference = {c: v for c, v in cells_of(block["reliability"]).items() if c[1] == "rhoA"}
    assert_cells("rho_a", rho, reference)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("modeA_path", {}),
        ("modeA_factorial", {"scheme": "factorial"}),
        ("modeB_image_path", {"modes": {"Image": "B"}}),
        ("modeB_all_path", {"modes": "all"}),
        ("plsc_path", {"consistent": True}),
    ],
)
def test_mobi_as_seminr(
    name: str, options: dict, shared_folder: Path, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    if options.get("modes") == "all":
        options = {"modes": all_b(ecsi)}
    fit = PlsEstimator(**options).fit(ecsi, ecsi_moments)
    check_seminr(fit, golden(shared_folder, "mobi_pls_seminr")[name])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("modes", ["modeA", "modeB_image", "modeB_all"])
def test_mobi_as_plspm(
    modes: str, scheme: str, shared_folder: Path, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    block = golden(shared_folder, "mobi_pls_plspm")[f"{modes}_{scheme}"]
    chosen = {"modeA": None, "modeB_image": {"Image": "B"}, "modeB_all": all_b(ecsi)}[modes]
    fit = PlsEstimator(scheme=scheme, modes=chosen).fit(ecsi, ecsi_moments)
    check_plspm(fit, block, weight_factor=1.0)


def check_plspm(fit: PlsFit, block: dict, *, weight_factor: float) -> None:
    names, items = fit.spec.construct_names, fit.spec.indicators
    paths = cells_of(block["path_coef_rows_are_targets"])
    assert_cells("paths (to, from)", ours(fit.paths.T, names, names), paths)
    cross = ours(fit.cross_loadings, items, names)
    assert_cells("cross", cross, cells_of(block["cross_loadings"]))
    weights = dict(zip(items, fit.weights * weight_factor, strict=True))
    for row in block["outer_model"]:
        # plspm turns the scores of a block round but not its weights (Russett's IND).
        if row["name"] in TURNED:
            weights[row["name"]] *= -1.0
    loadings = dict(zip(items, fit.loadings, strict=True))
    rows = block["outer_model"]
    assert_cells("weight", weights, {row["name"]: row["weight"] for row in rows})
    assert_cells("loading", loadings, {row["name"]: row["loading"] for row in rows})
    total = ours(fit.total_effects, names, names)
    effects = {
        tuple(row["relationships"].split(" -> ")): row["total"] for row in block["effects"]
    }
    assert_cells("total", total, effects)
    r2 = dict(zip(names, np.nan_to_num(fit.r2), strict=True))
    summary = {row["construct"]: row["R2"] for row in block["inner_summary"]}
    assert_cells("r2", r2, summary)


def test_mobi_raw_as_plspm_unscaled(
    shared_folder: Path, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    # plspm gives scores variance 1 with divisor n, we with n - 1.
    block = golden(shared_folder, "mobi_pls_plspm")["modeA_path_unscaled"]
    fit = PlsEstimator(metric="raw").fit(ecsi, ecsi_moments)
    check_plspm(fit, block, weight_factor=np.sqrt(250 / 249))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", ["plsc", "pls_modeA"])
def test_mobi_as_csem(
    kind: str, scheme: str, shared_folder: Path, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    block = golden(shared_folder, "mobi_pls_csem")[f"{kind}_{scheme}"]
    fit = PlsEstimator(scheme=scheme, consistent=kind == "plsc").fit(ecsi, ecsi_moments)
    check_csem(fit, block)


@pytest.mark.parametrize("scheme", ["path", "centroid"])
def test_mobi_composites_mode_b_as_csem(
    scheme: str, shared_folder: Path, published: dict, ecsi_moments: Moments
) -> None:
    spec = model(published["model"]["blocks"], published["model"]["paths"], "composite")
    block = golden(shared_folder, "mobi_pls_csem")[f"composite_modeB_{scheme}"]
    check_csem(PlsEstimator(scheme=scheme).fit(spec, ecsi_moments), block)


def test_mobi_composite_among_common_factors_as_csem(
    shared_folder: Path, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    block = golden(shared_folder, "mobi_pls_csem")["mixed_image_composite_path"]
    image = ecsi.constructs[0].model_copy(update={"kind": "composite"})
    mixed = ecsi.model_copy(update={"constructs": (image, *ecsi.constructs[1:])})
    check_csem(PlsEstimator(consistent=True).fit(mixed, ecsi_moments), block)


def check_csem(fit: PlsFit, block: dict) -> None:
    names, items = fit.spec.construct_names, fit.spec.indicators
    paths = cells_of(block["path_estimates_rows_are_targets"])
    assert_cells("paths (to, from)", ours(fit.paths.T, names, names), paths)
    weights = ours(in_blocks(fit, fit.weights).T, names, items)
    assert_cells("weights", weights, cells_of(block["weight_estimates"]))
    loadings = ours(in_blocks(fit, fit.loadings).T, names, items)
    assert_cells("loadings", loadings, cells_of(block["loading_estimates"]))
    constructs = ours(fit.construct_correlations, names, names)
    assert_cells("constructs", constructs, cells_of(block["construct_vcv"]))
    proxies = ours(fit.proxy_correlations, names, names)
    assert_cells("proxies", proxies, cells_of(block["proxy_vcv"]))
    assert_cells("r2", dict(zip(names, fit.r2, strict=True)), block["r2"])
    adjusted = dict(zip(names, fit.r2_adjusted, strict=True))
    assert_cells("r2_adjusted", adjusted, block["r2adj"])


def test_mobi_raw_centroid_as_tenenhaus_2005(
    published: dict, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    fit = PlsEstimator(metric="raw", scheme="centroid").fit(ecsi, ecsi_moments)
    names = ecsi.construct_names
    paths = {f"{a}->{b}": v for (a, b), v in ours(fit.paths, names, names).items()}
    tolerance = published["tolerance"]["abs"]
    assert_cells("path", paths, published["values"]["paths"], tolerance)
    r2 = dict(zip(names, fit.r2, strict=True))
    assert_cells("r2", r2, published["values"]["r2"], tolerance)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("modes", ["AAA", "BBA"])
def test_russett_as_plspm(modes: str, scheme: str, shared_folder: Path) -> None:
    spec, moments = russett(shared_folder)
    chosen = dict(zip(spec.construct_names, modes, strict=True))
    fit = PlsEstimator(scheme=scheme, modes=chosen).fit(spec, moments)
    block = golden(shared_folder, "russett_pls_plspm")[f"{modes}_{scheme}"]
    check_plspm(fit, block, weight_factor=1.0)


def test_russett_all_mode_b_is_refused_as_in_r(shared_folder: Path) -> None:
    spec, moments = russett(shared_folder)
    with pytest.raises(EstimationError) as caught:
        PlsEstimator(modes=all_b(spec)).fit(spec, moments)
    (problem,) = caught.value.diagnostics
    assert problem.code == "SINGULAR_BLOCK"
    assert problem.where.constructs == ("POL",)


def russett(shared: Path) -> tuple[ModelSpec, Moments]:
    blocks = {
        "AGRI": ["gini", "farm", "rent"],
        "IND": ["gnpr", "labo"],
        "POL": ["ecks", "death", "demostab", "demoinst", "dictator"],
    }
    spec = model(blocks, [("AGRI", "POL"), ("IND", "POL")])
    return spec, moments_of(pd.read_csv(shared / "golden" / "russett.csv"), spec)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("simple_mean_replacement", {}),
        ("simple_plsc", {"consistent": True}),
        ("extended_modeB_listwise", {}),
        ("extended_modeB_mean_replacement", {}),
    ],
)
def test_corporate_reputation_as_seminr(name: str, options: dict, shared_folder: Path) -> None:
    block = golden(shared_folder, "corp_rep_pls_seminr")[name]
    cells = cells_of(block["outer_weights"])
    blocks: dict[str, list[str]] = {c: [] for c in block["constructs"]}
    for (item, construct), weight in cells.items():
        if weight:
            blocks[construct].append(item)
    arrows = [cell for cell, value in cells_of(block["path_coef"]).items() if value]
    spec = model(blocks, arrows)
    table = pd.read_csv(shared_folder / "golden" / "corp_rep.csv")[list(spec.indicators)]
    table = table.dropna() if name.endswith("listwise") else table.fillna(table.mean())
    formative = {c: "B" for c in ("QUAL", "PERF", "CSOR", "ATTR") if c in blocks}
    fit = PlsEstimator(modes=formative, **options).fit(spec, moments_of(table, spec))
    check_seminr(fit, block)
