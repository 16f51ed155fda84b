"""P15: search over a million Chinese titles. Floor = the sequential scan; beside it pg_trgm, the index one would reach for first.

Titles of about 15 characters out of 20,000 two-character words by Zipf's law; asked are substrings of 2 to 4 characters cut out of
titles, wherever a word begins. ``N=100000`` for a quick look. What each way finds is compared before a figure counts.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from benchmarks.ground import Ground
from benchmarks.harness import Figure, Goal, Report
from benchmarks.screening import words as vocabulary

TITLES = int(os.environ.get("N", "1000000"))
ASKED, COMPARED, SCANNED = 600, 60, 20


def titles(rnd: random.Random) -> Iterator[str]:
    known = vocabulary(20_000, rnd, (2, 2))
    weights = list(accumulate(1 / rank for rank in range(1, len(known) + 1)))
    for _ in range(TITLES):
        yield "".join(rnd.choices(known, cum_weights=weights, k=rnd.randint(6, 9)))


def fill(ground: Ground, rnd: random.Random) -> list[str]:
    """This will put the titles into the search table, its indexes built behind them; returns some of the titles."""
    import psycopg

    from listings.words import grams, words

    kept: list[str] = []
    with psycopg.connect(ground.admin_url.rpartition("/")[0] + f"/{ground.name}", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # rows without a listing behind them: only finding is asked
        indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname IN ('listing_grams', 'listing_words')").fetchall()
        connection.execute("DROP INDEX listing_grams, listing_words")
        columns = "listing_id, text, grams, words, on_sale, category, stage, grade, sector, sale_mode, delivery_mode"
        with connection.cursor().copy(f"COPY listings_listingindex ({columns}) FROM STDIN") as rows:
            for number, title in enumerate(titles(rnd), start=1):
                if number % (TITLES // 1000) == 0:
                    kept.append(title)
                cut = " ".join(f"'{one}':{place}A" for place, one in enumerate(dict.fromkeys(words(title)), start=1))
                rows.write_row((number, title, grams(title), cut, True, "", "", "", "", "", ""))
        for (index,) in indexes:
            connection.execute(index)
        connection.execute("VACUUM ANALYZE")
    return kept


class Beside:
    """The same titles in a database whose letters include Chinese ones: pg_trgm sees no trigram in them under the plain locale."""

    def __init__(self, ground: Ground) -> None:
        import psycopg

        self.admin_url, self.name, server = ground.admin_url, f"{ground.name}_trgm", ground.admin_url.rpartition("/")[0]
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
        self.connection = psycopg.connect(f"{server}/{self.name}", autocommit=True)
        ask = self.connection.execute
        ask("CREATE EXTENSION pg_trgm")
        ask("CREATE TABLE bench_titles (listing_id bigint, text text)")
        with (psycopg.connect(f"{server}/{ground.name}") as source, self.connection.cursor().copy("COPY bench_titles FROM STDIN") as rows,
              source.cursor().copy("COPY listings_listingindex (listing_id, text) TO STDOUT") as read):
            for part in read:
                rows.write(part)
        ask("CREATE TABLE bench_bare AS SELECT * FROM bench_titles")
        ask("CREATE INDEX bench_trgm ON bench_titles USING gin (text gin_trgm_ops)")
        ask("VACUUM ANALYZE")
        self.index_bytes = int(ask("SELECT pg_relation_size('bench_trgm')").fetchone()[0])  # type: ignore[index]

    def like(self, table: str, query: str, limit: int | None = 20) -> list[tuple[Any, ...]]:
        rest = f" LIMIT {limit}" if limit else ""
        return self.connection.execute(f"SELECT listing_id FROM {table} WHERE text LIKE %s{rest}", [f"%{query}%"]).fetchall()

    def close(self) -> None:
        from exchange.local_servers import drop_database

        self.connection.close()
        drop_database(self.admin_url, self.name)


def substrings(kept: Sequence[str], rnd: random.Random, count: int, sizes: Sequence[int] = (2, 2, 3, 4)) -> list[str]:
    found = []
    for _ in range(count):
        title, size = rnd.choice(kept), rnd.choice(sizes)
        begin = rnd.randrange(len(title) - size + 1)
        found.append(title[begin : begin + size])
    return found


def ours(query: str) -> list[tuple[Any, ...]]:
    """The first page, as the room asks for it."""
    from listings.search import page_of, rows_of

    return rows_of(page_of(query))


def all_of(query: str) -> set[int]:
    """Every row that the room's conditions hold for a query."""
    from django.db import connection

    from listings.matching import asked, both, tiers

    held = both(tiers(asked(query))[0][:3], " OR ")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT listing_id FROM listings_listingindex WHERE {held.sql}", held.values)
        return {row[0] for row in cursor.fetchall()}


def took(ask: Any, queries: Sequence[str]) -> list[float]:
    """Milliseconds of each query, in order of size."""
    found = []
    for query in queries:
        begin = time.perf_counter()
        ask(query)
        found.append((time.perf_counter() - begin) * 1000)
    return sorted(found)


def run(ground: Ground) -> list[Report]:
    """This will fill the table, compare what is found, and time the ways."""
    rnd = random.Random(20261122)
    kept, beside = fill(ground, rnd), Beside(ground)
    queries, pairs = substrings(kept, rnd, ASKED), substrings(kept, rnd, SCANNED, (2,))
    compared = substrings(kept, rnd, COMPARED)
    exact = sum(all_of(query) == {row[0] for row in beside.like("bench_bare", query, None)} for query in compared)
    took(ours, queries[:50])
    mine, two = took(ours, queries), took(ours, pairs)
    scan = took(lambda query: beside.like("bench_bare", query, None), pairs)
    trigram = took(lambda query: beside.like("bench_titles", query, None), pairs)
    sizes = {"listing_grams": int(ground.execute("SELECT pg_relation_size('listing_grams')")[0][0]), "bench_trgm": beside.index_bytes}
    beside.close()
    middle, late = statistics.median(mine), mine[int(len(mine) * 0.99) - 1]
    floor = statistics.median(scan)
    figures = [_figure("sequential scan", floor, floor), _figure("first page, any substring: p50", middle, floor),
               _figure("first page, any substring: p99", late, floor),
               _figure("pg_trgm, two characters: p50", statistics.median(trigram), floor)]
    goals = [
        Goal.judged("P15", "substrings found exactly as LIKE finds them", exact / COMPARED, 1.0),
        Goal.judged("P15", "p99 within 15 ms (15 / p99)", 15 / late, 1.0),
        Goal.judged("P15", "p50 to a sequential scan", floor / middle, 20.0),
        Goal.judged("P15", "two characters, p50, to pg_trgm", statistics.median(trigram) / statistics.median(two), 100.0),
        Goal.judged("P15", "pg_trgm's index to ours", sizes["bench_trgm"] / sizes["listing_grams"], 2.0),
    ]
    facts = {**ground.facts(), "titles": TITLES, "index bytes": sizes}
    return [Report("search", figures, facts, goals, {"p50 ms": round(middle, 2), "p99 ms": round(late, 2)})]


def _figure(name: str, milliseconds: float, floor: float) -> Figure:
    ratio = floor / milliseconds
    return Figure(name, 1000 / milliseconds, ratio, ratio, ratio, milliseconds * 1000, (1000 / milliseconds,))
