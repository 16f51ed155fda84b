"""P12, P16: a list for programs, and the millionth page of it. Floor of P12 = one hand-written json_agg statement passed through.

The whole path of a request is run in process (the house's own middleware, gate, limit, filters), without a network between.
100,000 listings for P12; P16 asks tables of ``N`` rows (1,000,000; ``N=100000`` for a quick look) for their first and their last page.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.ground import Ground
from benchmarks.harness import Figure, Goal, Report, Variant, Worker, ratio_of, rotate

LISTINGS, DEEP = 100_000, int(os.environ.get("N", "1000000"))
PAGE = 50
ASKED = f"/api/listings/?limit={PAGE}&sector=D&grade=general"
_FLOOR = (
    "SELECT json_agg(json_build_object('code', l.code, 'title', json_build_object('zh', v.title_zh, 'en', v.title_en), 'seller', o.code, "
    "'category', v.category, 'stage', v.stage, 'grade', v.grade, 'sector', v.sector, 'sale_mode', v.sale_mode, 'delivery_mode', "
    "v.delivery_mode, 'price_fen', v.price_fen, 'listed_at', "
    "to_char(l.listed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), 'pilot', NULL) "
    "ORDER BY i.listed_at DESC, i.listing_id DESC)::text "
    "FROM (SELECT listing_id, listed_at FROM listings_listingindex WHERE on_sale AND sector = 'D' AND grade = 'general' "
    "ORDER BY listed_at DESC, listing_id DESC LIMIT 50) i JOIN listings_listing l ON l.id = i.listing_id "
    "JOIN listings_listingversion v ON v.id = l.version_id JOIN participants_organization o ON o.id = l.organization_id"
)

# ---- the tables ------------------------------------------------------------------------------------------------------------

_AT = "timestamptz '2026-01-01 00:00:00+00'"


def fill(ground: Ground, rows: int, begun: int = 0) -> None:
    """This will put listings on sale up to number ``rows``, past their own life: only lists are asked here."""
    import psycopg

    with psycopg.connect(ground.admin_url.rpartition("/")[0] + f"/{ground.name}", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers, no foreign keys: the rows are only read
        if not begun:
            connection.execute(
                "INSERT INTO participants_organization (code, venue_id, name, name_en, short_name, short_name_en, name_key, kind, uscc, "
                "lei, registry_place, registry_number, uscc_warning, standing, band, is_venue_affiliate, created_at) "
                "SELECT 'ORG-B' || lpad(n::text, 9, '0'), (SELECT min(id) FROM participants_venue), "
                "'卖方' || n, 'Seller ' || n, '卖方' || n, 'Seller ' || n, 'bench' || n, 'enterprise', "
                f"'', '', '', '', false, 'good', 'A', false, {_AT} FROM generate_series(1, 200) n"
            )
        first = _scalar(connection, "SELECT min(id) FROM participants_organization WHERE code LIKE 'ORG-B%'")
        for table, row in _tables(first).items():
            _insert(connection, table, row, begun + 1, rows)
        connection.execute("ANALYZE")


def _scalar(connection: Any, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]


def _tables(first: int) -> dict[str, dict[str, str]]:
    """The columns that lists tell, as expressions over the row's number ``n``."""
    from listings.words import grams

    seller, at = f"{first} + mod(n, 200)", f"{_AT} + n * interval '1 second'"
    sector, grade = "chr(65 + mod(n, 4)::int)", "CASE WHEN mod(n, 10) = 0 THEN 'important' ELSE 'general' END"
    version = {
        "id": "n", "code": "'LSV-' || lpad(n::text, 10, '0')", "organization_id": seller, "listing_id": "n", "number": "1",
        "status": "'published'", "edit_version": "1", "title_zh": "'充电桩利用率日度数据第' || n || '期'",
        "title_en": "'Daily charging pile utilisation ' || n", "sector": sector, "category": "'enterprise'", "stage": "'product'",
        "grade": grade, "sale_mode": "'fixed'", "pricing_mode": "'market'", "price_fen": "n * 100", "delivery_mode": "'download'",
        "content_hash": "'x'", "depth": "'green'", "circulation": "'trade'", "created_at": at, "updated_at": at,
    }
    listing = {
        "id": "n", "code": "'LST-' || lpad(n::text, 10, '0')", "venue_id": "1", "organization_id": seller, "product_id": "n",
        "version_id": "n", "certificate_id": "n", "status": "'listed'", "status_reason": "''", "listed_at": at, "created_at": at,
    }
    index = {
        "listing_id": "n", "text": "'充电桩利用率日度数据第' || n || '期'", "grams": f"ARRAY{grams('充电桩')}",
        "words": "('''充电桩'':1A ''第' || mod(n, 5000) || '期'':2A')::tsvector",
        "card": "listings_card(n, 'ORG-B' || lpad((mod(n, 200) + 1)::text, 9, '0'))", "on_sale": "true", "category": "'enterprise'",
        "stage": "'product'", "grade": grade, "sector": sector, "sale_mode": "'fixed'", "delivery_mode": "'download'",
        "price_fen": "n * 100", "listed_at": at,
    }
    tables = (("listings_listingversion", version), ("listings_listing", listing), ("listings_listingindex", index))
    return dict(tables)


