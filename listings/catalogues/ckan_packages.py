"""CKAN packages as JSON: one, a list of them, or the answer of a portal's API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.entries import Agent, Distribution, Entry, first_of, is_address, listed, objects, row_of_entry, tidy, whole, words
from listings.catalogues.project_open_data import a_term, terms
from listings.catalogues.texts import json_of

#: Keys that packages have; two of them in the head tell a package from other JSON.
_MARKS = (
    "extras",
    "notes",
    "resources",
    "tags",
    "license_id",
    "license_title",
    "metadata_created",
    "metadata_modified",
    "revision_id",
    "title_translated",
    "owner_org",
    "maintainer",
    "author",
    "num_resources",
    "package_id",
    "url_type",
)
#: DCAT's words among a package's extras.
_EXTRAS = {
    "issued",
    "modified",
    "frequency",
    "spatial",
    "theme",
    "language",
    "access_rights",
    "publisher_name",
    "version_notes",
    "identifier",
    "provenance",
    "conforms_to",
    "temporal_start",
    "temporal_end",
    "publisher_uri",
    "uri",
}


@catalogue
class CkanPackages:
    """``{"name": …, "title": …, "notes": …, "tags": […], "resources": […]}``."""

    name = "ckan-package"

    def recognise(self, head: bytes, name: str) -> bool:
        text = head.decode("utf-8-sig", "ignore").lstrip()
        return text[:1] in {"{", "["} and '"dataset"' not in text and '"@' not in text and sum(f'"{mark}"' in text for mark in _MARKS) >= 2

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        for number, raw in enumerate(_packages(json_of(content)), start=1):
            if not isinstance(raw, Mapping) or not (raw.get("name") or raw.get("title") or raw.get("id")):
                yield Fault(number, "row_unknown", ("不是 CKAN 数据包", "no CKAN package"), refused=True)
                continue
            extras = _extras(raw.get("extras"))
            entry = self.entry({**extras, **{name: value for name, value in raw.items() if value not in (None, "", [], {})}})
            others = sorted(set(extras) - _EXTRAS)
            said = [
                Fault(
                    number,
                    "property_left_out",
                    (f"附加项未导入：{'、'.join(others)[:200]}", f"extras not taken: {', '.join(others)[:200]}"),
                )
            ]
            yield row_of_entry(number, entry, key=tidy(raw.get("id") or raw.get("name")), faults=said if others else [])

    def entry(self, raw: Mapping[str, Any]) -> Entry:
        """This will read one package with its extras."""
        holder = next(iter(objects(raw.get("publisher"))), None) or raw.get("organization") or {}
        named = words(holder.get("name_translated") or holder.get("title") or holder.get("name")) if isinstance(holder, Mapping) else {}
        named = named or words(raw.get("publisher_name"))
        return Entry(
            iri=next((one for one in [tidy(raw.get("uri"))] if is_address(one)), ""),
            identifier=tidy(raw.get("identifier") or raw.get("name")),
            titles=words(raw.get("title_translated") or raw.get("title")),
            descriptions=words(raw.get("notes_translated") or raw.get("notes"), lines=True),
            keywords=_keywords(raw),
            publisher=Agent(names=named) if first_of(named) else None,
            themes=terms(_list_in(raw.get("theme"))),
            frequency=a_term(raw.get("frequency")),
            issued=tidy(raw.get("issued") or raw.get("metadata_created")),
            modified=tidy(raw.get("modified") or raw.get("metadata_modified")),
            languages=terms(_list_in(raw.get("language"))),
            temporal=(tidy(raw.get("temporal_start")), tidy(raw.get("temporal_end"))),
            version=tidy(raw.get("version")),
            version_notes=words(raw.get("version_notes")),
            licence=a_term(raw.get("license_url") or raw.get("license_title") or raw.get("license_id")),
            access_rights=a_term(raw.get("access_rights")),
            provenance=words(raw.get("provenance")),
            landing_pages=tuple(one for one in [tidy(raw.get("url"))] if is_address(one)),
            documents=tuple(one for one in map(tidy, _list_in(raw.get("documentation"))) if is_address(one)),
            conforms_to=terms(_list_in(raw.get("conforms_to"))),
            distributions=tuple(map(self.distribution, objects(raw.get("resources")))),
        )

    def distribution(self, raw: Mapping[str, Any]) -> Distribution:
        """This will read one resource of a package."""
        access, download = tidy(raw.get("access_url") or raw.get("url")), tidy(raw.get("download_url"))
        digest = tidy(raw.get("hash")).lower()
        return Distribution(
            access_url=access if is_address(access) else "",
            download_url=download if is_address(download) else "",
            titles=words(raw.get("name_translated") or raw.get("name")),
            descriptions=words(raw.get("description_translated") or raw.get("description"), lines=True),
            format=a_term(raw.get("format")),
            media_type=a_term(raw.get("mimetype")),
            bytes=whole(raw.get("size")),
            sha256=digest if len(digest) == 64 else "",
            licence=a_term(raw.get("license")),
            issued=tidy(raw.get("created") or raw.get("issued")),
            modified=tidy(raw.get("last_modified") or raw.get("modified")),
            availability=a_term(raw.get("availability")),
        )


def _packages(value: Any) -> list[Any]:
    """The packages of a file: itself, its list, or the result of an API's answer."""
    if isinstance(value, Mapping) and "result" in value:
        return _packages(value["result"])
    if isinstance(value, Mapping) and isinstance(value.get("results"), list):
        return list(value["results"])
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        return [value]
    raise Unreadable("line 1", "not_a_package", ("应为数据包或其列表", "a package or a list of packages is needed"))


def _extras(value: Any) -> dict[str, Any]:
    return {
        tidy(one.get("key"))[:60]: one.get("value") for one in objects(value) if tidy(one.get("key")) and one.get("value") not in (None, "")
    }


def _keywords(raw: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    translated = raw.get("tags_translated")
    if isinstance(translated, Mapping):
        return tuple((tidy(language)[:35], text) for language, many in translated.items() for one in listed(many) if (text := tidy(one)))
    named = (one.get("display_name") or one.get("name") if isinstance(one, Mapping) else one for one in listed(raw.get("tags")))
    return tuple(("", text) for one in named if (text := tidy(one)))


def _list_in(value: Any) -> list[Any]:
    """A list, or the text of one as extras keep it."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return listed(json_of(value.encode()))
        except Unreadable:
            return [value]
    return listed(value)
