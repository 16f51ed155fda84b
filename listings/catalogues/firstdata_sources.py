"""FirstData's registry of authoritative sources: names and descriptions in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.entries import Distribution, Entry, Term, is_address, listed, row_of_entry, tidy, words
from listings.catalogues.texts import json_of


@catalogue
class FirstDataSources:
    """``{"metadata": {…}, "sources": [{"id": …, "name": {"en": …, "zh": …}, "data_url": …}]}``."""

    name = "firstdata-sources"

    def recognise(self, head: bytes, name: str) -> bool:
        return b'"sources"' in head and b'"total_sources"' in head

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        whole = json_of(content)
        rows = whole.get("sources") if isinstance(whole, Mapping) else None
        if not isinstance(rows, list):
            raise Unreadable("line 1", "no_sources", ("没有 sources 列表", "there is no list called sources"))
        stated = whole.get("metadata", {}).get("total_sources") if isinstance(whole.get("metadata"), Mapping) else None
        if isinstance(stated, int) and stated != len(rows):
            yield Fault(
                0,
                "count_differs",
                (f"文件自称 {stated} 条，实有 {len(rows)} 条", f"the file states {stated} sources and holds {len(rows)}"),
            )
        for number, raw in enumerate(rows, start=1):
            if not isinstance(raw, Mapping):
                yield Fault(number, "row_unknown", ("数据源应为对象", "a source is an object"), refused=True)
                continue
            yield row_of_entry(number, self.entry(raw), key=tidy(raw.get("id")))

    def entry(self, raw: Mapping[str, Any]) -> Entry:
        """This will read one source; its data page and its interface are its distributions."""
        ways = [(tidy(raw.get("data_url")), "HTML"), (tidy(raw.get("api_url")), "API")]
        country = tidy(raw.get("country"))
        return Entry(
            identifier=tidy(raw.get("id")),
            titles=words(raw.get("name")),
            descriptions=words(raw.get("description"), lines=True),
            keywords=tuple(("en", text) for one in listed(raw.get("tags")) if (text := tidy(one))),
            themes=tuple(Term("", {"en": text}) for one in listed(raw.get("domains")) if (text := tidy(one))),
            frequency=Term("", {"en": often}) if (often := tidy(raw.get("update_frequency"))) else None,
            spatial=tuple(Term("", {"": text}) for text in (country or tidy(raw.get("geographic_scope")),) if text),
            landing_pages=tuple(one for one in [tidy(raw.get("website"))] if is_address(one)),
            distributions=tuple(
                Distribution(access_url=address, format=Term("", {"": kind})) for address, kind in ways if is_address(address)
            ),
            offer={"content": content} if (content := _content(raw.get("data_content"))) else {},
        )


def _content(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        return {}
    return {tidy(language)[:10]: [tidy(one) for one in many] for language, many in value.items() if isinstance(many, list)}
