"""HTML to PDF: fonts fed in, nothing fetched, the same bytes each time."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from survey_engine.errors import Diagnostic, EnvironmentProblem, diagnostic
from survey_engine.report.fonts import font_faces, missing_glyphs, visible_text

_SCHEME = "asset:"


def environment_diagnostics() -> tuple[Diagnostic, ...]:
    """What this machine lacks for the PDF: Pango (error), harfbuzz-subset (warning)."""
    try:
        _weasyprint()
    except EnvironmentProblem as problem:
        return problem.diagnostics
    from weasyprint.text.ffi import harfbuzz_subset

    return () if harfbuzz_subset else (diagnostic("HARFBUZZ_SUBSET_MISSING"),)


def _weasyprint() -> Any:
    try:
        # Without Pango WeasyPrint prints a page of its own advice before it raises.
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint
    except OSError as problem:
        raise EnvironmentProblem(diagnostic("PANGO_MISSING", detail=str(problem))) from problem
    return weasyprint


def render_pdf(html: str, *, assets: Mapping[str, bytes]) -> bytes:
    """Lay out `html` and write a tagged PDF.

    Parameters
    ----------
    html : str
        A complete document from `render_html`, its ``lang`` set.
    assets : Mapping[str, bytes]
        Files the document may use as ``asset:NAME``; everything else is refused.

    Returns
    -------
    bytes
        The same for the same input: no date, no random identifier.

    Raises
    ------
    EnvironmentProblem
        ``PANGO_MISSING`` without the system library, ``GLYPHS_MISSING`` when a visible
        character has no glyph (Pango would print an empty box without a word).
    """
    text = visible_text(html)
    missing = missing_glyphs(text)
    if missing:
        raise EnvironmentProblem(_missing_glyphs(missing))
    weasyprint = _weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    faces = font_faces(text, chinese='lang="zh' in html[:400])
    fetcher = _fetcher({**faces.assets, **assets})
    fonts = FontConfiguration()
    sheet = weasyprint.CSS(string=faces.css, font_config=fonts, url_fetcher=fetcher)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"
    )
    return bytes(document.write_pdf(finisher=_scope_header_cells, pdf_variant="pdf/ua-1"))


def _missing_glyphs(missing: set[str]) -> Diagnostic:
    shown = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in sorted(missing)[:20])
    return diagnostic("GLYPHS_MISSING", characters=shown, count=len(missing))


def _fetcher(assets: Mapping[str, bytes]) -> Any:
    """A fetcher that serves `assets` and ``data:`` only: no file, no network, no redirect."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint is not typed
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            name = url.removeprefix(_SCHEME)
            if not url.startswith(_SCHEME) or name not in assets:
                raise ValueError(f"a report loads nothing from outside: {url}")
            return URLFetcherResponse(url, body=assets[name])

    return AssetFetcher(allowed_protocols={"data"}, allow_redirects=False)


def _scope_header_cells(_document: Any, pdf: Any) -> None:
    """Give header cells the scope that PDF/UA asks for and WeasyPrint leaves out.

    Kozea/WeasyPrint issue 2508. Our tables have column heads only.
    """
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("S") == "/TH":
            item["A"]["Scope"] = "/Column"


@contextlib.contextmanager
def captured_warnings() -> Iterator[list[str]]:
    """Collect what WeasyPrint logs at warning level and above, for tests and `doctor`."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    handler = Collector(level=logging.WARNING)
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
