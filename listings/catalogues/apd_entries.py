"""Archives of YAML entries with front matter (awesome public data sets): one entry a data set, many of its fields blank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from listings.catalogues import CatalogueRow, Fault, catalogue
from listings.catalogues.aws_registry import yaml_entries
from listings.catalogues.entries import Agent, Distribution, Entry, Term, is_address, objects, row_of_entry, tidy, words
from listings.catalogues.project_open_data import a_term, terms

_MARK = re.compile(rb"^(?:title|homepage|category|description|access_level|accrual_periodicity):", re.M)


@catalogue
class ApdEntries:
    """``title: …``, ``homepage: …``, ``category: …`` in a tar.gz or zip."""

    name = "apd-entries"

    def recognise(self, head: bytes, name: str) -> bool:
        return name.lower().endswith((".tar", ".zip")) and len({found.group() for found in _MARK.finditer(head)}) >= 3

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        for number, name, raw in yaml_entries(content, ".yml"):
            yield raw if isinstance(raw, Fault) else row_of_entry(number, self.entry(raw), key=name.removeprefix("./"))

    def entry(self, raw: Mapping[str, Any]) -> Entry:
        """This will read one entry; a blank field is nothing said."""
        page, holder = tidy(raw.get("homepage")), tidy(raw.get("publisher")) or tidy(raw.get("organization"))
        return Entry(
            titles=words(raw.get("title")),
            descriptions=words(raw.get("description"), lines=True),
            keywords=tuple(("", text) for one in _split(raw.get("keywords")) if (text := tidy(one))),
            publisher=Agent(names={"": holder}) if holder else None,
            themes=tuple(Term("", {"": text}) for one in [raw.get("category")] if (text := tidy(one))),
            frequency=a_term(raw.get("accrual_periodicity")),
            issued=tidy(raw.get("issued_time")),
            languages=terms(raw.get("language")),
            spatial=terms(raw.get("spatial")),
            temporal=(tidy(raw.get("temporal")), ""),
            licence=a_term(raw.get("license")),
            access_rights=a_term(raw.get("access_level")),
            version=tidy(raw.get("version")),
            conforms_to=terms(raw.get("specification")),
            landing_pages=(page,) if is_address(page) else (),
            distributions=tuple(map(self.distribution, objects(raw.get("sources")))),
        )

    def distribution(self, raw: Mapping[str, Any]) -> Distribution:
        """This will read one source of an entry."""
        access = tidy(raw.get("access_url") or raw.get("url"))
        return Distribution(
            access_url=access if is_address(access) else "",
            titles=words(raw.get("name") or raw.get("title")),
            format=a_term(raw.get("format")),
        )


def _split(value: Any) -> list[Any]:
    return value if isinstance(value, list) else re.split(r"[,;、]", value) if isinstance(value, str) else []
