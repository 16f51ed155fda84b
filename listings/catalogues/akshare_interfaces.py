"""AKShare's list of data interfaces: what each returns, its limits, parameters and columns, in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.entries import Distribution, Entry, Term, is_address, objects, row_of_entry, tidy, words
from listings.catalogues.texts import json_of


@catalogue
class AkshareInterfaces:
    """``{"interfaces": [{"name": …, "desc": …, "category": …, "outputs": […]}]}``."""

    name = "akshare-interfaces"

    def recognise(self, head: bytes, name: str) -> bool:
        return b'"interfaces"' in head[:200] and b'"category"' in head

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        whole = json_of(content)
        rows = whole.get("interfaces") if isinstance(whole, Mapping) else None
        if not isinstance(rows, list):
            raise Unreadable("line 1", "no_interfaces", ("没有 interfaces 列表", "there is no list called interfaces"))
        for number, raw in enumerate(rows, start=1):
            if not isinstance(raw, Mapping) or not tidy(raw.get("name")):
                yield Fault(number, "row_unknown", ("接口须有名称", "an interface has a name"), refused=True)
                continue
            said = (
                []
                if raw.get("documented")
                else [Fault(number, "undocumented", ("源文件没有说明此接口", "the source does not document it"))]
            )
            yield row_of_entry(number, self.entry(raw), key=tidy(raw["name"]), formats=["api"], faults=said)

    def entry(self, raw: Mapping[str, Any]) -> Entry:
        """This will read one interface; one that is not documented is called by its name."""
        name, page = tidy(raw["name"]), tidy(raw.get("url"))
        offer = {"columns": _listed(raw.get("outputs")), "parameters": _listed(raw.get("params"))}
        return Entry(
            identifier=name,
            titles=words(raw.get("desc")) or {"": name},
            descriptions=words(raw.get("limit_desc"), lines=True),
            keywords=(("", name),),
            themes=tuple(Term("", {"en": text}) for text in [tidy(raw.get("category"))] if text),
            landing_pages=(page,) if is_address(page) else (),
            distributions=(Distribution(access_url=page, format=Term("", {"": "API"})),) if is_address(page) else (),
            offer={key: value for key, value in offer.items() if value},
        )


def _listed(value: Any) -> list[dict[str, str]]:
    named = [{key: tidy(one.get(key)) for key in ("name", "type", "desc")} for one in objects(value)]
    return [one for one in named if one["name"] not in {"", "-"}]
