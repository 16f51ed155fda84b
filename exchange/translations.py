"""Interface texts: Chinese is written in the code, English stands in ``locale/en/<room>.po``; this makes the catalogues.

``python exchange/translations.py`` merges the rooms' files into ``LC_MESSAGES/django.mo`` (set-up);
``--missing`` lists Chinese texts without English, ``--write`` adds them to the room's file to be filled in.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("exchange", "simulation", "settlement", "delivery", "trading", "listings", "compliance", "participants", "ledger", "evidence")
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "_": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}
CHINESE = re.compile("[\u4e00-\u9fff]")


def fragments(language: str) -> list[Path]:
    """This will list the rooms' files of a language."""
    return sorted((HOUSE / "locale" / language).glob("*.po"))


def merged(language: str) -> Catalog:
    """This will merge the rooms' files; the same text with two translations is a fault."""
    whole = Catalog(locale=language.replace("zh_Hans", "zh_Hans_CN"), charset="utf-8")
    for path in fragments(language):
        with path.open("rb") as handle:
            part = read_po(handle, locale=whole.locale, abort_invalid=True)
        for message in part:
            if not message.id or not message.string:
                continue
            known = whole.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            if known is not None and known.string and known.string != message.string:
                place = f"{path.relative_to(HOUSE)}:{message.lineno}"
                print(f"{place}: another room translates {message.id!r} as {known.string!r}", file=sys.stderr)
            whole.add(message.id, message.string, context=message.context, flags=message.flags)
    return whole


def compile_all() -> int:
    """This will write ``LC_MESSAGES/django.mo`` for each language; returns 1 on a faulty file."""
    for folder in sorted((HOUSE / "locale").iterdir()):
        if not folder.is_dir() or not fragments(folder.name):
            continue
        try:
            catalog = merged(folder.name)
        except PoFileError as fault:
            print(f"locale/{folder.name}: {fault}", file=sys.stderr)
            return 1
        target = folder / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(exist_ok=True)
        with target.open("wb") as handle:
            write_mo(handle, catalog)
    return 0


def texts() -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    """This will yield (file, msgid, context) of every interface text written in Python and templates."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    for room in ROOMS:
        for path in sorted((HOUSE / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _extracted(path, path.read_text(encoding="utf-8"))
    for path in sorted((HOUSE / "templates").rglob("*")):
        if path.suffix in {".html", ".txt", ".jinja"}:
            source = path.read_text(encoding="utf-8")
            yield from _extracted(path, source if path.suffix == ".jinja" else templatize(source, origin=str(path)))


def _extracted(path: Path, source: str) -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    method = "jinja2.ext:babel_extract" if path.suffix == ".jinja" else "python"
    options = {"trimmed": "true", "silent": "false"} if path.suffix == ".jinja" else {}
    for _, message, _, context in extract(method, io.BytesIO(source.encode()), KEYWORDS, options=options):
        if isinstance(message, str):
            ids: str | tuple[str, ...] = message
        else:
            ids = tuple(part for part in message if part)
            ids = ids[0] if len(set(ids)) == 1 else ids
        yield path.relative_to(HOUSE).as_posix(), ids, context


def missing() -> dict[str, list[tuple[str | tuple[str, ...], str | None]]]:
    """This will return, by file, the Chinese texts that have no English."""
    english = merged("en")
    found: dict[str, list[tuple[str | tuple[str, ...], str | None]]] = {}
    for path, ids, context in texts():
        first = ids if isinstance(ids, str) else ids[0]
        if not CHINESE.search(first):
            continue
        known = english.get(first, context)
        if known is None or not known.string:
            entry = (ids, context)
            if entry not in found.setdefault(path, []):
                found[path].append(entry)
    return {path: entries for path, entries in found.items() if entries}


def room_of(path: str) -> str:
    parts = Path(path).parts
    if parts[0] == "templates":
        return parts[1] if len(parts) > 2 and parts[1] in ROOMS else "exchange"
    return parts[0]


def write_missing() -> int:
    """This will add each missing text, untranslated, to its room's English file."""
    for path, entries in missing().items():
        target = HOUSE / "locale" / "en" / f"{room_of(path)}.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        catalog = Catalog(locale="en")
        if target.exists():
            with target.open("rb") as handle:
                catalog = read_po(handle, locale="en")
        for ids, context in entries:
            catalog.add(ids, "" if isinstance(ids, str) else ("", ""), context=context)
        with target.open("wb") as handle:
            write_po(handle, catalog, omit_header=False, width=140, sort_output=True, no_location=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missing", action="store_true", help="list Chinese texts without English; exit 1 if there are any")
    parser.add_argument("--write", action="store_true", help="add the missing texts to the rooms' files")
    options = parser.parse_args()
    if options.write:
        return write_missing()
    if options.missing:
        found = missing()
        for path, entries in found.items():
            for ids, _ in entries:
                print(f"{path}: no English for {ids!r}", file=sys.stderr)
        return 1 if found else 0
    return compile_all()


if __name__ == "__main__":
    sys.path.insert(0, str(HOUSE))
    sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != HOUSE / "exchange"]
    sys.exit(main())
