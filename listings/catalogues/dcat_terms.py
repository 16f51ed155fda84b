"""The names of DCAT as this house reads and writes them: prefixes, a context for JSON-LD, and what each property of an entry is called.

Not a format itself. The context stands here so that none is ever fetched: a file that names a remote one is read with this.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CONTEXT", "DX", "PREFIXES", "iri"]

#: Names only an exchange needs: price, registration, classification, the shape of the table.
DX = "urn:data-exchange:terms:"
PREFIXES: dict[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "adms": "http://www.w3.org/ns/adms#",
    "spdx": "http://spdx.org/rdf/terms#",
    "dcatap": "http://data.europa.eu/r5r/",
    "schema": "https://schema.org/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "dx": DX,
}
_TEXTS = (
    "title",
    "description",
    "identifier",
    "issued",
    "modified",
    "accrualPeriodicity",
    "accessRights",
    "provenance",
    "language",
    "spatial",
    "temporal",
    "license",
    "rights",
    "format",
    "publisher",
    "creator",
    "conformsTo",
    "type",
    "isPartOf",
    "references",
)
_OF_DCAT = (
    "dataset",
    "distribution",
    "keyword",
    "theme",
    "landingPage",
    "accessURL",
    "downloadURL",
    "mediaType",
    "byteSize",
    "contactPoint",
    "service",
    "record",
    "themeTaxonomy",
    "catalog",
    "endpointURL",
    "inSeries",
)
_LINKS = {"landingPage", "accessURL", "downloadURL", "dataset", "distribution", "theme", "publisher", "license", "format", "service"}


def _term(prefix: str, name: str) -> Any:
    full = PREFIXES[prefix] + name
    return {"@id": full, "@type": "@id"} if name in _LINKS else full


#: For files whose context is elsewhere: the plain names of DCAT and Dublin Core.
CONTEXT: dict[str, Any] = {
    **PREFIXES,
    "dcterms": PREFIXES["dct"],
    **{name: _term("dct", name) for name in _TEXTS},
    **{name: _term("dcat", name) for name in _OF_DCAT},
    **{name: PREFIXES["dcat"] + name for name in ("Catalog", "Dataset", "Distribution", "DataService", "DatasetSeries", "CatalogRecord")},
    "Agent": PREFIXES["foaf"] + "Agent",
    "name": PREFIXES["foaf"] + "name",
    "label": PREFIXES["rdfs"] + "label",
    "prefLabel": PREFIXES["skos"] + "prefLabel",
}


def iri(name: str) -> str:
    """This will spell a prefixed name out."""
    prefix, _, tail = name.partition(":")
    return PREFIXES[prefix] + tail
