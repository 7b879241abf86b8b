"""Exports as survey tools leave them, holding the answers of a real survey.

Each file carries what a marketing team meets: several header rows, question texts instead
of names, a preview, an unfinished respondent, answers in words, personal data and columns
that belong to no question.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pandas as pd

from survey_engine.workflows.resources import load_instrument

_QUALTRICS = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("IPAddress", "IP Address", "ipAddress"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
)


def questions(language: str) -> dict[str, str]:
    """Item id -> its wording with the name of the company that was measured."""
    said = {"en": ("{brand}", "Northline"), "zh": ("{品牌}", "北线通信")}[language]
    return {
        item.id: item.text[language].replace(*said).replace("{顾客}", "客户")
        for item in load_instrument("ecsi").items
    }


def qualtrics(answers: pd.DataFrame, path: Path) -> None:
    """Three header rows, numeric codes; a preview first, an unfinished respondent last."""
    asked = questions("en")
    heads = [
        [row[0] for row in _QUALTRICS] + [f"Q{i}" for i in range(1, 25)] + ["Q25"],
        [row[1] for row in _QUALTRICS] + list(asked.values()) + ["Anything else?"],
        [json.dumps({"ImportId": row[2]}) for row in _QUALTRICS]
        + [json.dumps({"ImportId": f"QID{i}"}) for i in range(1, 26)],
    ]
    given = answers[list(asked)]
    rows = [_response(0, "1", 100, [10] * 24)]
    rows += [
        _response(i, "0", 100, list(row))
        for i, row in enumerate(given.itertuples(index=False), start=1)
    ]
    rows.append(_response(len(rows), "0", 42, [7] * 8 + [""] * 16))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([*heads, *rows])


def _response(i: int, status: str, progress: int, given: list[object]) -> list[object]:
    when = f"2026-03-{2 + i % 20:02d} 09:{i % 60:02d}:00"
    left = [when, when, status, f"203.0.113.{i % 250}", progress, 180 + 7 * (i % 40)]
    left += [int(progress == 100), when, f"R_{i:06d}", f"customer{i}@example.com"]
    return [*left, "email", "EN", *given, "" if i % 9 else "Thanks!"]


def wenjuanxing(answers: pd.DataFrame, path: Path) -> None:
    """Answers as texts: numbered questions, 312秒, the labels at both ends of a scale."""
    instrument = load_instrument("ecsi")
    scales = {scale.id: scale for scale in instrument.scales}
    asked = questions("zh")
    head = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
    head += [f"{i}、{text}" for i, text in enumerate(asked.values(), start=1)]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*head, "25、您还有其他意见吗？"])
    for i, row in enumerate(answers[list(asked)].itertuples(index=False), start=1):
        words = []
        for item, code in zip(instrument.items, row, strict=True):
            scale = scales[item.scale]
            ends = {1: scale.low["zh"], 10: scale.high["zh"]}
            words.append(f"{code} - {ends[code]}" if code in ends else str(code))
        when = f"2026/3/{2 + i % 20} 14:{i % 60:02d}:23"
        left = [i, when, f"{180 + 7 * (i % 40)}秒", "微信", f"R{i:03d}"]
        sheet.append([*left, f"203.0.113.{i % 250}(北京-北京)", *words, "(空)"])
    book.save(path)
