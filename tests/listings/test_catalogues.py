"""Catalogues of every kind: real files in full, counts as stated, broken ones refused at their line, nothing fetched, bombs defused."""

from __future__ import annotations

import gzip
import io
import json
import socket
import tarfile
import tracemalloc
import zipfile
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from listings.catalogues import CATALOGUES, CatalogueRow, Fault, Unreadable, catalogue_for
from listings.catalogues.aws_registry import YAML
from listings.catalogues.dcat_graph import graph_of, rows_of
from listings.catalogues.dcat_writing import Catalog, as_jsonld, as_turtle
from listings.catalogues.entries import Agent, Distribution, Entry, Term
from listings.catalogues.texts import yaml_of
from listings.catalogues.unpacking import MAX_ENTRIES, is_archive, members, sample_of, unwrapped
from listings.imports import read_file, region_of
from listings.models import DataResource

#: files that state how many data sets they hold, and how many ways to them
COUNTED = [
    ("us/arm.data.json", "datasets"),
    ("us/collection-1-parent-2-children.data.json", "datasets"),
    ("us/geospatial.data.json", "datasets"),
    ("us/many-resources.data.json", "datasets"),
    ("us/null-spatial.data.json", "datasets"),
    ("us/numerical-title.data.json", "datasets"),
    ("us/ny.data.json", "datasets"),
    ("eu/catalog.rdf", "datasets"),
    ("eu/catalog_datasets_list.rdf", "datasets"),
    ("eu/catalog_pod.jsonld", "datasets"),
    ("eu/catalog_with_at_graph.jsonld", "datasets"),
    ("eu/dataset.rdf", "datasets"),
    ("eu/dataset_deri.ttl", "datasets"),
    ("eu/dataset_multilingual.ttl", "datasets"),
    ("eu/udata_bnodes.jsonld", "datasets"),
    ("eu/udata_catalog.xml", "datasets"),
    ("eu/udata_flat.jsonld", "datasets"),
    ("eu/udata_nested.jsonld", "datasets"),
    ("registries/aws-odr_a-m.tar.gz", "records"),
    ("registries/apd-core.tar.gz", "yml_files"),
    ("registries/akshare_interfaces.json.gz", "interfaces"),
    ("registries/firstdata_all-sources.json.gz", "n"),
]
CATALOGUE = "1-catalogues"


def run(*files: Path | str, code: int = 0, **options: Any) -> tuple[dict[str, Any], str]:
    """The report of an import, and what it said on stderr."""
    out, err = StringIO(), StringIO()
    stopped = 0
    try:
        call_command("import_catalogue", *map(str, files), json=True, stdout=out, stderr=err, **options)
    except SystemExit as stop:
        stopped = int(stop.code or 0)
    assert stopped == code, err.getvalue()
    return json.loads(out.getvalue()), err.getvalue()


def rows_in(name: str, content: bytes) -> tuple[list[CatalogueRow], list[Fault]]:
    found = list(read_file(name, content).rows)
    rows = [one for one in found if isinstance(one, CatalogueRow)]
    return rows, [one for one in found if isinstance(one, Fault)] + [fault for row in rows for fault in row.faults]


def tarred(entries: dict[str, bytes], **header: Any) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        for name, body in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            for key, value in header.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(body) if info.isreg() else None)
    return sink.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return sink.getvalue()


ENTRY = b"Name: One\nDescription: Two\nResources:\n- Type: S3 Bucket\n  ARN: arn:aws:s3:::x\n"


# ---- real files ------------------------------------------------------------------------------------------------------------


@covers("D6", "R6")
@pytest.mark.django_db
@pytest.mark.parametrize(("name", "count"), COUNTED, ids=[name for name, _ in COUNTED])
def test_a_real_file_comes_in_with_every_data_set_and_a_second_time_changes_nothing(shared: Path, name: str, count: str) -> None:
    stated = json.loads((shared / "catalogue_expected.json").read_text())[f"open/{CATALOGUE}/{name}"]
    report, _ = run(shared / CATALOGUE / name)
    assert (report["read"], report["created"], report["duplicates"]) == (stated[count], stated[count], 0) and report["refused"] == []
    if ways := stated.get("distributions", stated.get("resources")):
        assert report["distributions"] == ways
    assert DataResource.objects.count() == stated[count]
    again, _ = run(shared / CATALOGUE / name)
    assert (again["created"], again["unchanged"]) == (0, stated[count]) and DataResource.objects.count() == stated[count]


