"""Start from the file: an export in, a draft questionnaire (and model) out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_engine.errors import AuthoringError, Diagnostic, UsageProblem, Where, diagnostic
from survey_engine.instrument.dump import dump_instrument
from survey_engine.instrument.model import Instrument, OpenQuestion
from survey_engine.readers import read_file
from survey_engine.report.narrative.wording import Wording
from survey_engine.responses.draft.build import Proposal, build, propose
from survey_engine.responses.draft.given import shown
from survey_engine.responses.draft.items import Named
from survey_engine.responses.draft.questions import Answer, Question, asked
from survey_engine.spec.dump import dump_model_yaml
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.propose import proposed_model
from survey_engine.workflows.resources import authored_text, existing_file, load_wording
from survey_engine.workflows.write_file import write_atomically

Ask = Callable[[Question, UsageProblem | None], Any]
"""Asks a person; what comes back is checked as an answer, None keeps the question open.

An answer that does not fit is asked for again, with what was wrong with it.
"""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A drafted questionnaire.

    Attributes
    ----------
    proposal : Proposal
    answers : Mapping[str, object]
    instrument : Instrument
    model : ModelSpec or None
        Where the constructs asked about carry an index model.
    diagnostics : tuple[Diagnostic, ...]
        What reading found and what was set aside.
    """

    proposal: Proposal
    answers: Mapping[str, Answer]
    instrument: Instrument
    model: ModelSpec | None
    diagnostics: tuple[Diagnostic, ...]


def draft_instrument(
    export: Path,
    *,
    answers: Mapping[str, Any] | None = None,
    ask: Ask | None = None,
    language: str | None = None,
    named: Named | None = None,
) -> Draft:
    """Propose a questionnaire from an export.

    Parameters
    ----------
    export : Path
        Any file the readers understand.
    answers : Mapping[str, Any], optional
        Answers by question id, as in an answers file.
    ask : callable, optional
        Asked for each question the answers leave open, five at most.
    language : str, optional
        Of the wordings; otherwise told by the headers.
    named : Named, optional
        Id and title; otherwise from the file's name.

    Raises
    ------
    SurveyEngineError
        The file cannot be read, holds no ratings, or an answer does not fit.
    """
    if language is not None:
        load_wording(language)  # an unknown language is told before anything is read
    raw = read_file(export)
    proposal = propose(raw, language=language)
    given = proposal.checked(answers or {})
    for question in [*asked(proposal.questions, given)] if ask is not None else ():
        if ask is not None:
            given |= _reply(proposal, question, ask)
    words = Wording(language=proposal.language, catalogue=load_wording(proposal.language))
    name = named or Named(id=draft_id(export.stem), title=export.stem)
    labels = words.node("draft.constructs")
    source = words.say("draft.source", file=export.name)
    instrument, told = build(
        proposal,
        given,
        named=Named(id=name.id, title=name.title, source=source),
        construct_labels=labels,
        score_labels=words.node("draft.scores"),
    )
    model = proposed_model(instrument, model_id=f"{name.id}-model", labels=labels)
    left = [one for one in proposal.questions if one.id not in given]
    open_questions = tuple(open_question(one, words) for one in left)
    changed = {
        "open_questions": open_questions,
        "models": () if model is None else (model.id,),
    }
    instrument = instrument.model_copy(update=changed)
    return Draft(
        proposal=proposal,
        answers=given,
        instrument=instrument,
        model=model,
        diagnostics=(*raw.diagnostics, *told),
    )


def _reply(proposal: Proposal, question: Question, ask: Ask) -> dict[str, Answer]:
    """An answer that fits, however often it takes; empty if the question stays open."""
    fault: UsageProblem | None = None
    while True:
        reply = ask(question, fault)
        if reply is None:
            return {}
        try:
            return proposal.checked({question.id: reply})
        except UsageProblem as problem:
            fault = problem


def draft_id(stem: str) -> str:
    """An id from a file's name; one of its own where the name has no plain letters."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-").lower()
    return plain or f"survey-{hashlib.sha256(stem.encode()).hexdigest()[:6]}"


def question_words(question: Question, words: Wording) -> dict[str, str]:
    """Question, evidence, default and what changes, in words."""
    at = f"draft.questions.{question.id}"
    items = ", ".join(question.items)
    return {
        "ask": words.say(f"{at}.ask", items=items),
        "how": words.say(f"{at}.how"),
        "evidence": words.say(f"{at}.evidence", **_evidence(question)),
        "changes": words.say(f"{at}.changes"),
        "default": shown(question.default),
    }


def _evidence(question: Question) -> dict[str, str]:
    facts = question.evidence
    if question.id == "direction":
        return {"mean": f"{facts['mean']:.1f}", "top": f"{facts['top']:.0f}"}
    if question.id == "overall":
        return {"n": str(facts["n"])}
    pairs = (f"{key}: {'–' if value is None else value}" for key, value in facts.items())
    return {"pairs": "; ".join(pairs)}


def open_question(question: Question, words: Wording) -> OpenQuestion:
    """A question as it stands in the draft until somebody answers it."""
    said = question_words(question, words)
    return OpenQuestion(
        id=question.id,
        ask=said["ask"],
        items=question.items,
        assumed=said["default"],
        evidence=said["evidence"],
        changes=said["changes"],
    )


def load_answers(path: Path) -> dict[str, Any]:
    """Answers of a YAML file: question id and answer.

    Raises
    ------
    SurveyEngineError
        The file is missing or no YAML mapping.
    """
    from survey_engine.instrument.yaml_document import compose_document

    document = compose_document(authored_text(existing_file(path)), file=path.name)
    if not isinstance(document.data, dict):
        where = Where(file=path.name)
        found = str(document.data)[:60]
        raise AuthoringError(
            diagnostic("EXPECTED_MAPPING", where=where, key=path.name, found=found)
        )
    return dict(document.data)


def write_draft(draft: Draft, path: Path) -> tuple[Path, ...]:
    """Write the questionnaire, and its model beside it.

    The model's file is named after its id, which the questionnaire's ``models`` names.
    """
    words = Wording(
        language=draft.proposal.language, catalogue=load_wording(draft.proposal.language)
    )
    head = _comment(words.say("draft.head", file=path.name))
    text = head + dump_instrument(draft.instrument)
    written = [write_atomically(path, text.encode("utf-8"))]
    if draft.model is not None:
        body = _comment(words.say("draft.model_head")) + dump_model_yaml(draft.model)
        beside = path.parent / f"{draft.model.id}.yaml"
        written.append(write_atomically(beside, body.encode("utf-8")))
    return tuple(written)


def _comment(text: str) -> str:
    lines: Sequence[str] = text.strip().splitlines()
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"
