"""How it is said: templates of one language, filled and never concatenated.

Keys are dotted paths into ``reports/wording/<language>/``. Templates hold
``{placeholders}``; which sentence is true is decided in `findings`, never here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class MissingWording(KeyError):
    """A key of the catalogue is absent; a test refuses that before release."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words of one language.

    Attributes
    ----------
    language : str
    catalogue : Mapping[str, Any]
        The parsed wording file of this language.

    Examples
    --------
    >>> words = Wording(language="en", catalogue={"labels": {"n": "base {n}"}})
    >>> words.say("labels.n", n="250")
    'base 250'
    """

    language: str
    catalogue: Mapping[str, Any]

    def node(self, key: str) -> Any:
        """Whatever stands under a dotted key; `MissingWording` if nothing does."""
        node: Any = self.catalogue
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                raise MissingWording(f"{self.language}: {key}")
            node = node[part]
        return node

    def has(self, key: str) -> bool:
        """Whether the catalogue holds the key."""
        try:
            self.node(key)
        except MissingWording:
            return False
        return True

    def say(self, key: str, **values: object) -> str:
        """The template under a key, filled; names get a capital where they start it."""
        text = str(self.node(key)).format(**values)
        if self.language == "en" and str(self.node(key)).startswith("{"):
            return text[:1].upper() + text[1:]
        return text

    def choose(self, key: str, option: str) -> str:
        """One of a closed list of words, such as the name of a verdict."""
        return self.say(f"{key}.{option}")

    def enumerate(self, names: Sequence[str]) -> str:
        """Join names in the language's own way: A, B and C."""
        if len(names) <= 1:
            return "".join(names)
        head = str(self.node("formats.comma")).join(names[:-1])
        return str(self.node("formats.last")).format(head=head, last=names[-1])
