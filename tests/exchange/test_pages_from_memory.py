"""How much the database is asked for the board and the tape, and that what is told from memory is what would be made (P13)."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from tests.trading.worlds import make_lot, stand_still
from trading.secrecy import PUBLIC, shows, table
from trading.tape import TapeRow

SOMEBODY = {settings.SESSION_COOKIE_NAME: "none"}
#: What a page may ask: told from memory, and made anew.
BUDGETS = {"/": (1, 32), "/?part=live": (2, 16), "/trading/trades/": (1, 6)}
#: The second and what is counted from it.
_MOVES = re.compile(rb'data-clock="[0-9]+">.*?</time>|<b data-countdown="[0-9]+">[^<]*</b>|[0-9:]{8}')


def asked(path: str, cookies: dict[str, str] | None = None, **headers: str) -> tuple[bytes, int]:
    client = Client(headers=headers)
    client.cookies.load(cookies or {})
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code in (200, 304), answer.status_code
    return answer.content, len([one for one in queries.captured_queries if "pg_current_xact" not in str(one["sql"])])


def still(page: bytes) -> bytes:
    return _MOVES.sub(b"", page)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", BUDGETS)
def test_a_visitor_is_told_the_page_that_would_be_made_and_one_question_is_asked(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from participants import visitors

    stand_still()
    true, seen = visitors.standing, ["before"]  # other processes write to the cluster meanwhile, and the second moves
    monkeypatch.setattr(visitors, "standing", lambda: true() and visitors.Standing(0, seen[0]))
    told, made = BUDGETS[path]
    first, many = asked(path)
    again, few = asked(path)
    anew, _ = asked(path, SOMEBODY)
    assert many <= made + 1 and few <= told, (many, few)
    assert again == first and still(anew) == still(first)
    make_lot(hours=1)
    seen[0] = "after"
    assert asked(path)[1] > told, "a new lot makes the page anew"


@pytest.mark.django_db(transaction=True)
def test_an_unchanged_live_part_asks_one_question() -> None:
    client = Client()
    tag = client.get("/?part=live")["ETag"]
    client.get("/?part=live", headers={"If-None-Match": tag})
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/?part=live", headers={"If-None-Match": tag})
    if answer.status_code == 304:  # the minute may have moved on meanwhile
        assert len(queries) == 1 and not answer.content


@covers("R103")
def test_a_row_of_the_tape_holds_what_everybody_may_see() -> None:
    _, fields = table()
    named = {"title_en": "title", "unit_rates": "price_fen", "pk": "code"}
    for name in TapeRow._fields:
        asked_for = named.get(name, name)
        assert ("trade", asked_for) in fields and shows("trade", asked_for, PUBLIC), name


@pytest.mark.django_db
def test_a_row_remembered_is_the_row_that_would_be_written_in_each_language() -> None:
    """Rows of the tape are plain values: written once a process and language, whatever list they stand in."""
    from django.utils.translation import override

    from exchange import hot

    rows = [TapeRow(n, f"TRD-{n:010d}", "on_exchange", "auction", f"标的 {n} <b>", f"Title {n}", n * 100, MARKET_CLOCK.now(), "", "", None)
            for n in (1, 2, 3)]
    for language in ("zh-hans", "en", "zh-hans"):
        with override(language):
            whole = hot._environment().get_template("trades.jinja").render(rows=rows)
            assert hot.render_rows("trades", rows) == whole == "".join(hot.render_rows("trades", [row]) for row in rows)
            assert ("标的 2 &lt;b&gt;" in whole) == (language == "zh-hans")
    assert hot._row.cache_info().hits >= 12
