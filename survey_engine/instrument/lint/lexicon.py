"""Words the lint looks for, by language, with the phrases in which they mean no harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """What to look for in the questions of one language; regular expressions.

    Attributes
    ----------
    joined : str
        Words that join two things.
    harmless : str
        Phrases with such words that ask one thing; taken out before looking.
    leading, negated, bad : str
        Wordings that suggest an answer, negations, statements of something bad.
    good_end, bad_end, strong : str
        Ends of scales: good, bad (looked for first), and words of strength.
    own_letters : str
        A letter that texts of this language hold.
    """

    joined: str
    harmless: str
    leading: str
    negated: str
    bad: str
    good_end: str
    bad_end: str
    strong: str
    own_letters: str


_ENGLISH = Lexicon(
    joined=r"\b(?:and|or|as well as|and/or)\b",
    harmless=r"friend or colleague|points or rewards|terms and conditions|more and more"
    r"|again and again|whether or not|or more\b|or older\b|or higher\b|watched or unwatched"
    r"|looked and smelled|pros and cons|\bpick[- ]up and go\b",
    leading=r"don['’]t you|isn['’]t it|wouldn['’]t you|do you not agree|wouldn['’]t it"
    r"|\b(?:surely|obviously|of course|needless to say|as (?:you|everyone|everybody) knows?)\b"
    r"|\bhow much (?:did|do) you (?:enjoy|love|like)\b|\b(?:world-class|award-winning)\b"
    r"|\bour (?:excellent|great|outstanding|superb|wonderful|friendly|helpful)\b"
    r"|\bhow (?:excellent|great|wonderful|outstanding|terrible|awful|bad)\b",
    negated=r"\b(?:not|never|no|none|cannot|without|hardly|nobody|nothing)\b|n['’]t\b",
    bad=r"\b(?:is|are|was|were|seems?) (?:often |too |rather |always |very )*"
    r"(?:slow|rude|dirty|expensive|annoying|unreliable|disappointing|difficult|complicated"
    r"|unfriendly|noisy|late|confusing)\b",
    bad_end=r"\b(?:dis\w*satisf\w+|unsatisf\w+|not satisfied|disagree|poor(?:ly)?|bad(?:ly)?"
    r"|unlikely|low|difficult|not (?:at all )?(?:likely|good|easy)|terrible|awful|dislike)\b",
    good_end=r"\b(?:satisfied|agree|good|well|excellent|likely|high|easy|great)\b",
    strong=r"\b(?:very|extremely|fully|completely|totally|strongly|absolutely|far|at all)\b"
    r"|\bexcellent\b|\bterrible\b|\bawful\b",
    own_letters=r"[A-Za-z]",
)
_CHINESE = Lexicon(
    joined=r"以及|并且|而且|和|与|及|、",
    harmless=r"及时|普及|涉及|及以[上下]|参与|与否|温和|和善|和谐|平和"
    r"|[与和][^，。？、；]{1,16}?(?:相比|打交道|合作|有关|一样|约定|面对面|见面|沟通|联系|无关)"
    r"|与我们的约定|每年都会与",
    leading=r"难道|众所周知|想必|毫无疑问|不言而喻|您一定|您肯定|是否也(?:认为|觉得|同意)"
    r"|不觉得|大家都(?:认为|知道)|(?:优质|卓越|出色|一流|贴心|完美|领先)的(?:服务|产品|品牌|\{)"
    r"|有多(?:优秀|出色|糟糕|喜爱)",
    negated=r"不会|不能|不再|没有|不是|无法|从不|从未|并非|不曾",
    bad=r"(?:太|很|经常|总是|十分|非常|有点)(?:慢|贵|脏|差|吵|麻烦|复杂|难|乱|不耐烦|出错|拖延)",
    bad_end=r"不满意|不同意|不可能|不认同|不赞同|差|低|坏|困难|不容易|糟",
    good_end=r"满意|同意|可能|认同|赞同|好|高|优|容易",
    strong=r"非常|完全|极|十分|很|特别|最",
    own_letters=r"[\u4e00-\u9fff]",
)
_GERMAN = Lexicon(
    joined=r"\b(?:und|oder|sowie)\b",
    harmless=r"freund oder kollegen|mehr und mehr|nach und nach|oder mehr\b|oder älter\b"
    r"|stimme voll und ganz zu|ab und zu|allgemeinen geschäftsbedingungen und",
    leading=r"finden sie nicht|meinen sie nicht|nicht wahr"
    r"|\b(?:sicherlich|bekanntlich|selbstverständlich|zweifellos|natürlich)\b"
    r"|\bunser\w* (?:hervorragend|ausgezeichnet|großartig|freundlich|hilfsbereit)\w*"
    r"|\bwie sehr (?:lieben|genießen|mögen)\b|\bmarktführend\w*",
    negated=r"\b(?:nicht|nie|niemals|kein\w*|ohne|niemand|nichts)\b",
    bad=r"\b(?:ist|sind|war|waren) (?:oft |zu |sehr |immer |ziemlich )*"
    r"(?:langsam|teuer|unfreundlich|schmutzig|kompliziert|schwierig|enttäuschend|laut)\b",
    bad_end=r"\b(?:unzufrieden|stimme (?:\w+ )?nicht zu|schlecht|unwahrscheinlich|niedrig"
    r"|schwierig|nicht (?:wahrscheinlich|zufrieden|gut))\b",
    good_end=r"\b(?:zufrieden|stimme (?:\w+ )*zu|gut|wahrscheinlich|hoch|leicht)\b",
    strong=r"\b(?:sehr|äußerst|voll|vollständig|völlig|überhaupt|stark|weit)\b",
    own_letters=r"[A-Za-zÄÖÜäöüß]",
)
LEXICONS: Final = {"en": _ENGLISH, "zh": _CHINESE, "de": _GERMAN}


def lexicon_of(language: str) -> Lexicon | None:
    """The lexicon of a language or of its base; None where there is none."""
    return LEXICONS.get(language) or LEXICONS.get(language.split("-")[0])


def found_in(pattern: str, text: str, *, without: str = "") -> str:
    """The first match of `pattern`, as written; empty if there is none."""
    if without:
        text = re.sub(without, " ", text, flags=re.IGNORECASE)
    match = re.search(pattern, text, flags=re.IGNORECASE)
    return match.group(0).strip() if match else ""


def polarity(text: str, words: Lexicon) -> int:
    """1 for a good end of a scale, -1 for a bad one, 0 where the words do not tell.

    >>> polarity("very dissatisfied", LEXICONS["en"]), polarity("非常满意", LEXICONS["zh"])
    (-1, 1)
    """
    if found_in(words.bad_end, text):
        return -1
    return 1 if found_in(words.good_end, text) else 0


def texts_with_words(texts: dict[str, str]) -> Iterator[tuple[str, str, Lexicon]]:
    """(language, text, lexicon) of every text whose language the lint knows."""
    for language, text in texts.items():
        words = lexicon_of(language)
        if words is not None and text.strip():
            yield language, text, words
