"""Closing pages: glossary and provenance."""

from __future__ import annotations

from survey_engine.document.blocks import DefinitionList, Omission, Section
from survey_engine.report.sections.context import Context, Table


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Glossary, then how the result was made."""
    entries = context.words.node("glossary")
    pairs = tuple(
        (
            context.words.say(f"glossary.{key}.term"),
            context.words.say(f"glossary.{key}.text"),
        )
        for key in entries
    )
    terms = Table(
        key="glossary",
        columns=("term", "meaning"),
        rows=pairs,
        left=2,
        dense=True,
        widths={0: "26%"},
    )
    glossary = context.section(
        "glossary", (context.table(terms),), appendix=True, starts_page=False
    )
    return (glossary, _provenance(context))


def _provenance(context: Context) -> Section:
    made = context.result.provenance
    values = {
        "engine": f"survey_engine {made.engine_version}",
        "python": f"Python {made.python}",
        "packages": ", ".join(
            f"{name} {made.packages[name]}" for name in sorted(made.packages)
        ),
        "source": context.result.data.source,
        "data_hash": made.data_sha256,
        "instrument": made.instrument or "–",
        "model": made.model,
        "seed": str(made.seed),
    }
    pairs = tuple(
        (context.words.say(f"report.provenance.{key}"), text) for key, text in values.items()
    )
    return context.section(
        "provenance", (DefinitionList(entries=pairs),), appendix=True, starts_page=False
    )
