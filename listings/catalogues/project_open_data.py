"""Project Open Data catalogues (``data.json`` of agencies, DCAT-US 1.1), and the same shape as portals write it without a context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.entries import Agent, Distribution, Entry, Term, is_address, listed, objects, row_of_entry, tidy, whole, words
from listings.catalogues.texts import json_of

_DATASET = re.compile(rb'"dataset"\s*:\s*\[')
_OF_POD = b"project-open-data.cio.gov/v1.1/schema"
_CONTEXT = re.compile(rb'"@context"\s*:\s*[\[{]')
#: What is taken of a data set; contact persons are left out on purpose.
_TAKEN = {
    "title",
    "description",
    "identifier",
    "modified",
    "issued",
    "publisher",
    "keyword",
    "theme",
    "accrualPeriodicity",
    "language",
    "spatial",
    "temporal",
    "license",
    "accessLevel",
    "rights",
    "landingPage",
    "references",
    "conformsTo",
    "distribution",
    "@type",
    "contactPoint",
    "isPartOf",
}
_COUNTED = {"bureauCode", "programCode", "dataQuality", "describedBy", "describedByType", "primaryITInvestmentUII", "systemOfRecords"}


def terms(value: Any) -> tuple[Term, ...]:
    """This will read one or several addresses or words."""
    many = value if isinstance(value, list) else [value]
    return tuple(term for one in many if (term := a_term(one)) is not None)


def a_term(value: Any) -> Term | None:
    """This will read an address or a word."""
    text = tidy(value)
    if not text:
        return None
    return Term(text) if is_address(text) else Term("", {"": text})


@catalogue
class ProjectOpenData:
    """``{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [{"title": …, "identifier": …}]}``."""

    name = "project-open-data"

    def recognise(self, head: bytes, name: str) -> bool:
        if not head.decode("utf-8-sig", "ignore").lstrip().startswith("{") or _CONTEXT.search(head):
            return False
        return _DATASET.search(head) is not None or (_OF_POD in head and b'"conformsTo"' in head and b'"$schema"' not in head)

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        whole = json_of(content)
        rows = whole.get("dataset") if isinstance(whole, Mapping) else None
        if not isinstance(rows, list):
            raise Unreadable("line 1", "no_dataset", ("没有 dataset 列表", "there is no list called dataset"))
        left: dict[str, int] = {}
        for number, raw in enumerate(rows, start=1):
            if not isinstance(raw, Mapping):
                yield Fault(number, "row_unknown", ("数据集应为对象", "a data set is an object"), refused=True)
                continue
            for name in raw.keys() - _TAKEN:
                left[str(name)[:60]] = left.get(str(name)[:60], 0) + 1
            yield row_of_entry(number, self.entry(raw), key=tidy(raw.get("identifier")))
        for name, count in sorted(left.items()):
            why = ("机构内部编号，", "a number of the agency; ") if name in _COUNTED else ("", "")
            yield Fault(0, "property_left_out", (f"属性 {name} 未导入（{why[0]}{count} 处）", f"{name} was not taken ({why[1]}{count})"))

    def entry(self, raw: Mapping[str, Any]) -> Entry:
        """This will read one data set."""
        publisher = raw.get("publisher")
        named = tidy(publisher.get("name")) if isinstance(publisher, Mapping) else tidy(publisher)
        identifier = tidy(raw.get("identifier"))
        return Entry(
            identifier=identifier,
            titles=words(raw.get("title")),
            descriptions=words(raw.get("description"), lines=True),
            keywords=tuple(("", one) for value in listed(raw.get("keyword")) if (one := tidy(value))),
            publisher=Agent(names={"": named}) if named else None,
            themes=terms(raw.get("theme")),
            frequency=a_term(raw.get("accrualPeriodicity")),
            issued=tidy(raw.get("issued")),
            modified=tidy(raw.get("modified")),
            languages=terms(raw.get("language")),
            spatial=tuple(Term("", {"": text}) for one in [raw.get("spatial")] if (text := _place(one))),
            temporal=_period(raw.get("temporal")),
            licence=a_term(raw.get("license")),
            access_rights=a_term(raw.get("accessLevel")),
            landing_pages=tuple(one for one in [tidy(raw.get("landingPage"))] if is_address(one)),
            documents=tuple(text for one in listed(raw.get("references")) if is_address(text := tidy(one))),
            conforms_to=terms(raw.get("conformsTo")),
            provenance=words(raw.get("rights")),
            distributions=tuple(map(self.distribution, objects(raw.get("distribution")))),
        )

    def distribution(self, raw: Mapping[str, Any]) -> Distribution:
        """This will read one way to the data."""
        access, download = tidy(raw.get("accessURL")), tidy(raw.get("downloadURL"))
        return Distribution(
            access_url=access if is_address(access) else "",
            download_url=download if is_address(download) else "",
            titles=words(raw.get("title")),
            descriptions=words(raw.get("description"), lines=True),
            format=a_term(raw.get("format")),
            media_type=a_term(raw.get("mediaType")),
            bytes=whole(raw.get("byteSize")),
            licence=a_term(raw.get("license")),
            issued=tidy(raw.get("issued")),
            modified=tidy(raw.get("modified")),
        )


def _place(value: Any) -> str:
    """A place comes as a name, a box of numbers, or GeoJSON."""
    if isinstance(value, Mapping):
        return tidy(value.get("type")) and tidy(str(value.get("coordinates", ""))[:400])
    return tidy(str(value)) if isinstance(value, list) else tidy(value)


def _period(value: Any) -> tuple[str, str]:
    start, _, end = tidy(value).partition("/")
    return start, end
