"""Looks at the pages of a PDF as a reader would: fonts, boxes, clipping, fill."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass

import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw


@dataclass(frozen=True)
class Word:
    """A run of text and its box in points, origin at the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Word) -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0) * max(height, 0)


@dataclass(frozen=True)
class Page:
    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    text: str

    @property
    def fill(self) -> float:
        """Share of the height between head and foot that is used."""
        body = [w for w in self.words if w.bottom > 62 and w.top < self.height - 62]
        if not body:
            return 0.0
        return (self.height - 62 - min(w.bottom for w in body)) / (self.height - 124)


def read_pages(pdf: bytes) -> list[Page]:
    document = pdfium.PdfDocument(pdf)
    try:
        return [_page(document[index], index + 1) for index in range(len(document))]
    finally:
        document.close()


def _page(page: pdfium.PdfPage, number: int) -> Page:
    text_page = page.get_textpage()
    words: list[Word] = []
    letters: list[tuple[str, tuple[float, float, float, float]]] = []
    for index in range(text_page.count_chars()):
        character = text_page.get_text_range(index, 1)
        if raw.FPDFText_IsGenerated(text_page, index) or not character.strip():
            _flush(letters, words)
            continue
        box = text_page.get_charbox(index)
        if letters and (abs(box[1] - letters[-1][1][1]) > 6 or box[0] < letters[-1][1][0]):
            _flush(letters, words)
        letters.append((character, box))
    _flush(letters, words)
    found = Page(
        number=number,
        width=page.get_width(),
        height=page.get_height(),
        words=tuple(words),
        text=text_page.get_text_bounded(),
    )
    text_page.close()
    page.close()
    return found


def _flush(
    letters: list[tuple[str, tuple[float, float, float, float]]], words: list[Word]
) -> None:
    if letters:
        boxes = [box for _, box in letters]
        words.append(
            Word(
                "".join(character for character, _ in letters),
                min(b[0] for b in boxes),
                min(b[1] for b in boxes),
                max(b[2] for b in boxes),
                max(b[3] for b in boxes),
            )
        )
        letters.clear()


def overlapping_words(page: Page, *, least: float = 1.0) -> list[tuple[str, str]]:
    """Pairs of words printed on each other (more than `least` square points)."""
    pairs = itertools.combinations(page.words, 2)
    return [(one.text, other.text) for one, other in pairs if one.overlap(other) > least]


def clipped_words(page: Page) -> list[str]:
    """Words that reach beyond the sheet."""
    return [
        word.text
        for word in page.words
        if word.left < 0 or word.bottom < 0 or word.right > page.width or word.top > page.height
    ]


def embedded_fonts(pdf: bytes) -> dict[str, bool]:
    """Name of every font and whether its file is embedded."""
    fonts: dict[str, bool] = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for entry in page["/Resources"].get("/Font", {}).values():
            font = entry.get_object()
            descendant = font["/DescendantFonts"][0].get_object()
            descriptor = descendant["/FontDescriptor"].get_object()
            held = any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3"))
            fonts[str(font["/BaseFont"]).split("+")[-1]] = held
    return fonts
