"""Brand files: colours and logo for the pages, words for the cover, reading bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_engine.document.charts.base import Theme
from survey_engine.errors import AuthoringError, diagnostic
from survey_engine.instrument.yaml_document import compose_document
from survey_engine.report.brand import theme_from_brand
from survey_engine.report.sections.context import BrandTexts
from survey_engine.workflows.resources import authored_folder, authored_text, existing_file

TEXTS = ("client", "prepared_by", "date_line", "title", "confidentiality")


@dataclass(frozen=True, kw_only=True)
class HouseStyle:
    """A brand, checked.

    Attributes
    ----------
    theme : Theme
    words : Mapping[str, Mapping[str, str]]
        Cover words by language.
    bands : tuple[float, float] or None
        Reading bands of the index, in index points.
    """

    theme: Theme
    words: Mapping[str, Mapping[str, str]]
    bands: tuple[float, float] | None = None

    def texts(self, language: str) -> BrandTexts:
        """Cover words in one language, with the reading bands."""
        words: dict[str, Any] = dict(self.words.get(language, {}))
        if self.bands is not None:
            words["bands"] = self.bands
        return BrandTexts(**words)


def load_brand(name: str | None = None) -> HouseStyle:
    """A brand file; the default brand without a name.

    Raises
    ------
    ResponseError, AuthoringError
        The file or its logo is missing, unreadable or cannot be used as written.
    """
    default = authored_folder("reports") / "brand" / "default.yaml"
    path = default if name is None else existing_file(Path(name))
    data = compose_document(authored_text(path), file=path.name).data
    content: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {}
    if content.get("logo") is not None:
        content["logo"] = existing_file(path.parent / str(content["logo"])).read_bytes()
    return HouseStyle(
        theme=theme_from_brand(content), words=_words(content), bands=_bands(content)
    )


def _words(content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    texts = content.get("texts") or {}
    if not isinstance(texts, Mapping):
        raise AuthoringError(_fault("texts", TEXTS))
    words: dict[str, dict[str, str]] = {}
    for language, entries in texts.items():
        if not isinstance(entries, Mapping):
            raise AuthoringError(_fault(f"texts.{language}", TEXTS))
        unknown = [key for key in entries if key not in TEXTS]
        if unknown:
            raise AuthoringError(*(_fault(f"texts.{language}.{key}", TEXTS) for key in unknown))
        words[str(language)] = {str(key): str(text) for key, text in entries.items()}
    return words


def _bands(content: Mapping[str, Any]) -> tuple[float, float] | None:
    bands = content.get("bands")
    if bands is None:
        return None
    numbers = bands if isinstance(bands, list | tuple) else ()
    if len(numbers) == 2 and all(isinstance(number, int | float) for number in numbers):
        risk, strong = float(numbers[0]), float(numbers[1])
        if 0.0 < risk < strong < 100.0:
            return risk, strong
    raise AuthoringError(_fault("bands", ("0 < risk < strong < 100",)))


def _fault(key: str, allowed: tuple[str, ...]) -> Any:
    return diagnostic("BRAND_KEY", key=key, allowed=", ".join(allowed))
