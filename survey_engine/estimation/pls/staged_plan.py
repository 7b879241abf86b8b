"""The plan of a model with products or higher-order constructs: its runs and products."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.estimation.pls.made_columns import Recipe
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Product:
    """An interaction of two constructs, or a square: its name, parts and targets."""

    name: str
    first: str
    second: str
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One run: a model, and how each of its indicators is made."""

    spec: ModelSpec
    recipes: tuple[Recipe, ...]


@dataclass(frozen=True, kw_only=True)
class StagedModel:
    """A model that is not one plain run.

    Attributes
    ----------
    authored : ModelSpec
    items : tuple[str, ...], length p
        Observed indicators.
    pairs : tuple[tuple[int, int], ...], length q
        Positions of the items whose products are needed beside them.
    stages : tuple[Stage, ...]
        One or two; the last is what tables show.
    products : tuple[Product, ...]
    """

    authored: ModelSpec
    items: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    stages: tuple[Stage, ...]
    products: tuple[Product, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Items, then products named ``item:item``."""
        products = (f"{self.items[i]}:{self.items[k]}" for i, k in self.pairs)
        return (*self.items, *products)

    @property
    def final(self) -> ModelSpec:
        """The model of the last run."""
        return self.stages[-1].spec
