"""Letters that are drawn like other letters: Cyrillic, Greek, Armenian, Cherokee and a few more for Latin, Katakana for Han.

Names are compared by it (no homoglyph twin of a registered name) and texts are screened by it (no term hides behind it).
"""

from __future__ import annotations

__all__ = ["LOOKALIKES"]

#: Small letters, as they stand after case folding.
_DRAWN_ALIKE = {
    "a": "аαạɑ", "b": "вβь\u15af", "c": "сϲᴄ", "d": "ԁɗժ", "e": "еεҽ", "f": "ғϝƒք", "g": "ɡց", "h": "һнհ", "i": "іιɩ",
    "j": "јϳյ", "k": "кκқ", "l": "ӏ", "m": "мϻᴍ", "n": "ηпոռ", "o": "оοσօ", "p": "рρ", "q": "ԛգ", "r": "гᴦ", "s": "ѕʂ",
    "t": "тτ", "u": "υս", "v": "ѵνᴠ", "w": "ԝωшա", "x": "хχ", "y": "уүγ", "z": "ᴢʐ",
}
#: Cherokee is folded to its capitals by Unicode.
_CAPITALS = {
    "a": "Ꭺ", "b": "Ᏼ", "c": "Ꮯ", "d": "Ꭰ", "e": "Ꭼ", "g": "Ꮐ", "h": "Ꮋ", "i": "Ꭵ", "j": "Ꭻ", "k": "Ꮶ", "l": "Ꮮ", "m": "Ꮇ",
    "p": "Ꮲ", "r": "Ꮢ", "s": "Ꮪ", "t": "Ꭲ", "v": "Ꮩ", "w": "Ꮃ", "z": "Ꮓ",
}
_HAN = {"口": "ロ", "工": "エ", "二": "ニ", "力": "カ", "夕": "タ", "卜": "ト", "八": "ハ", "千": "チ", "三": "ミ"}

#: look-alike -> what it is taken for
LOOKALIKES: dict[str, str] = {
    one: stands for table in (_DRAWN_ALIKE, _CAPITALS, _HAN) for stands, alike in table.items() for one in alike}
