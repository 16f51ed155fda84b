"""T50: packed columns. A gzip is unpacked up to its bound and no further; a Parquet file is judged by its footer and its dictionaries."""

from __future__ import annotations

import gzip
import io
import struct
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.files.storage import default_storage

from evidence.models import Deposit
from evidence.packed import MAX_DICTIONARY, fault_of_gzip, fault_of_parquet
from kit.coverage import covers
from tests.evidence.test_files import archive, put, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                                                          "OPTIONS": {"location": str(tmp_path / "kept")}}}


def written(query: str, place: Path, codec: str = "zstd", **more: Any) -> bytes:
    """A Parquet file as an ordinary program writes it."""
    options = "".join(f", {name} {value}" for name, value in more.items())
    duckdb.connect().execute(f"COPY ({query}) TO '{place / 'made.parquet'}' (FORMAT parquet, CODEC '{codec}'{options})")
    return (place / "made.parquet").read_bytes()


# ---- Parquet by hand, in Thrift's compact writing --------------------------------------------------------------------------------


def number(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def signed(value: int) -> bytes:
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def written_struct(fields: dict[int, tuple[int, bytes]]) -> bytes:
    out, before = b"", 0
    for name in sorted(fields):
        kind, body = fields[name]
        out, before = out + bytes([(name - before) << 4 | kind]) + body, name
    return out + b"\0"


def listed(items: list[bytes]) -> bytes:
    head = bytes([len(items) << 4 | 12]) if len(items) < 15 else bytes([0xF0 | 12]) + number(len(items))
    return head + b"".join(items)


def whole(value: int) -> tuple[int, bytes]:
    return 6, signed(value)


def made(*, cells: int = 10, unpacked: int = 100, dictionary: tuple[int, int] | None = (40, 4), elsewhere: bool = False,
         columns: int = 1, place: int = 4, groups: int = 1) -> bytes:
    """One column of so many cells, said to become so many bytes; its dictionary of (bytes, entries), or a data page first."""
    page = written_struct({1: (5, signed(2)), 2: (5, signed(dictionary[0])), 3: (5, signed(8)),
                           7: (12, written_struct({1: (5, signed(dictionary[1])), 2: (5, signed(0))}))}) if dictionary else (
        written_struct({1: (5, signed(0)), 2: (5, signed(unpacked)), 3: (5, signed(8))}))
    figures = written_struct({1: (5, signed(6)), 3: (9, bytes([1 << 4 | 8]) + number(1) + b"a"), 4: (5, signed(1)), 5: whole(cells),
                              6: whole(unpacked), 7: whole(8), 9: whole(place), **({11: whole(place)} if dictionary else {})})
    column = written_struct({**({1: (8, number(7) + b"../a.pq")} if elsewhere else {}), 2: whole(place), 3: (12, figures)})
    group = written_struct({1: (9, listed([column] * columns)), 2: whole(unpacked), 3: whole(cells)})
    footer = written_struct({1: (5, signed(1)), 2: (9, listed([written_struct({4: (8, number(1) + b"a")})] * 2)), 3: whole(cells),
                             4: (9, listed([group] * groups))})
    return b"PAR1" + page + b"\0" * 64 + footer + struct.pack("<I", len(footer)) + b"PAR1"


BOMBS: dict[str, bytes] = {
    "a dictionary of two gigabytes": made(dictionary=(2_000_000_000, 4)),
    "a dictionary one byte over": made(dictionary=(MAX_DICTIONARY + 1, 4)),
    "a megabyte looked up a million times": made(cells=1_000_000, dictionary=(1_000_000, 1)),
    "ten billion cells of one value": made(cells=10_000_000_000, dictionary=(1, 1)),
    "columns said to become a thousand times the file": made(unpacked=1_000_000, dictionary=None),
    "a hundred thousand columns": made(columns=20_000, groups=5),
    "columns that stand in another file": made(elsewhere=True),
    "a page outside the file": made(place=10_000_000),
    "a page before the file": made(place=-4),
    "figures below nothing": made(unpacked=-5, dictionary=None),
    "a footer longer than the file": b"PAR1" + b"\0" * 20 + struct.pack("<I", 1 << 30) + b"PAR1",
    "no footer": b"PAR1" + b"\0" * 200,
    "nothing but its name": b"PAR1",
    "a list of a billion": b"PAR1" + (footer := b"\x29\xfc" + number(1_000_000_000)) + struct.pack("<I", len(footer)) + b"PAR1",
    "structs in structs without end": b"PAR1" + (deep := b"\x1c" * 4_000) + struct.pack("<I", len(deep)) + b"PAR1",
    "millions of numbers": b"PAR1" + (long := b"\x19\xf5" + number(3_000_000) + b"\0" * 3_000_000) + struct.pack("<I", len(long)) + b"PAR1",
}


@covers("T50")
@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_parquet_file_that_would_burst_its_reader_is_refused_in_little_memory(name: str) -> None:
    begun = time.process_time()
    tracemalloc.start()
    try:
        assert refused(BOMBS[name], "a.parquet") == "evidence.file.archive"
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    print(f"T50: {name}: {time.process_time() - begun:.2f} s of CPU with memory traced, which slows it several times")
    assert not Deposit.objects.exists() and default_storage.listdir("")[0] == []


@covers("T50")
def test_the_naive_gate_reads_the_first_four_bytes_and_takes_each_of_them() -> None:
    """What stood here before: a name that ends well and a file that begins well."""
    assert all(one.startswith(b"PAR1") for one in BOMBS.values())


@covers("T50")
@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "zstd"])
def test_what_ordinary_programs_write_is_kept(codec: str, tmp_path: Path) -> None:
    query = (
        "SELECT i AS n, '站点 ' || (i % 50) AS place, repeat('备注', i % 20) AS note, i / 7.0 AS rate,"
        " DATE '2026-01-01' + (i % 90)::INT AS day, [i, i + 1] AS pair, {'a': i, 'b': 'x' || i} AS inner,"
        " NULL::VARCHAR AS gap FROM range(20000) t(i)")
    content = written(query, tmp_path, codec, ROW_GROUP_SIZE=5000)
    assert put(content, "a.parquet").media_type == "application/vnd.apache.parquet"
    assert put(written("SELECT 1 AS a WHERE false", tmp_path, codec), "empty.parquet").size > 0
    assert put(written("SELECT repeat('长', 3000) AS a, i AS b FROM range(300) t(i)", tmp_path, "uncompressed"), "long.parquet").size > 0


