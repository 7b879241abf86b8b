"""What an unquoted YAML word means: a number, true/false, nothing, or text.

Narrower than YAML 1.1 on purpose: ``1:10`` is not 70, ``010`` is not 8, a date stays
text, and yes/no/on/off are refused by the caller instead of becoming true or false.
"""

from __future__ import annotations

_REFUSED = frozenset({"yes", "no", "on", "off"})
_DIGITS = frozenset("0123456789")
_MAX_DIGITS = 18
_MAX_LENGTH = 40


def is_refused_boolean(word: str) -> bool:
    """Whether YAML readers disagree on this word: text for some, a truth value for others.

    >>> is_refused_boolean("No"), is_refused_boolean("Norway")
    (True, False)
    """
    return word.lower() in _REFUSED


def plain_value(word: str) -> str | int | float | bool | None:
    """The value of an unquoted word.

    >>> plain_value("7"), plain_value("-0.5"), plain_value("1:10"), plain_value("~")
    (7, -0.5, '1:10', None)
    """
    if word in ("", "~", "null", "Null", "NULL"):
        return None
    if word in ("true", "True", "TRUE"):
        return True
    if word in ("false", "False", "FALSE"):
        return False
    return _number(word)


def _number(word: str) -> str | int | float:
    body = word[1:] if word[0] in "+-" else word
    if not body or len(body) > _MAX_LENGTH or body[-1] not in _DIGITS:
        return word
    if _DIGITS.issuperset(body):
        padded = len(body) > 1 and body[0] == "0"
        return word if padded or len(body) > _MAX_DIGITS else int(word)
    mantissa, mark, exponent = body.lower().partition("e")
    if mark and not _DIGITS.issuperset(exponent.removeprefix("-").removeprefix("+")):
        return word
    whole, point, fraction = mantissa.partition(".")
    if (
        not (point or mark)
        or not _DIGITS.issuperset(whole + fraction)
        or not (whole + fraction)
    ):
        return word
    return _finite(word)


def _finite(word: str) -> str | float:
    value = float(word)
    return value if value - value == 0.0 else word


def plain_word_is_text(word: str) -> bool:
    """Whether `word` written without quotes is read back as this text."""
    return bool(word) and not is_refused_boolean(word) and plain_value(word) == word
