"""Names and labels out of the R and SPSS scripts of LimeSurvey: read as text, never run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_STRING = r'"((?:[^"\\]|\\.){0,4000})"'
_R_NAME = re.compile(r"names\(data\)\[(\d{1,5})\]\s*<-\s*" + _STRING)
_R_LABEL = re.compile(r"variable\.labels\[(\d{1,5})\]\s*<-\s*" + _STRING)
_R_FACTOR = re.compile(
    r"data\[,\s*(\d{1,5})\]\s*<-\s*factor\(data\[,\s*\d{1,5}\],\s*levels=c\(([^\n]{0,20000}?)\),\s*labels=c\(([^\n]{0,20000})\)\)"
)
_ITEMS = re.compile(_STRING + r"|(-?\d+(?:\.\d+)?)")
_SPS_STRING = r"(?:'((?:[^']|''){0,4000})'|\"((?:[^\"]|\"\"){0,4000})\")"
_SPS_VARIABLES = re.compile(
    r"/VARIABLES\s*=?\s*(.{1,2000000}?)\s*\.\s*(?:\n|$)", re.IGNORECASE | re.DOTALL
)
_SPS_DECLARED = re.compile(r"(\S+)\s+(?:[A-Z]+\d*(?:\.\d+)?)", re.IGNORECASE)
_SPS_LABEL = re.compile(r"VARIABLE LABELS\s+(\S+)\s+" + _SPS_STRING, re.IGNORECASE)
_SPS_VALUES = re.compile(
    r"VALUE LABELS\s+(\S+)\s+(.{1,100000}?)\.\s*(?:\n|$)", re.IGNORECASE | re.DOTALL
)
_SPS_PAIR = re.compile(r"(?:" + _SPS_STRING + r"|(-?\d+(?:\.\d+)?))\s+" + _SPS_STRING)
_SPS_RENAME = re.compile(r"RENAME VARIABLES?\s*\(\s*(\S+)\s*=\s*([^\s)]+)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Script:
    """What a script says of the columns of its data file, by 0-based position."""

    file: str
    names: dict[int, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    value_labels: dict[int, dict[str, str]] = field(default_factory=dict)


def parse_r(text: str, file: str) -> Script:
    """Names, variable labels and factor labels of the R syntax file."""
    factors: dict[int, dict[str, str]] = {}
    for number, levels, labels in _R_FACTOR.findall(text):
        pairs = zip(_r_items(levels), _r_items(labels), strict=False)
        factors[int(number) - 1] = dict(pairs)
    return Script(
        file=file,
        names={int(n) - 1: _unescaped(name) for n, name in _R_NAME.findall(text)},
        labels={int(n) - 1: _unescaped(label) for n, label in _R_LABEL.findall(text)},
        value_labels=factors,
    )


def _r_items(text: str) -> list[str]:
    return [number if number else _unescaped(quoted) for quoted, number in _ITEMS.findall(text)]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def parse_sps(text: str, file: str) -> Script:
    """Names, variable labels and value labels of the SPSS syntax file."""
    declared = _SPS_VARIABLES.search(text)
    order = list(_SPS_DECLARED.findall(declared.group(1))) if declared else []
    at = {name.casefold(): j for j, name in enumerate(order)}
    names = dict(enumerate(order))
    labels: dict[int, str] = {}
    values: dict[int, dict[str, str]] = {}
    for name, single, double in _SPS_LABEL.findall(text):
        if name.casefold() in at:
            labels[at[name.casefold()]] = _sps_text(single, double)
    for name, body in _SPS_VALUES.findall(text):
        if name.casefold() in at:
            values[at[name.casefold()]] = {
                number or _sps_text(s0, d0): _sps_text(s1, d1)
                for s0, d0, number, s1, d1 in _SPS_PAIR.findall(body)
            }
    for old, new in _SPS_RENAME.findall(text):
        if old.casefold() in at:
            names[at[old.casefold()]] = new
    return Script(file=file, names=names, labels=labels, value_labels=values)


def _sps_text(single: str, double: str) -> str:
    return single.replace("''", "'") if single else double.replace('""', '"')