@covers("T50")
def test_a_long_text_repeated_by_dictionary_is_a_bomb_as_a_program_writes_it(tmp_path: Path) -> None:
    """A few kilobytes that become six gigabytes in the memory of whoever opens them."""
    content = written("SELECT repeat('x', 30000) AS a FROM range(200000)", tmp_path, "zstd", ROW_GROUP_SIZE=200000)
    assert len(content) < 200_000
    assert refused(content, "a.parquet") == "evidence.file.archive"


@covers("T50")
def test_every_cut_of_an_honest_file_is_read_as_unreadable_and_never_breaks(tmp_path: Path) -> None:
    content = written("SELECT i AS n, 'v' || (i % 5) AS v FROM range(100) t(i)", tmp_path)
    assert fault_of_parquet(io.BytesIO(content), len(content)) == ""
    for end in range(len(content)):
        cut = content[:end]
        assert fault_of_parquet(io.BytesIO(cut), len(cut)) != "", end
    for place in range(len(content) - 8):  # one byte turned: an answer, whatever it is
        turned = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        fault_of_parquet(io.BytesIO(turned), len(turned))


# ---- gzip ------------------------------------------------------------------------------------------------------------------------


@covers("T50")
@pytest.mark.parametrize(("content", "found"), [
    pytest.param(gzip.compress(bytes(60_000_000)), "unpacked", id="bursts"),
    pytest.param(gzip.compress(b"a,b\n") + gzip.compress(bytes(60_000_000)), "unpacked", id="a later member bursts"),
    pytest.param(gzip.compress(gzip.compress(b"a,b\n1,2\n")), "within", id="a gzip within"),
    pytest.param(gzip.compress(archive({"a.csv": b"1"})), "within", id="an archive within"),
    pytest.param(gzip.compress(b"a,b\n1,2\n" * 1000)[:-12], "unreadable", id="breaks off"),
    pytest.param(gzip.compress(b"a,b\n") + b"and something else behind", "unreadable", id="something else behind"),
    pytest.param(b"\x1f\x8b" + b"\xff" * 40, "unreadable", id="no gzip at all"),
])
def test_a_gzip_that_bursts_nests_or_breaks_off_is_refused(content: bytes, found: str) -> None:
    assert found in fault_of_gzip(io.BytesIO(content), len(content))
    assert refused(content, "a.csv.gz") == "evidence.file.archive"
    assert not Deposit.objects.exists()


@covers("T50")
def test_a_gzip_is_unpacked_no_further_than_its_bound() -> None:
    """The naive reader unpacks what it is given: sixty megabytes of memory for sixty kilobytes. This holds a piece at a time."""
    bomb = gzip.compress(bytes(60_000_000))
    tracemalloc.start()
    try:
        assert len(zlib.decompress(bomb, zlib.MAX_WBITS | 16)) == 60_000_000
        naive = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        fault_of_gzip(io.BytesIO(bomb), len(bomb))
        assert tracemalloc.get_traced_memory()[1] < naive // 20
    finally:
        tracemalloc.stop()


def test_an_ordinary_gzip_is_kept_one_of_several_members_too() -> None:
    table = "".join(f"{n},{n * 7919 % 10_007}\n" for n in range(50_000)).encode()
    assert put(gzip.compress(table), "a.csv.gz").media_type == "application/gzip"
    assert put(gzip.compress(table) + gzip.compress(b"1,2\n") + b"\0" * 512, "b.csv.gz").size > 0
    assert put(gzip.compress(b""), "c.gz").size > 0


@covers("T50")
def test_a_table_that_is_an_archive_as_well_is_refused() -> None:
    """The first lines are a table's; whoever opens it by its end finds an archive."""
    table = b"a,b\n" + b"1,2\n" * 2_000
    assert refused(table + archive({"payload.html": b"<script>alert(1)</script>"}), "a.csv") == "evidence.file.type"
    assert put(table, "a.csv").media_type == "text/csv"
