"""LimeSurvey's own structure file ``.lss`` (XML): import only.

Tables ``groups``, ``questions``, ``subquestions``, ``answers`` and, since version 4, their
``_l10ns`` tables with the words of each language.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey_engine.exchange.cells import refusal, xml_tree
from survey_engine.exchange.draft import Draft
from survey_engine.exchange.limesurvey import Row, Structure, language_code, words

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Record = dict[str, str]


def recognises(content: bytes) -> bool:
    """XML whose root is a document of LimeSurvey."""
    head = content[:2000]
    return b"<document" in head and b"<LimeSurveyDocType>" in head


def read(content: bytes, file: str) -> Draft:
    """The draft of a structure; raises ResponseError."""
    root = xml_tree(content, file)
    survey = next(_rows(root, "surveys"), {})
    main = language_code(survey.get("language", "en"))
    others = survey.get("additional_languages", "").split()
    structure = Structure(file=file, languages=[main, *map(language_code, others)])
    for one in _rows(root, "surveys_languagesettings"):
        if title := words(one.get("surveyls_title", "")):
            structure.titles[language_code(one.get("surveyls_language", main))] = title
    _groups(root, structure)
    _questions(root, structure)
    questions = structure.drafted()
    if not questions:
        raise refusal("EXCHANGE_BROKEN", file, reason="questions")
    return Draft(
        id=survey.get("sid", "") or file.rpartition(".")[0],
        title=structure.titles,
        languages=tuple(structure.languages),
        questions=questions,
        blocks=structure.blocks(),
        left_out=tuple(structure.left_out()),
    )


def _rows(root: Element, table: str) -> Iterator[Record]:
    for row in root.findall(f"./{table}/rows/row"):
        yield {cell.tag: (cell.text or "").strip() for cell in row}


def _words(root: Element, table: str, key: str, column: str) -> Iterator[tuple[str, str, str]]:
    """(id, language, words) from the table itself (version 3) and its ``_l10ns``."""
    for name in (table, f"{table.removesuffix('s')}_l10ns"):
        for one in _rows(root, name):
            if "language" in one and column in one:
                yield one.get(key, ""), language_code(one["language"]), words(one[column])


def _groups(root: Element, structure: Structure) -> None:
    rules = {
        one["gid"]: one.get("grelevance", "") for one in _ordered(root, "groups", "group_order")
    }
    for gid, rule in rules.items():
        structure.groups[f"G{gid}"] = ({}, {}, rule)
    for place, column in enumerate(("group_name", "description")):
        for gid, language, text in _words(root, "groups", "gid", column):
            if text and f"G{gid}" in structure.groups:
                structure.groups[f"G{gid}"][place][language] = text  # type: ignore[index]


def _ordered(root: Element, table: str, column: str) -> list[Record]:
    rows = list(_rows(root, table))
    return sorted(rows, key=lambda one: int(one.get(column) or 0))


def _questions(root: Element, structure: Structure) -> None:
    groups = list(structure.groups)
    by_id: dict[str, Row] = {}
    rows = _ordered(root, "questions", "question_order")
    rows.sort(
        key=lambda one: groups.index(f"G{one['gid']}") if f"G{one['gid']}" in groups else -1
    )
    for one in rows:
        if one["qid"] not in by_id and one.get("parent_qid", "0") in ("", "0"):
            row = Row(code=one["title"], kind=one["type"], group=f"G{one['gid']}",
                      relevance=one.get("relevance", ""))  # fmt: skip
            by_id[one["qid"]] = row
            structure.questions[one["qid"]] = row
    for one in _rows(root, "question_attributes"):
        row = by_id.get(one.get("qid", ""), Row(code=""))
        row.low = one["value"] if one.get("attribute") == "min_num_value_n" else row.low
        row.high = one["value"] if one.get("attribute") == "max_num_value_n" else row.high
    for one in _ordered(root, "subquestions", "question_order"):
        parent = by_id.get(one.get("parent_qid", ""))
        if parent is not None and one["title"] not in parent.parts:
            by_id[one["qid"]] = parent.parts[one["title"]] = Row(code=one["title"])
    for table in ("questions", "subquestions"):
        for name in (table, "questions") if table == "subquestions" else (table,):
            for qid, language, text in _words(root, name, "qid", "question"):
                if qid in by_id and text:
                    by_id[qid].text[language] = text
    _answers(root, by_id)


def _answers(root: Element, by_id: dict[str, Row]) -> None:
    codes: dict[str, tuple[str, str]] = {}
    for one in _ordered(root, "answers", "sortorder"):
        qid, code = one.get("qid", ""), one.get("code", "")
        if qid not in by_id:
            continue
        texts = by_id[qid].answers.setdefault(code, {})
        codes[one.get("aid", "")] = (qid, code)
        if "language" in one and one.get("answer"):
            texts[language_code(one["language"])] = words(one["answer"])
    for one in _rows(root, "answer_l10ns"):
        if one.get("aid") in codes and one.get("answer"):
            qid, code = codes[one["aid"]]
            by_id[qid].answers[code][language_code(one["language"])] = words(one["answer"])
