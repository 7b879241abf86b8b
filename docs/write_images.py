"""Write docs/images from the demonstration's reports: the pages the README shows.

Run ``make images``; it makes the demonstration first.
"""

from __future__ import annotations

from pathlib import Path

import pypdfium2

FOLDER = Path(__file__).with_name("images")
DEMO = FOLDER.parent.parent / "demo"
PAGES = {
    "summary.png": ("report.pdf", "SUMMARY"),
    "priorities.png": ("report.pdf", "PRIORITIES"),
    "model.png": ("report.pdf", "THE MODEL"),
    "summary-zh.png": ("report-zh.pdf", "核心结论"),
}
_SCALE = 1.25


def write_images(demo: Path) -> None:
    """Draw each page as a PNG, found by the words it starts with."""
    FOLDER.mkdir(exist_ok=True)
    for name, (report, start) in PAGES.items():
        document = pypdfium2.PdfDocument(demo / report)
        page = next(
            page for page in document if page.get_textpage().get_text_range().startswith(start)
        )
        picture = page.render(scale=_SCALE).to_pil().convert("P", palette=1, colors=128)
        picture.save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    write_images(DEMO)
