"""What we claim: constructs, paths, roles, and the statements of a model text.

Authored by people, therefore pydantic: frozen, extra fields forbidden.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from survey_engine.instrument.model import Texts

Kind = Literal["reflective", "composite", "single_item", "higher_order"]
Mode = Literal["A", "B", "PCA", "unit", "nonnegative"]
Operator = Literal["=~", "<~", "~", "~~", "~1", "|", ":=", "==", "<", ">"]


class _Authored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Construct(_Authored):
    """A latent variable or composite and the items that measure or form it.

    `kind` says what the construct is; `mode` how PLS weights it (default: A for
    reflective, B for composite): correlation weights (A), regression weights (B),
    first principal component (PCA), equal weights (unit), or regression weights that
    cannot be negative (nonnegative).
    """

    name: str = Field(min_length=1)
    indicators: tuple[str, ...]
    kind: Kind = "reflective"
    mode: Mode | None = None
    label: Texts = Field(default_factory=dict)
    reliability: float | None = Field(default=None, gt=0, le=1)


class Path(_Authored):
    """A directed structural relation."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")


class Roles(_Authored):
    """What the report is about: the index construct, its drivers, the outcomes."""

    index: str
    drivers: tuple[str, ...] = ()
    loyalty: str | None = None
    complaints: str | None = None


class GridCell(_Authored):
    """Where the path diagram draws a construct: column and row, from 0, top left."""

    column: float
    row: float


class Statement(_Authored):
    """One term of a model text, such as the loading in ``SAT =~ start(.8)*SAT1``.

    One entry per group in `fixed`, `start` and `label`; a single entry applies to all
    groups; empty means no modifier. In `fixed`, None means explicitly free (``NA``).
    For ``:=``, ``==``, ``<`` and ``>`` the right side is an expression in `rhs`.
    """

    lhs: str
    op: Operator
    rhs: str
    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    line: int | None = None
    column: int | None = None


class ModelSpec(_Authored):
    """A structural equation model as data.

    `statements` is the complete lavaan-style content (also for models written as
    constructs and paths); `constructs` and `paths` are its view for PLS, the index
    and the report. `paths` are between constructs only.
    """

    schema_version: Literal["1"] = Field(default="1", alias="schema")
    id: str = Field(min_length=1)
    version: str = "1"
    title: Texts = Field(default_factory=dict)
    source: str = ""
    constructs: tuple[Construct, ...]
    paths: tuple[Path, ...] = ()
    roles: Roles | None = None
    layout: dict[str, GridCell] = Field(default_factory=dict)
    statements: tuple[Statement, ...] = ()

    @property
    def construct_names(self) -> tuple[str, ...]:
        """Names of the constructs, in the order of the model."""
        return tuple(construct.name for construct in self.constructs)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Every indicator, block by block in the order of the model."""
        return tuple(item for construct in self.constructs for item in construct.indicators)

    @property
    def staged(self) -> bool:
        """Whether PLS needs several runs: products ``A:B`` or constructs of constructs."""
        names = set(self.construct_names)
        terms = {s.rhs for s in self.statements if s.op == "~"} - names
        terms |= set(self.indicators) | names | {path.source for path in self.paths}
        return any(":" in term for term in terms) or bool(names & set(self.indicators))

    def construct_named(self, name: str) -> Construct:
        """The construct of this name; KeyError if there is none."""
        for construct in self.constructs:
            if construct.name == name:
                return construct
        raise KeyError(name)