#: What stands in a column that no list tells, by its type.
_EMPTY = {"text": "''", "character varying": "''", "jsonb": "'{}'::jsonb", "boolean": "false", "bigint": "0", "integer": "0",
          "smallint": "0", "timestamp with time zone": _AT, "ARRAY": "'{}'"}


def _insert(connection: Any, table: str, row: dict[str, str], first: int, last: int) -> None:
    rest = connection.execute("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO' "
                              "AND column_default IS NULL AND is_identity = 'NO'", [table]).fetchall()
    whole = {name: _EMPTY[kind] for name, kind in rest if name not in row} | row
    names = ", ".join(f'"{name}"' for name in whole)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(whole.values())} "
                       "FROM generate_series(%(first)s::bigint, %(last)s::bigint) n", {"first": first, "last": last})


# ---- the ways --------------------------------------------------------------------------------------------------------------


def floor_view(request: Any) -> Any:
    """One statement, its text passed through: no gate, no filter of the caller's, no cursor."""
    from django.db import connection
    from django.http import HttpResponse

    with connection.cursor() as cursor:
        cursor.execute(_FLOOR)
        return HttpResponse(f'{{"items":{cursor.fetchone()[0]},"next":null}}', content_type="application/json")


def drf_view() -> Any:
    """The obvious way: ModelSerializer, select_related, pages by number with their count."""
    from rest_framework import generics, pagination, permissions, serializers

    from listings.models import Listing

    class Row(serializers.ModelSerializer):
        title_zh, title_en = serializers.CharField(source="version.title_zh"), serializers.CharField(source="version.title_en")
        seller = serializers.CharField(source="organization.code")
        category, stage = serializers.CharField(source="version.category"), serializers.CharField(source="version.stage")
        grade, sector = serializers.CharField(source="version.grade"), serializers.CharField(source="version.sector")
        sale_mode = serializers.CharField(source="version.sale_mode")
        delivery_mode = serializers.CharField(source="version.delivery_mode")
        price_fen = serializers.IntegerField(source="version.price_fen")

        class Meta:
            model = Listing
            fields = ("code", "title_zh", "title_en", "seller", "category", "stage", "grade", "sector", "sale_mode", "delivery_mode",
                      "price_fen", "listed_at")

    class Pages(pagination.PageNumberPagination):
        page_size = PAGE

    class Obvious(generics.ListAPIView):
        permission_classes = (permissions.AllowAny,)
        pagination_class = Pages
        serializer_class = Row
        queryset = (
            Listing.objects.filter(index__on_sale=True, index__sector="D", index__grade="general")
            .select_related("version", "organization")
            .order_by("-index__listed_at", "-index__pk")
        )

    return Obvious.as_view()


urlpatterns: list[Any] = []


def _routes() -> None:
    from django.urls import path

    urlpatterns[:] = [path("bench/floor/", floor_view), path("bench/drf/", drf_view())]


def asker(address: str, *, ours: bool = True, **headers: str) -> Callable[[], bytes]:
    """A request through the whole house, as a server would hand it over."""
    from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
    from django.test import RequestFactory

    handler = WSGIHandler()
    environ = RequestFactory().get(address, headers=headers).environ

    def ask() -> bytes:
        request = WSGIRequest(dict(environ))
        if not ours:
            request.urlconf = "benchmarks.lists"
        answer = handler.get_response(request)
        assert answer.status_code == 200, answer.content[:300]
        body = bytes(answer.content)
        answer.close()
        return body

    return ask


def variant(name: str, address: str, *, is_floor: bool = False, ours: bool = True) -> Variant:
    def make(_: int) -> Worker:
        from django.db import connection, connections

        connections.close_all()
        _routes()
        ask = asker(address, ours=ours)
        ask()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = cursor.fetchone()[0]

        def act() -> int:
            ask()
            return 1

        return Worker(act, backend)

    return Variant(name, make, is_floor)


