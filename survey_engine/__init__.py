"""survey_engine measures customer satisfaction and loyalty from surveys.

    import survey_engine as se

    data = se.read("export.csv", instrument="ecsi")
    result = se.Study(data, model="ecsi", seed=1).run()
    result.index
    result.report("report.pdf", lang="en")

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey_engine.api import Index, ReadColumns, Result, Study, explore, read
    from survey_engine.api_compare import compare
    from survey_engine.api_data import clean, moments, weight
    from survey_engine.api_draft import draft_instrument, largest_report
    from survey_engine.api_instrument import Instrument, import_instrument, scores
    from survey_engine.api_model import export_model
    from survey_engine.api_reconcile import reconcile
    from survey_engine.api_simulate import (
        Population,
        SurveyDesign,
        population_moments,
        simulate,
    )

    __version__: str

_IN_INSTRUMENT = ("Instrument", "import_instrument", "scores")
_IN_DRAFT = ("draft_instrument", "largest_report")
_IN_SIMULATION = ("Population", "SurveyDesign", "population_moments", "simulate")
_IN_DATA = ("clean", "moments", "weight")
__all__ = [
    "Index",
    "Instrument",
    "Population",
    "ReadColumns",
    "Result",
    "Study",
    "SurveyDesign",
    "__version__",
    "clean",
    "compare",
    "draft_instrument",
    "explore",
    "export_model",
    "import_instrument",
    "largest_report",
    "moments",
    "population_moments",
    "read",
    "reconcile",
    "scores",
    "simulate",
    "weight",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("survey_engine")
        except PackageNotFoundError:  # a checkout that is not installed
            return "0+unknown"
    if name in _IN_INSTRUMENT:
        from survey_engine import api_instrument

        return getattr(api_instrument, name)
    if name in _IN_DRAFT:
        from survey_engine import api_draft

        return getattr(api_draft, name)
    if name in _IN_SIMULATION:
        from survey_engine import api_simulate

        return getattr(api_simulate, name)
    if name in _IN_DATA:
        from survey_engine import api_data

        return getattr(api_data, name)
    if name == "compare":
        from survey_engine import api_compare

        return api_compare.compare
    if name == "reconcile":
        from survey_engine import api_reconcile

        return api_reconcile.reconcile
    if name == "export_model":
        from survey_engine.api_model import export_model

        return export_model
    if name in __all__:
        from survey_engine import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
