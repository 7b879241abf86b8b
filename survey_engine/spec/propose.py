"""A satisfaction index model from the constructs a questionnaire asks about."""

from __future__ import annotations

from collections.abc import Mapping

from survey_engine.instrument.model import Instrument
from survey_engine.spec.model import Construct, GridCell, ModelSpec, Path, Roles

FEWEST_ITEMS = 2
"""Questions a construct needs before its measurement can be judged."""
FEWEST_DRIVERS = 2
INDEX = "Satisfaction"
DRIVERS = ("Image", "Expectation", "Quality", "Value")
_PATHS = (
    ("Image", "Expectation"), ("Image", "Satisfaction"), ("Image", "Loyalty"),
    ("Expectation", "Quality"), ("Expectation", "Value"), ("Expectation", "Satisfaction"),
    ("Quality", "Value"), ("Quality", "Satisfaction"), ("Value", "Satisfaction"),
    ("Satisfaction", "Complaints"), ("Satisfaction", "Loyalty"), ("Complaints", "Loyalty"),
)  # fmt: skip
_PLACES = {
    "Image": (0.0, 0.0), "Expectation": (0.0, 4.0), "Quality": (1.4, 3.0), "Value": (2.8, 4.0),
    "Satisfaction": (4.0, 2.0), "Complaints": (5.2, 3.6), "Loyalty": (5.4, 0.4),
}  # fmt: skip
_SOURCE = "European customer satisfaction index (Tenenhaus et al. 2005), constructs asked only"


def rated_by_construct(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Rated questions of each construct of the index model, in the order they are asked."""
    found: dict[str, tuple[str, ...]] = {}
    for name in _PLACES:
        items = tuple(
            one.id
            for one in instrument.items
            if one.construct_name == name and one.role in ("indicator", "overall")
        )
        if items:
            found[name] = items
    return found


def lacking_for_model(instrument: Instrument) -> dict[str, int]:
    """Questions each construct lacks before an index model can be built; empty if none.

    An index needs two questions on satisfaction and two of its four drivers with two
    questions each: those that need the fewest more are named.
    """
    have = {name: len(items) for name, items in rated_by_construct(instrument).items()}
    lacking = {name: max(0, FEWEST_ITEMS - have.get(name, 0)) for name in (INDEX, *DRIVERS)}
    near = sorted(DRIVERS, key=lambda name: lacking[name])[:FEWEST_DRIVERS]
    return {name: lacking[name] for name in (INDEX, *near) if lacking[name]}


def proposed_model(
    instrument: Instrument, *, model_id: str, labels: Mapping[str, str]
) -> ModelSpec | None:
    """The index model of the constructs asked about; None where they are too few.

    Parameters
    ----------
    instrument : Instrument
    model_id : str
    labels : Mapping[str, str]
        Names of the constructs in the questionnaire's first language.
    """
    if lacking_for_model(instrument):
        return None
    language = instrument.languages[0]
    blocks = {
        name: items
        for name, items in rated_by_construct(instrument).items()
        if len(items) >= FEWEST_ITEMS
    }
    outcomes = {name: name for name in ("Loyalty", "Complaints") if name in blocks}
    return ModelSpec(
        id=model_id,
        version="0.1",
        title=dict(instrument.title),
        source=_SOURCE,
        constructs=tuple(
            Construct(name=name, label={language: labels[name]}, indicators=items)
            for name, items in blocks.items()
        ),
        paths=tuple(Path(source=a, target=b) for a, b in _PATHS if a in blocks and b in blocks),
        roles=Roles(
            index=INDEX,
            drivers=tuple(name for name in DRIVERS if name in blocks),
            loyalty=outcomes.get("Loyalty"),
            complaints=outcomes.get("Complaints"),
        ),
        layout={
            name: GridCell(column=_PLACES[name][0], row=_PLACES[name][1]) for name in blocks
        },
    )