@covers("D6")
@pytest.mark.django_db
def test_registries_keep_their_kinds_and_their_gaps_are_said(shared: Path) -> None:
    stated = json.loads((shared / "catalogue_expected.json").read_text())
    aws, apd = f"{CATALOGUE}/registries/aws-odr_a-m.tar.gz", f"{CATALOGUE}/registries/apd-core.tar.gz"
    akshare = f"{CATALOGUE}/registries/akshare_interfaces.json.gz"
    rows, _ = rows_in("aws.tar.gz", (shared / aws).read_bytes())
    kinds = Counter(one["format"]["words"][""] for row in rows for one in row.details["distributions"])
    assert kinds == stated[f"open/{aws}"]["resource_types"]
    rows, faults = rows_in("ak.json.gz", (shared / akshare).read_bytes())
    largest = dict(Counter(row.theme for row in rows).most_common(12))
    assert largest == stated[f"open/{akshare}"]["categories"]
    assert len(rows) - sum(one.code == "undocumented" for one in faults) == stated[f"open/{akshare}"]["documented"]
    _, faults = rows_in("apd.tar.gz", (shared / apd).read_bytes())
    assert sum(one.code == "entry_left_out" for one in faults) == 16, "eleven .yaml and five without an ending are no APD entries"


@covers("D6")
@pytest.mark.django_db
@pytest.mark.parametrize(("name", "line"), [("dataset.ttl", 158), ("full_croissant_dataset.jsonld", 78)])
def test_a_broken_file_is_refused_with_its_line(shared: Path, name: str, line: int) -> None:
    report, said = run(shared / CATALOGUE / "eu" / name, code=1)
    assert [(one["at"], one["line"]) for one in report["refused"]] == [(f"{name}:{line}", line)]
    assert report["read"] == 0 and not DataResource.objects.exists() and f"{name}:{line}" in said


def test_every_sample_is_known_by_one_format_only(shared: Path) -> None:
    for path in sorted((shared / CATALOGUE).rglob("*.*")):
        try:
            name, content = unwrapped(path.name, path.read_bytes())
            head = sample_of(content, YAML) if is_archive(content) else content[:4096]
            catalogue_for(content, name, head=head)
        except Unreadable:
            continue
        assert sum(one.recognise(head, name) for one in CATALOGUES.values()) == 1, path


@pytest.mark.django_db
def test_an_entry_keeps_its_languages_its_ways_and_its_terms(shared: Path) -> None:
    (row,), _ = rows_in("m.ttl", (shared / CATALOGUE / "eu" / "dataset_multilingual.ttl").read_bytes())
    assert len(row.details["titles"]) == 3 and row.details["distributions"][0]["access_url"].startswith("http")
    (row,), _ = rows_in("707.data.json", (shared / CATALOGUE / "us" / "numerical-title.data.json").read_bytes())
    assert row.title == "707", "a number for a title is a title"


@covers("I30")
@pytest.mark.parametrize("name", ["us/arm.data.json", "eu/dataset.rdf", "eu/ckan_ckan_full_dataset_dcat_ap.json", "eu/udata_catalog.xml"])
def test_persons_to_write_to_are_not_kept(shared: Path, name: str) -> None:
    content = (shared / CATALOGUE / name).read_bytes()
    rows, _ = rows_in(Path(name).name, content)
    kept = json.dumps([row.details for row in rows])
    assert b"@" in content and "mailto:" not in kept and "@example.org" not in kept and "@arm.gov" not in kept


# ---- nothing is fetched ----------------------------------------------------------------------------------------------------


