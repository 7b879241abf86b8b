"""What a question is about, from its words; how a header splits into stem and statement."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from survey_engine.instrument.lint.lexicon import LEXICONS, found_in
from survey_engine.responses.text import wording

CONSTRUCTS = (
    "Image", "Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty",
)  # fmt: skip
PREFIX = {
    "Image": "IMG", "Expectation": "EXP", "Quality": "QUA", "Value": "VAL",
    "Satisfaction": "SAT", "Complaints": "COM", "Loyalty": "LOY",
}  # fmt: skip

_OVERALL = re.compile(
    r"(?:\b(?:overall|all in all|in general|taken together|as a whole|everything considered)\b"
    r".*satisf)|(?:satisf.*\b(?:overall|in general|as a whole|all in all)\b)"
    r"|overall (?:experience|rating|impression)"
    r"|(?:总体|整体|总的|综合|全面).{0,12}(?:满意|评价)|满意.{0,6}(?:总体|整体)",
    re.IGNORECASE,
)
_RECOMMENDS = re.compile(r"\brecommend|推荐|推薦|介绍给", re.IGNORECASE)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("Complaints", r"\bcomplain|投诉|抱怨"),
        (
            "Loyalty",
            r"\brecommend|\bagain\b|repurchas|\brebook|come back|\breturn to us|\bcontinue\b"
            r"|\bstay (?:with|a customer)|\bswitch|\bloyal|first choice|next time"
            r"|推荐|再次|再来|继续(?:使用|购买|选择)|下次|还会|首选|忠诚|回购|复购|续约",
        ),
        (
            "Satisfaction",
            r"(?:meet|met|meets|exceed\w*|fell? short|compared?).{0,40}expect|\bideal"
            r"|(?:达到|符合|超出|超过|满足|相比).{0,12}(?:期望|预期|期待)"
            r"|(?:期望|预期|期待).{0,6}(?:相比|相符|一致)|理想",
        ),
        ("Expectation", r"\bexpect(?:ed|ation|ations)?\b|期望|预期|期待"),
        (
            "Value",
            r"\bprice|\bvalue\b|\bworth\b|\bcosts?\b|\bafford|\bfees?\b|money"
            r"|价格|性价比|物有所值|值得|收费|价钱|划算|费用|票价",
        ),
        (
            "Image",
            r"\bimage\b|reputation|\btrust|\bbrand\b|well[- ]known|\bhonest"
            r"|形象|口碑|信任|知名|声誉|信赖|品牌|诚信",
        ),
        (
            "Quality",
            r"qualit|service|staff|product|\bclean|\bspeed|\bfast|\bfriendly|\bhelpful|deliver"
            r"|\broom|\bfood|selection|\bwait|reliab|\bapp\b|website|store|comfort|support"
            r"|\beasy\b|质量|品质|服务|产品|环境|速度|态度|卫生|干净|口味|菜品|配送|物流|包装|员工|等待|房间"
            r"|设施|专业|及时|方便|便利|种类|舒适",
        ),
    )
)
_BARE_NUMBER = re.compile(r"^[Qq]\d{1,3}[a-z]?\s+(?=\S)")
_ENDS = re.compile(
    r"\s*[(（\[]\s*[01]\s*(?:[-–—~～]|to|至|到)\s*(?:5|7|10)\s*分?\s*[)）\]]", re.IGNORECASE
)
_BEHIND = re.compile(r"^(?P<stem>.{3,}?)\s*(?:\[(?P<row>[^\[\]]{1,200})\]\s*$)")
_MARK = re.compile(r"^(?P<stem>.{3,}?)(?:\s[-–—|]\s|——|—|[:：])\s*(?P<row>[^:：—]{1,120})$")


def is_overall(text: str) -> bool:
    """Whether a question asks for overall satisfaction."""
    return _OVERALL.search(text) is not None


def recommends(text: str) -> bool:
    """Whether a question asks about recommending."""
    return _RECOMMENDS.search(text) is not None


def construct_of(text: str, stem: str = "") -> str:
    """The construct the words speak of; "" where none of the rules fits.

    Examples
    --------
    >>> construct_of("Friendliness of the staff"), construct_of("性价比"), construct_of("Other")
    ('Quality', 'Value', '')
    >>> construct_of("Overall, how satisfied are you?")
    'Satisfaction'
    """
    if is_overall(text):
        return "Satisfaction"
    for part in (text, stem):
        for name, rule in _RULES:
            if part and rule.search(part):
                return name
    return ""


def language_of(texts: list[str]) -> str:
    """``"zh"`` where most headers hold Chinese, otherwise ``"en"``."""
    chinese = sum(any("\u4e00" <= c <= "\u9fff" for c in text) for text in texts)
    return "zh" if chinese * 2 > len(texts) else "en"


def speaks_badly(text: str, language: str) -> bool:
    """Whether a statement says something bad, so that agreeing is no praise."""
    words = LEXICONS[language]
    return bool(found_in(words.bad, text) or found_in(words.negated, text))


def statements(
    titles: Mapping[str, str], groups: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Stem and statement of every column; the stem is empty outside a matrix.

    A stem counts when two columns share it.

    Parameters
    ----------
    titles : Mapping[str, str]
        Question text by column.
    groups : Mapping[str, str]
        Title above a column (merged headers).
    """
    split = {column: _split(_asked(title)) for column, title in titles.items()}
    shared = Counter(stem for stem, _ in split.values() if stem)
    found: dict[str, tuple[str, str]] = {}
    for column, title in titles.items():
        stem, row = split[column]
        if stem and shared[stem] > 1:
            found[column] = stem, _asked(row)
        else:
            found[column] = wording(groups.get(column, "")), _asked(title) or column
    return found


def _asked(title: str) -> str:
    """The question without its number and the ends of its scale."""
    return _ENDS.sub("", _BARE_NUMBER.sub("", wording(title))).strip()


def _split(title: str) -> tuple[str, str]:
    match = _BEHIND.match(title) or _MARK.match(title)
    return (match.group("stem").strip(), match.group("row").strip()) if match else ("", title)
