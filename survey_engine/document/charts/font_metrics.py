"""Advance widths of the report's typeface, so that charts can measure text.

Inter at optical size 14, weights 400 and 600, in 1/2048 em, three hexadecimal digits a
character over the ranges of `_RANGES`. The table stands in code because this layer
reads no files; a test compares it with the font that is embedded.

WeasyPrint sets the text of a drawing letter by letter, without kerning, so the width of
a label is exactly the sum of its advances.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

UNITS_PER_EM = 2048
ASCENT = 0.82
DESCENT = 0.22

_RANGES: tuple[tuple[int, int], ...] = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x391, 0x3A1),
    (0x3A3, 0x3A9),
    (0x3B1, 0x3C9),
    (0x2010, 0x2027),
    (0x2030, 0x203A),
    (0x2070, 0x2070),
    (0x2074, 0x208E),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x221D, 0x221E),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
    (0x25A0, 0x25A1),
    (0x25B2, 0x25B3),
    (0x25BC, 0x25BD),
    (0x25CB, 0x25CB),
    (0x25CF, 0x25CF),
)

_WIDTHS: dict[int, str] = {
    400: (
        "24024d3ba5115227db5272662eb2eb40254b24e3ae24e2e250c3414e14f152b4bf4f64874f34f624e26a"
        "54b54b54b4177ba58553c5d85c64cf4b95f85f222649156048673a60761e51c61e52652252a5f45857e2"
        "57556e5082eb2e22eb3c53a629547e4e64924e64aa2f64e84bb1f01f04641f07024ba4cc4e64e6303439"
        "29e4bb47f68c45e47f46b3692a936954b24024d4924e35cc46622948c4ba7503a14a954b8005543d23a5"
        "54b3893912954b04d224e22526f3dc4a966b6c770e4175855855855855855857f35d84cf4cf4cf4cf226"
        "2262262265e160761e61e61e61e61e54b61e5f45f45f45f456e5164ee47e47e47e47e47e47e7574924aa"
        "4aa4aa4aa1f01f01f01f04a94ba4cc4cc4cc4cc4cc54b4cc4bb4bb4bb4bb47f4e647f58547e58547e585"
        "47e5d84925d84925d84925d84925c65ae5e14e64cf4aa4cf4aa4cf4aa4cf4aa4cf4aa5f84e85f84e85f8"
        "4e85f84e85f24bb6364bb2261f02261f02261f02261f02261f06b73e04911f05604644344861f04861f0"
        "4862b84802e04c21f06074ba6074ba6074ba8006074ba61e4cc61e4cc61e4cc80a7ff526303526303526"
        "30352243952243952243952243952a29e52a30252a29e5f44bb5f44bb5f44bb5f44bb5f44bb5f44bb7e2"
        "68c56e47f56e50846b50846b50846b28458553c4a15734cf5085f261e22656058573a60754061e5f251c"
        "58352a56e70b57570a6295504c447f4ac44c4134bb4f82344345224b04b24784cc4d74e648e4fe3ba4bb"
        "5c448d6396702de2de5304008008003d539f2162161ee21638638635e3863ee3ee48048024e49c6ea24e"
        "aafd831c838a54c1c838a54c3a43133133ad3ae38538d33f39a38d36e36f36e22722737b3ad26f389391"
        "3ae38538d33f39a38d36e36f36e2272277a26ac7a26ac54b80077d54b54b54b54b750750816816816816"
        "750750"
    ),
    600: (
        "20429242f52653480954d29b2fc2fc45156228d3b928d3085473624fc5175544e651e49c51f51e28d2a2"
        "5625625624597fe5d25465e55c74d84b45fe5f72374a35a048676161362652962f5385345485e35d2829"
        "5c25b55382fc3082fc3da3c12cf4984fe4a94fe4bb31c5014e621821848e2187344e54df4fe4fe32d465"
        "2d34e64b26b748d4b54873a32df3a35622042924a95095fe48228748c4e57503af51356280054f39d3aa"
        "5623a13b52cf4ea4cd28d2a82973e65136a66f57424595d25d25d25d25d25d281b5e54d84d84d84d8237"
        "2372372376036136266266266266265626265e35e35e35e35b554352649849849849849849874d4a94bb"
        "4bb4bb4bb2182182182184c04e54df4df4df4df4df5624df4e64e64e64e64b54fe4b55d24985d24985d2"
        "4985e54a95e54a95e54a95e54a95c75ea6034fe4d84bb4d84bb4d84bb4d84bb4d84bb5fe5015fe5015fe"
        "5015fe5015f74e66604e62372182372182372182372182372186da42f4a32185a048e488486218486218"
        "48630449535a4d02186134e56134e56134e58006134e56264df6264df6264df81c7ef53832d53832d538"
        "32d5344655344655344655344655482d354835b5482d35e34e65e34e65e34e65e34e65e34e65e34e6829"
        "6b75b54b55b55384875384875384872ad5d25464a65c74d85385f76262375a05d276161356a6265f7529"
        "5895485b571d5c271d6395794d74b24c94684354e650026248855a4ea4d84784df5054fe4a75233f64e5"
        "62e4ba68169836036052d40080080044b3bf25a25a22e25a40e4033d740346b46b40740728d5197a628d"
        "af9de920f41962420f4196244233533533de3d33b43b73583c43b73a73a83a72452453a03de2973a13b5"
        "3d33b43b73583c43b73a73a83a72452457a270d7a270d5628007ba562562562562750750846846846846"
        "750750"
    ),
}

# In a Chinese line these come from the Chinese font, one em wide.
_FULL_WIDTH_IN_CJK = frozenset("“”‘’—…")


def _table(packed: str) -> dict[str, int]:
    codes = (code for first, last in _RANGES for code in range(first, last + 1))
    return {
        chr(code): int(packed[3 * index : 3 * index + 3], 16)
        for index, code in enumerate(codes)
    }


ADVANCES: dict[int, dict[str, int]] = {
    weight: _table(packed) for weight, packed in _WIDTHS.items()
}


def is_cjk(character: str) -> bool:
    """Whether `character` is set from the Chinese font, one em wide."""
    return unicodedata.east_asian_width(character) in "WF"


@lru_cache(maxsize=8192)
def _em_width(text: str, weight: int) -> float:
    table = ADVANCES[weight]
    chinese = any(is_cjk(character) for character in text)
    total = 0
    for character in text:
        if is_cjk(character) or (chinese and character in _FULL_WIDTH_IN_CJK):
            total += UNITS_PER_EM
        else:
            total += table.get(character, UNITS_PER_EM)
    return total / UNITS_PER_EM


def text_width(text: str, size: float, *, weight: int = 400) -> float:
    """Width of one line of `text` in pixels.

    Parameters
    ----------
    text : str
    size : float
        Font size in pixels.
    weight : int
        400 or 600; anything from 500 up is measured as 600.

    Returns
    -------
    float
        Sum of advances; a character outside the table counts one em.

    Examples
    --------
    >>> text_width("满意度", 10)
    30.0
    """
    return _em_width(text, 600 if weight >= 500 else 400) * size


def wrap_text(text: str, size: float, width: float, *, weight: int = 400) -> tuple[str, ...]:
    """Break `text` into lines no wider than `width`, at spaces or between Chinese signs.

    A single word wider than `width` keeps its own line unbroken.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip(), size, weight=weight) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        lines.append(line.rstrip())
    return tuple(lines) or ("",)


_NO_LINE_START = frozenset("，。、；：！？）》】”’％%")


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for character in text:
        alone = is_cjk(character) and character not in _NO_LINE_START
        after_break = not pieces or pieces[-1].endswith(" ") or is_cjk(pieces[-1][-1])
        if pieces and (character in _NO_LINE_START or not (alone or after_break)):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
