"""Modification indices against lavaan 0.6-14, run at the polished reference solutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from survey_engine.assessment.model_tests.score_tests import modification_indices
from tests.parity.points import models, reference_point

RELATIVE = 1e-6
FILES = {
    "hs": ("holzinger_cbsem_lavaan.json", "ml", 54),
    "mimic": ("holzinger_cbsem_lavaan.json", "ml_mimic_covariates", 54),
    "orth": ("holzinger_cbsem_lavaan.json", "ml_orthogonal", 48),
    "pdeq": ("political_democracy_cbsem_lavaan.json", "ml_equal_loadings", 73),
    "mobi": ("mobi_cbsem_lavaan.json", "ecsi_core_ml", 286),
}
"""File, block, number of parameters lavaan lists (mobi: it drops one, see decision 0030)."""
ROWS = [
    # model, lhs, op, rhs, mi, epc, sepc.lv, sepc.all
    ("hs", "visual", "=~", "x9", 36.4110165612, 0.5770219311, 0.5191002325, 0.5152492572),
    ("hs", "x7", "~~", "x8", 34.1451046557, 0.536443845252, 0.536443845252, 0.859150549092),
    ("mimic", "visual", "=~", "x9", 31.2941602, 0.5259317811, 0.4522505251, 0.4488954783),
    ("mimic", "x7", "~~", "x8", 20.8305817069, 0.352639304561, 0.352639304561, 0.578028588235),
    (
        "pdeq",
        "ind60",
        "=~",
        "y4",
        3.94585451808,
        0.702298058176,
        0.470381943022,
        0.143073336619,
    ),
    ("pdeq", "y1", "~~", "y3", 2.93662894495, 0.762542556252, 0.762542556252, 0.251525343249),
    ("pdeq", "dem60", "=~", "y7", 2.303693778, 0.251213134543, 0.5530372859, 0.175244953196),
    (
        "orth",
        "visual",
        "=~",
        "x9",
        40.0442529805,
        0.5516672083,
        0.399235956046,
        0.396274200843,
    ),
    ("orth", "visual", "~~", "speed", 22.63335778, 0.187822271513, 0.3926443004, 0.3926443004),
    ("mobi", "IMAG2", "~~", "PERQ2", 48.42965628, 1.03527912392, 1.03527912392, 0.455230022201),
    ("mobi", "Value", "=~", "CUSA3", 9.631775313, 0.252487613308, 0.40740809, 0.233707926635),
    (
        "mobi",
        "Loyalty",
        "~",
        "Quality",
        5.0994799836,
        -9.17594902,
        -6.04205022728,
        -6.04205022728,
    ),
    (
        "mobi",
        "Loyalty",
        "~",
        "Value",
        3.9624656933,
        -0.506567655,
        -0.49264235419,
        -0.49264235419,
    ),
]


@pytest.mark.parametrize("name", FILES)
def test_indices_and_expected_changes_agree(shared_folder: Path, name: str) -> None:
    file, block, count = FILES[name]
    blocks = models(shared_folder, file)
    point = reference_point(blocks[block], blocks)
    exogenous = ("sexm", "ageyr") if name == "mimic" else ()
    found = modification_indices(point, exogenous=exogenous)
    assert len(found) == count
    ours = {(one.lhs, one.op, one.rhs): one for one in found}
    for _, lhs, op, rhs, *expected in (row for row in ROWS if row[0] == name):
        one = ours[lhs, op, rhs]
        for value, other in zip(
            (one.mi, one.epc, one.sepc_lv, one.sepc_all), expected, strict=True
        ):
            assert value == pytest.approx(other, rel=RELATIVE), (lhs, op, rhs)


def test_every_index_is_worth_a_chi_square_of_one(shared_folder: Path) -> None:
    point = reference_point(models(shared_folder, FILES["hs"][0])["ml"])
    for one in modification_indices(point, scaling=2.0):
        assert one.mi_scaled == pytest.approx(one.mi / 2)
        assert 0 <= one.p <= 1
    values = np.array([one.mi for one in modification_indices(point)])
    assert (values >= 0).all()
