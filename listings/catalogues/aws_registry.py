"""Archives of YAML entries in the shape of the Registry of Open Data on AWS: one entry a data set, its resources its distributions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue
from listings.catalogues.entries import Agent, Distribution, Entry, Term, is_address, listed, objects, row_of_entry, tidy, words
from listings.catalogues.texts import yaml_of
from listings.catalogues.unpacking import members

YAML = (".yaml", ".yml")
_MARK = re.compile(rb"^(?:Name|Description|Documentation|ManagedBy|UpdateFrequency|Resources):", re.M)
_LINKED = re.compile(r"\[([^\]]{1,300})\]\((https?://[^)\s]+)\)")
_ADDRESS = re.compile(r"https?://[^\s)\]>\"]+")
_TAKEN = {"Name", "Description", "Documentation", "ManagedBy", "UpdateFrequency", "Tags", "License", "Resources", "Contact"}


def yaml_entries(content: bytes, suffix: str) -> Iterator[tuple[int, str, Mapping[str, Any] | Fault]]:
    """This will yield (number, name, entry) of an archive; a faulty entry is a refused row with its line, and the rest is read.

    A registry has one ending for its entries; what has another is no entry, and is told.
    """
    number = 0
    for name, body in members(content, ("",)):
        if not name.lower().endswith(suffix):
            yield 0, name, Fault(0, "entry_left_out", _in(name, (f"不是 {suffix} 条目，未导入", f"no {suffix} entry; not taken")))
            continue
        number += 1
        try:
            raw = yaml_of(body)
        except Unreadable as fault:
            yield number, name, Fault(number, fault.code, _in(name, fault.text), refused=True, line=fault.line)
            continue
        if not isinstance(raw, Mapping):
            yield number, name, Fault(number, "row_unknown", _in(name, ("条目应为对象", "an entry is an object")), refused=True)
            continue
        yield number, name, raw


def _in(name: str, text: str | tuple[str, str]) -> tuple[str, str]:
    zh, en = (text, text) if isinstance(text, str) else text
    return f"{name}：{zh}", f"{name}: {en}"


@catalogue
class AwsRegistry:
    """``Name: …``, ``Description: …``, ``Resources: [{Type: S3 Bucket, ARN: …}]`` in a tar.gz or zip."""

    name = "aws-registry"

    def recognise(self, head: bytes, name: str) -> bool:
        return name.lower().endswith((".tar", ".zip")) and len({found.group() for found in _MARK.finditer(head)}) >= 2

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        left: dict[str, int] = {}
        for number, name, raw in yaml_entries(content, ".yaml"):
            if isinstance(raw, Fault):
                yield raw
                continue
            for key in raw.keys() - _TAKEN:
                left[str(key)[:60]] = left.get(str(key)[:60], 0) + 1
            yield row_of_entry(number, self.entry(raw), key=name.removeprefix("./"))
        for key, count in sorted(left.items()):
            yield Fault(0, "property_left_out", (f"属性 {key} 未导入（{count} 处）", f"{key} was not taken ({count})"))

    def entry(self, raw: Mapping[str, Any]) -> Entry:
        """This will read one entry; the person to contact is left out."""
        managed, documented = tidy(raw.get("ManagedBy")), tidy(raw.get("Documentation"))
        linked = _LINKED.search(managed)
        return Entry(
            titles=words(raw.get("Name")),
            descriptions=words(raw.get("Description"), lines=True),
            keywords=tuple(("en", text) for one in listed(raw.get("Tags")) if (text := tidy(one))),
            publisher=Agent(iri=linked[2] if linked else "", names={"": linked[1] if linked else managed}) if managed else None,
            frequency=Term("", {"": frequency}) if (frequency := tidy(raw.get("UpdateFrequency"))) else None,
            licence=Term("", {"": licence}) if (licence := tidy(raw.get("License"))) else None,
            landing_pages=tuple(one for one in (text.rstrip(".,;") for text in _ADDRESS.findall(documented)[:1]) if is_address(one)),
            distributions=tuple(map(self.distribution, objects(raw.get("Resources")))),
        )

    def distribution(self, raw: Mapping[str, Any]) -> Distribution:
        """This will read one resource: a bucket, a topic, a host name."""
        arn, host = tidy(raw.get("ARN")), tidy(raw.get("Host"))
        return Distribution(
            iri=arn,
            access_url=f"https://{host}/" if is_address(f"https://{host}/") else "",
            descriptions=words(raw.get("Description")),
            format=Term("", {"": kind}) if (kind := tidy(raw.get("Type"))) else None,
        )