@pytest.fixture
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **named: Any) -> None:
        raise AssertionError("a catalogue must not open a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


REMOTE = {"@context": "https://example.org/context.jsonld", "@id": "https://example.org/1", "@type": "Dataset", "title": "一份数据"}


@covers("D6", "T53")
@pytest.mark.usefixtures("_no_sockets")
@pytest.mark.parametrize(
    "content",
    [
        REMOTE,
        {**REMOTE, "@context": ["https://example.org/a.jsonld", {"@import": "https://example.org/b.jsonld", "@version": 1.1}]},
        {
            **REMOTE,
            "@context": {
                "title": {"@id": "http://purl.org/dc/terms/title", "@context": "file:///etc/passwd"},
                "Dataset": "http://www.w3.org/ns/dcat#Dataset",
            },
        },
        {"@graph": [REMOTE]},
        {
            "@context": {},
            "@graph": [{**REMOTE, "http://www.w3.org/ns/dcat#distribution": {"@context": "http://169.254.169.254/", "@id": "x:y"}}],
        },
    ],
)
def test_a_context_elsewhere_is_never_fetched_and_that_is_said(content: Any) -> None:
    rows, faults = rows_in("remote.jsonld", json.dumps(content).encode())
    assert [row.title for row in rows] == ["一份数据"]
    assert "context_not_fetched" in {one.code for one in faults}


@covers("T53")
@pytest.mark.usefixtures("_no_sockets")
def test_the_naive_way_does_reach_for_the_network() -> None:
    from rdflib import Graph

    with pytest.raises(Exception, match=r"must not open a connection|urlopen|connection"):
        Graph().parse(data=json.dumps(REMOTE), format="json-ld")


@pytest.mark.usefixtures("_no_sockets")
def test_every_real_file_is_read_without_a_connection(shared: Path) -> None:
    for name, _ in COUNTED:
        if not name.startswith("registries"):
            rows_in(Path(name).name, (shared / CATALOGUE / name).read_bytes())
    for path in (shared / "3-vectors" / "dcat-ap-examples").glob("example-*.jsonld"):
        rows_in(path.name, path.read_bytes())


# ---- faulty and hostile files ----------------------------------------------------------------------------------------------


@covers("T50")
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bomb.json.gz", gzip.compress(bytes(30_000_000)), "archive_bomb"),
        ("half.json.gz", gzip.compress(b'{"dataset": []}')[:-9], "not_gzip"),
        ("no.json.gz", b"\x1f\x8b no gzip at all", "not_gzip"),
        ("up.tar.gz", tarred({"../../etc/passwd.yaml": ENTRY}), "archive_name"),
        ("root.tar.gz", tarred({"/etc/passwd.yaml": ENTRY}), "archive_name"),
        ("drive.zip", zipped({"C:\\x.yaml": ENTRY}), "archive_name"),
        ("link.tar.gz", tarred({"a.yaml": b""}, type=tarfile.SYMTYPE, linkname="/etc/passwd"), "archive_link"),
        ("hard.tar.gz", tarred({"a.yaml": b""}, type=tarfile.LNKTYPE, linkname="b"), "archive_link"),
        ("device.tar.gz", tarred({"a.yaml": b""}, type=tarfile.CHRTYPE), "archive_link"),
        ("fat.tar.gz", tarred({"a.yaml": bytes(2_000_000)}), "archive_bomb"),
        ("many.tar.gz", tarred({f"{number}.yaml": b"" for number in range(MAX_ENTRIES + 1)}), "archive_bomb"),
        ("many.zip", zipped({f"{number}.yaml": b"" for number in range(MAX_ENTRIES + 1)}), "archive_bomb"),
        ("bomb.zip", zipped({f"{number}.yaml": bytes(900_000) for number in range(80)}), "archive_bomb"),
        ("cut.tar.gz", gzip.compress(gzip.decompress(tarred({"a.yaml": ENTRY}))[:600]), "not_tar"),
        ("cut.zip", zipped({"a.yaml": ENTRY})[:-30], "not_zip"),
        ("dtd.rdf", b'<!DOCTYPE r [<!ENTITY a "aaaa">]>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "doctype"),
        ("bad.rdf", b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<open>', "not_xml"),
        ("deep.jsonld", b'{"@context": ' + b"[" * 100_000, "too_deep"),
        ("big.json", b'{"dataset": [' + b"1" * 5000 + b"]}", "not_json"),
        ("none.ttl", b"@prefix a: <http://x/> . a:b a a:c .", "no_dataset"),
        ("latin.ttl", b'@prefix a: <http://x/> .\na:b a:c "\xe9" .', "not_utf8"),
        ("unknown.bin", bytes(range(256)), "format_unknown"),
    ],
    ids=lambda one: one if isinstance(one, str) else "file",  # the bytes hold the minute they were packed in
)
def test_a_hostile_or_unreadable_file_is_refused_by_name(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        rows_in(name, content)
    assert refused.value.code == code


@covers("T50")
def test_a_bomb_is_stopped_while_it_unfolds_and_the_naive_way_is_not() -> None:
    bomb = gzip.compress(bytes(150_000_000), 9)
    tracemalloc.start()
    with pytest.raises(Unreadable):
        unwrapped("bomb.json.gz", bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    gzip.decompress(bomb)
    _, naive = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80_000_000 < 150_000_000 <= naive


@covers("T50")
def test_references_of_yaml_do_not_unfold() -> None:
    laughs = "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20))
    with pytest.raises(Unreadable) as refused:
        yaml_of(laughs.encode())
    assert (refused.value.code, refused.value.line) == ("yaml_reference", 2)
    assert yaml_of(b"name: R&D\ntext: a *star* and &more\n") == {"name": "R&D", "text": "a *star* and &more"}


def test_a_faulty_entry_of_an_archive_is_refused_at_its_line_and_the_rest_is_taken() -> None:
    rows, faults = rows_in(
        "mixed.tar.gz", tarred({"a.yaml": ENTRY, "b.yaml": b"Name: x\nDescription: [\n", "c.yaml": b"- 1\n", "d.yaml": ENTRY})
    )
    assert len(rows) == 2 and [(one.row, one.code, one.refused) for one in faults] == [(2, "not_yaml", True), (3, "row_unknown", True)]


def test_a_zip_of_entries_is_read_as_well() -> None:
    rows, _ = rows_in("entries.zip", zipped({"x/a.yaml": ENTRY}))
    assert [row.title for row in rows] == ["One"] and list(members(zipped({"a.txt": b"1"}), YAML)) == []


@pytest.mark.parametrize(
    ("name", "region"),
    [("ny.data.json", "ny.data"), ("aws-odr_a-m.tar.gz", "aws-odr_a-m"), ("x.json.gz", "x"), ("合肥.csv", "合肥"), ("x.tgz", "x")],
)
def test_the_region_is_the_files_name_without_its_packing(name: str, region: str) -> None:
    assert region_of(name) == region


@covers("T52")
def test_an_address_that_runs_is_no_address() -> None:
    content = {
        "dataset": [
            {
                "title": "t",
                "identifier": "1",
                "landingPage": "javascript:alert(1)",
                "distribution": [{"downloadURL": "data:text/html,<script>"}],
            }
        ]
    }
    (row,), _ = rows_in("x.json", json.dumps(content).encode())
    assert row.source_url == "" and "javascript" not in json.dumps(row.details) and "script" not in json.dumps(row.details)


@pytest.mark.django_db
def test_what_the_source_says_otherwise_later_is_said_and_the_resource_is_left(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for title in ("旧名", "新名"):
        path.write_text(json.dumps({"dataset": [{"title": title, "identifier": "1"}]}), encoding="utf-8")
        report, _ = run(path)
    assert [one["code"] for one in report["warnings"]] == ["row_changed"] and DataResource.objects.get().title == "旧名"


# ---- entries there and back ------------------------------------------------------------------------------------------------

_text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
_words = st.dictionaries(st.sampled_from(["zh", "en", "fr"]), _text, max_size=2)
_some = st.dictionaries(st.sampled_from(["zh", "en", "fr"]), _text, min_size=1, max_size=2)
_address = st.integers(1, 99).map(lambda number: f"https://example.org/{number}")
_term = st.builds(Term, iri=_address, words=_words) | st.builds(Term, words=_some)
_way = st.builds(
    Distribution,
    iri=st.integers(1, 10**6).map(lambda number: f"https://example.org/way/{number}"),
    access_url=_address,
    titles=_words,
    format=st.none() | st.builds(Term, words=_some),
    bytes=st.none() | st.integers(0, 10**12),
)
_entry = st.builds(
    Entry,
    iri=st.integers(1, 10**6).map(lambda number: f"https://example.org/set/{number}"),
    identifier=_text,
    titles=_some,
    descriptions=_words,
    publisher=st.none() | st.builds(Agent, names=_some, identifier=_text),
    keywords=st.lists(st.tuples(st.sampled_from(["zh", "en"]), _text), max_size=3, unique=True).map(lambda many: tuple(sorted(many))),
    provenance=_words,
    version=st.just("") | _text,
    issued=st.sampled_from(["", "2026-01-02", "2026-01-02T03:04:05.000000Z"]),
    distributions=st.lists(_way, max_size=2, unique_by=lambda way: way.iri).map(lambda many: tuple(sorted(many, key=lambda way: way.iri))),
    frequency=st.none() | st.builds(Term, words=_some),
    offer=st.dictionaries(st.sampled_from(["price_fen", "row_count"]), st.integers(0, 10**15)).map(lambda held: dict(sorted(held.items()))),
)
_catalog = Catalog("https://example.org/", {"zh": "目录"}, {"zh": "目录"}, Agent(names={"zh": "场所"}), "https://example.org/")


@covers("D6")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_entry)
def test_any_entry_comes_back_as_it_went_in_all_three_spellings(entry: Entry) -> None:
    assert Entry.of_json(json.loads(json.dumps(entry.as_json()))) == entry
    for write, spelling in ((as_turtle, "turtle"), (as_jsonld, "json-ld")):
        (row,) = (one for one in rows_of(graph_of("".join(write(_catalog, [entry])).encode(), spelling)) if isinstance(one, CatalogueRow))
        assert row.details == entry.as_json(), spelling


@pytest.mark.parametrize(
    "value",
    [
        {"titles": "x"},
        {"titles": {"zh": 1}},
        {"unknown": 1},
        {"distributions": {}},
        {"temporal": ["a"]},
        {"version": 1},
        {"keywords": [["zh"]]},
        {"distributions": [{"bytes": True}]},
        {"offer": []},
    ],
)
def test_an_entry_of_another_shape_is_no_entry(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Entry.of_json(value)
