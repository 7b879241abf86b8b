"""Write docs/validation.md from the figures of the recovery studies.

Run ``make slow`` first: it leaves one JSON file a cell in ``recovery-out/``. Cells that
were not run stand in the page as not run; nothing is filled in from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from validation_classes import planted_classes

PAGE = Path(__file__).with_name("validation.md")
FIGURES = Path(__file__).resolve().parent.parent / "recovery-out"
KIND_NAMES = {
    "ml": "ML, normal theory",
    "mlr": "MLR, sandwich",
    "fiml": "FIML, 10 % missing",
    "wlsmv": "WLSMV, five-point answers",
    "percentile": "bootstrap, percentile",
    "bca": "bootstrap, BCa",
    "studentised": "bootstrap, studentised",
}
DESIGNS = {"two": "two constructs, 8 items", "ecsi": "ECSI, 7 constructs, 24 items"}
HEAD = """# How well known populations are recovered

Made by `python docs/write_validation.py` from the figures that `make slow` leaves; do not
edit. `survey-engine validate` compares single numbers with certified and published ones;
this page is about many samples from a population whose parameters are known.

**Truth** is the estimator applied to the exact moments of the population: for PLS that is
what PLS converges to, not the parameter of the factor model. Data are normal; weighted
samples over-represent high scores (chance of being drawn .3 to 1) and carry the inverse of
that chance. Each cell has its own seeds. *Bias* is the largest relative bias of any path
(and of the index for PLS), with its Monte-Carlo standard error; *coverage* the lowest and
highest share of 95 % intervals that hold the truth, over all parameters of the cell. With
1,000 data sets one Monte-Carlo standard error of a coverage is 0.7 points; 3.3 of them,
allowed for the family of all cells, is 2.3 points: 92.7–97.3 %. A cell that leaves a limit
is *drawn again* from the next seed, for of some hundred and fifty limits one or two are left
by chance; both samples stand here, and the second must keep them all.
"""


SIZES_NOTE = """
Swain's and Bartlett's corrections multiply the scaled statistic where there is one, else the
chi-square; with missing answers they count every respondent in full. A share of 5 % is known
to 1.4 points (two standard errors) from 1,000 data sets.
"""


def page() -> str:
    """The whole page."""
    cells = [json.loads(path.read_text()) for path in sorted(FIGURES.glob("*.json"))]
    parts = [HEAD]
    pls = [cell for cell in cells if cell["study"] == "pls"]
    cbsem = [cell for cell in cells if cell["study"] == "cbsem"]
    parts.append("## PLS: paths and index\n\n" + _pls(pls))
    parts.append("## Covariance-based SEM: paths\n\n" + _cbsem(cbsem))
    parts.append("## Size of the chi-square test (nominal 5 %)\n\n" + _sizes(cbsem))
    parts.append(planted_classes(cells, _table))
    parts.append(_advice())
    return "\n".join(parts)


def _pls(cells: list[dict[str, Any]]) -> str:
    head = ("design", "n", "weights", "data sets", "largest bias", "interval", "coverage, %")
    rows = []
    for cell in _ordered(cells):
        kinds = list(cell["coverage"])
        for at, kind in enumerate(kinds):
            known = _facts(cell) if at == 0 else ("", "", "", "", "")
            rows.append((*known, KIND_NAMES[kind], _range(cell["coverage"][kind])))
        rows += _again(cell)
    return _table(head, rows)


def _again(cell: dict[str, Any]) -> list[tuple[str, ...]]:
    """The second sample of a cell that left its limits."""
    if "again" not in cell:
        return []
    other = {**cell, **cell["again"]}
    *_, sets, bias = _facts(other)
    known = ("", "", "", f"{sets}, drawn again", bias)
    return [
        (*known, KIND_NAMES[kind], _range(shares)) for kind, shares in other["coverage"].items()
    ]


def _cbsem(cells: list[dict[str, Any]]) -> str:
    head = ("design", "n", "weights", "data sets", "largest bias", "interval", "coverage, %")
    rows = []
    for cell in sorted(cells, key=_by_design):
        for at, kind in enumerate(cell["coverage"]):
            known = _facts(cell) if at == 0 else ("", "", "", "", "")
            rows.append((*known, KIND_NAMES[kind], _range(cell["coverage"][kind])))
        rows += _again(cell)
    return _table(head, rows)


def _sizes(cells: list[dict[str, Any]]) -> str:
    names = ("chi-square", "scaled", "swain", "bartlett")
    rows = []
    for cell in sorted(cells, key=_by_design):
        weights = "yes" if cell["weighted"] else "no"
        drawn = [(f"{cell['n']:,}", cell["rejects"])]
        if "again" in cell:
            drawn.append((f"{cell['n']:,}, drawn again", cell["again"]["rejects"]))
        for n, shares in drawn:
            values = (f"{100 * shares[name]:.1f}" if name in shares else "–" for name in names)
            known = (DESIGNS[cell["design"]], KIND_NAMES[cell["kind"]], n, weights)
            rows.append((*known, *values))
    head = ("design", "estimator", "n", "weights", "chi-square, %", "scaled, %")
    return _table((*head, "Swain, %", "Bartlett, %"), rows) + SIZES_NOTE


def _by_design(cell: dict[str, Any]) -> tuple[bool, str, bool, int]:
    return cell["design"] != "two", cell["kind"], cell["weighted"], cell["n"]


def _facts(cell: dict[str, Any]) -> tuple[str, ...]:
    truth, mean, error = (cell[key] for key in ("truth", "mean", "mc_error"))
    shares = [
        (abs(m - t) / abs(t), e / abs(t)) for t, m, e in zip(truth, mean, error, strict=True)
    ]
    largest = max(shares)
    return (
        DESIGNS[cell["design"]],
        f"{cell['n']:,}",
        "yes" if cell["weighted"] else "no",
        f"{cell['data_sets']:,}" + (f" ({cell['failed']} failed)" if cell["failed"] else ""),
        f"{100 * largest[0]:.1f} % (± {100 * largest[1]:.1f})",
    )


def _range(shares: list[float]) -> str:
    low, high = 100 * min(shares), 100 * max(shares)
    return f"{low:.1f}" if low == high else f"{low:.1f} – {high:.1f}"


def _ordered(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def place(cell: dict[str, Any]) -> tuple[bool, int, bool]:
        return cell["design"] != "two", cell["n"], cell["weighted"]

    return sorted(cells, key=place)


def _table(head: Iterable[str], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return "Not run.\n"
    names = tuple(head)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _advice() -> str:
    text = Path(__file__).with_name("validation-advice.md")
    return text.read_text(encoding="utf-8") if text.is_file() else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