def queries_of(ask: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as taken:
        ask()
    return len(taken)


# ---- P16 -------------------------------------------------------------------------------------------------------------------


def deep(first: Callable[[], object], last: Callable[[], object], turns: int = 40) -> tuple[float, float]:
    """Median milliseconds of the first and of the last page, asked in turn."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for number, ask in enumerate((first, last)):
            begin = time.perf_counter()
            ask()
            took[number].append((time.perf_counter() - begin) * 1000)
    return statistics.median(took[0]), statistics.median(took[1])


def views(rows: int) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Each view with its first page and a page ``rows`` deep."""
    from listings.search import write_key

    bottom = PAGE * 2
    keys: dict[str, list[Any]] = {
        "newest": [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=bottom), bottom],
        "price": [(rows - bottom) * 100, rows - bottom],
        "price_desc": [bottom * 100, bottom],
    }
    found = [(f"listings by {sort}", asker(f"/api/listings/?limit={PAGE}&sort={sort}"),
              asker(f"/api/listings/?limit={PAGE}&sort={sort}&after={write_key(key)}")) for sort, key in keys.items()]
    word = "%E5%85%85%E7%94%B5"
    found.append(("listings found by a word that all hold", asker(f"/api/listings/?limit={PAGE}&q={word}"),
                  asker(f"/api/listings/?limit={PAGE}&q={word}&after={write_key([1, bottom])}")))
    return found


def offset(rows: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """The obvious way down: OFFSET and a count."""
    from listings.models import ListingIndex

    def at(place: int) -> Callable[[], object]:
        def ask() -> object:
            shown = ListingIndex.objects.filter(on_sale=True).order_by("-listed_at", "-pk")
            return shown.count(), list(shown.values("pk", "listed_at")[place : place + PAGE])

        return ask

    return at(0), at(rows - PAGE)


# ---- all of it -------------------------------------------------------------------------------------------------------------


def run(ground: Ground) -> Iterator[Report]:
    """This will measure the list and its depth."""
    from django.conf import settings
    from django.db import connections

    settings.API_READS_PER_MINUTE = 10**9
    fill(ground, LISTINGS)
    _routes()
    ours, floor = json.loads(asker(ASKED)()), json.loads(asker("/bench/floor/", ours=False)())
    assert ours["items"] == floor["items"], "both list the same rows in the same order"
    count = queries_of(asker(ASKED))
    connections.close_all()
    figures = rotate([
        variant("json_agg passed through", "/bench/floor/", is_floor=True, ours=False),
        variant("GET /api/listings/, filtered", ASKED),
        variant("DRF ModelSerializer, page numbers", "/bench/drf/", ours=False),
    ])
    share = ratio_of(figures, "GET /api/listings/, filtered")
    drf = ratio_of(figures, "GET /api/listings/, filtered", "DRF ModelSerializer, page numbers")
    goals = [
        Goal.judged("P12", "list to the json_agg floor", share, 0.8),
        Goal.judged("P12", "list to DRF ModelSerializer", drf, 7.0),
        Goal.judged("P12", "one statement (1 / statements)", 1 / max(count, 1), 1.0),
    ]
    facts = {**ground.facts(), "listings": LISTINGS, "page": PAGE}
    yield Report("lists", figures, facts, goals, {"statements": count, "rows listed": len(ours["items"])})
    yield _depth(ground)


def _depth(ground: Ground) -> Report:
    fill(ground, DEEP, LISTINGS)
    figures, goals = [], []
    for name, first, last in views(DEEP):
        top, bottom = deep(first, last)
        figures += [_figure(f"{name}: page 1", top, 1.0), _figure(f"{name}: {DEEP:,} deep", bottom, top / bottom)]
        goals.append(Goal.judged("P16", f"{name}: page 1 to the deepest (0.5 = twice as long)", top / bottom, 0.5))
    top, bottom = deep(*offset(DEEP), turns=6)
    figures.append(_figure("OFFSET and COUNT(*), the obvious way", bottom, top / bottom))
    return Report("depth", figures, {**ground.facts(), "rows": DEEP}, goals, {"obvious way is slower by": round(bottom / top, 1)})


def _figure(name: str, milliseconds: float, ratio: float) -> Figure:
    return Figure(name, 1000 / milliseconds, ratio, ratio, ratio, milliseconds * 1000, (1000 / milliseconds,))
