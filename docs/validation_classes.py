"""The tables about planted classes in docs/validation.md, from the figures of `make slow`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Table = Callable[[Iterable[str], list[tuple[str, ...]]], str]
CLASSES = """## Planted classes

Samples of a population with one, two or three classes (shares .6/.4 and .4/.33/.27), five
constructs of three items with loading .9. Classes differ in their paths only: *strong* are
effects of ±.95 that change sign or driver, *moderate* effects of .6 to .85 by other drivers.
*Skewed* is one class whose answers from 1 to 10 heap at the top (skewness -.8, 72 % from 7 on).
*Wanted* is how often each number of classes (1 / 2 / 3 ...) is what AIC3 and CAIC want,
*retained* how often it is reported after the conditions on size and entropy; PLS-POS and
REBUS-PLS take the number of FIMIX-PLS. *Rand* is the mean adjusted Rand index at the true
number, beside that of the best assignment there is, with every parameter known. *Bias* is the
largest of any path of any class (paths run from -1 to 1), with its Monte-Carlo standard error;
in the strong classes drivers correlate up to .95, so that single samples have wild paths.
"""
TESTS = """Two classes sought by REBUS-PLS in 500 respondents; samples with p below .05:
"""
DESIGNS = {
    "none": "one class",
    "none-skewed": "one class, skewed answers",
    "two-strong": "two, strong",
    "two-moderate": "two, moderate",
    "three-strong": "three, strong",
    "three-moderate": "three, moderate",
}
METHODS = {
    "fimix": "FIMIX-PLS",
    "pos": "PLS-POS",
    "rebus": "REBUS-PLS",
    "sem": "latent-class SEM",
}


def planted_classes(cells: list[dict[str, Any]], table: Table) -> str:
    """The section, from the cells of all studies."""
    order = list(DESIGNS)
    rows = []
    chosen = [cell for cell in cells if cell["study"] == "classes"]
    for cell in sorted(chosen, key=lambda c: (order.index(c["design"]), c["n"])):
        known = [DESIGNS[cell["design"]], f"{cell['n']:,}", f"{cell['data_sets']:,}"]
        for method, name in METHODS.items():
            if method in cell:
                rows.append((*known, name, *_figures(cell, cell[method])))
                known = ["", "", ""]
    head = ("classes", "n", "data sets", "method", "wanted", "retained", "Rand (best)", "bias")
    return f"{CLASSES}\n{table(head, rows)}\n{_tests(cells, table)}"


def _figures(cell: dict[str, Any], found: dict[str, Any]) -> tuple[str, ...]:
    rand = f"{found['rand']:.2f} ({cell['best_rand']:.2f})" if cell["classes"] > 1 else "–"
    return (
        " / ".join(str(count) for count in found["wanted"]),
        " / ".join(str(count) for count in found["retained"]),
        rand,
        f"{found['largest_bias']:.2f} (± {found['mc_error']:.2f})",
    )


def _tests(cells: list[dict[str, Any]], table: Table) -> str:
    order = list(DESIGNS)
    chosen = [cell for cell in cells if cell["study"] == "classes-p"]
    rows = [
        (
            DESIGNS[cell["design"]],
            f"{cell['data_sets']:,}",
            f"{100 * cell['random']:.0f} %",
            f"{100 * cell['one_class']:.0f} %",
        )
        for cell in sorted(chosen, key=lambda c: order.index(c["design"]))
    ]
    head = ("classes", "data sets", "against random partitions", "against one population")
    return f"{TESTS}\n{table(head, rows)}"
