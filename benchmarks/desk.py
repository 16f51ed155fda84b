"""P16 at the supervision desk: lists over a million trades and alerts, page 1 beside the deepest; no count, few statements.

``N=300000`` for a quick look. The whole path of a request runs in process, as somebody of surveillance asks it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.ground import Ground
from benchmarks.harness import Goal, Report
from benchmarks.lists import _AT, _figure, _insert, deep

ROWS = int(os.environ.get("N", "1000000"))
#: Statements a desk page may ask: the rail reads each of twenty queues.
MOST = 64


def fill(ground: Ground) -> None:
    """This will put trades and alerts past their own life: only lists are asked here."""
    import psycopg

    with psycopg.connect(ground.admin_url.rpartition("/")[0] + f"/{ground.name}", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers, no foreign keys: the rows are only read
        connection.execute(
            "INSERT INTO participants_organization (code, venue_id, name, name_en, short_name, short_name_en, name_key, kind, uscc, "
            "lei, registry_place, registry_number, uscc_warning, standing, band, is_venue_affiliate, created_at) "
            "SELECT 'ORG-D' || lpad(n::text, 9, '0'), (SELECT min(id) FROM participants_venue), '方' || n, 'Party ' || n, '方' || n, "
            f"'Party ' || n, 'deskbench' || n, 'enterprise', '', '', '', '', false, 'good', 'A', false, {_AT} "
            "FROM generate_series(1, 200) n")
        found = connection.execute("SELECT min(id) FROM participants_organization WHERE code LIKE 'ORG-D%'").fetchone()
        first = found[0] if found else 1
        at = f"{_AT} + n * interval '1 second'"
        _insert(connection, "trading_trade", {
            "id": "n", "code": "'TRD-' || lpad(n::text, 10, '0')", "venue_id": "1", "channel": "'on_exchange'", "basis": "'purchase'",
            "seller_id": f"{first} + mod(n, 100)", "buyer_id": f"{first} + 100 + mod(n, 100)", "title": "'成交' || n", "price_fen": "n",
            "version_id": "1", "agreement": "'{}'", "agreement_hash": "md5(n::text) || md5(n::text)", "executed_at": at}, 1, ROWS)
        _insert(connection, "trading_tradestate", {"trade_id": "n", "status": "'funded'"}, 1, ROWS)
        _insert(connection, "trading_surveillancealert", {
            "id": "n", "code": "'ALR-' || lpad(n::text, 10, '0')", "rule": "'round_trip'", "rule_version": "'2026.1'",
            "subject": "lpad(n::text, 16, '0')", "parties": "ARRAY['ORG-D' || lpad((mod(n, 200) + 1)::text, 9, '0')]",
            "objects_told": "ARRAY['TRD-' || lpad(n::text, 10, '0')]", "inputs_hash": "lpad(n::text, 64, '0')", "figures": "'{}'",
            "score_ppm": "900000", "threshold_ppm": "750000", "base_rate_ppm": "3000", "status": "'dismissed'", "overdue": "false",
            "raised_at": at, "reason": "'x'", "decided_at": at, "decided_by_id": "1", "assignee_id": "1"}, 1, ROWS)
        connection.execute("ANALYZE")


def officer() -> Any:
    """Somebody of surveillance, as rows."""
    from django.utils import timezone

    from participants.models import Membership, Organization, Person, User
    from participants.queries import house_venue, venue_organization

    home: Organization = venue_organization(house_venue())
    person = Person.objects.create(code="PSN-DESKBENCH0", name="监察", real_name_key="desk-bench")
    Membership.objects.create(person=person, organization=home, role="surveillance", effective_from=timezone.now().replace(year=2020))
    return User.objects.create(username="desk-bench", person=person, acting_for=home)


def asker(address: str, client: Any) -> Callable[[], bytes]:
    def ask() -> bytes:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content[:300]
        return bytes(answer.content)

    return ask


def statements(ask: Callable[[], object]) -> tuple[int, bool]:
    """How many statements a page asks, and whether one of them counts all rows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as taken:
        ask()
    return len(taken), any("COUNT(*)" in (one["sql"] or "").upper() for one in taken.captured_queries)


def run(ground: Ground) -> Iterator[Report]:
    """This will measure each list of the desk at its top and at its bottom."""
    from django.test import Client

    fill(ground)
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    last = "0000000101"
    pages = [("all trades", "/admin/watch/trades/?", f"after=TRD-{last}"),
             ("a party's trades", "/admin/watch/trades/?party=ORG-D000000001&", f"after=TRD-{last}"),
             ("all alerts", "/admin/alerts/?show=all&", f"after=ALR-{last}"),
             ("alerts of a rule", "/admin/alerts/?show=all&rule=round_trip&", f"after=ALR-{last}"),
             ("queue of trades", "/admin/queue/trades/?", ""), ("my next case", "/admin/?", "")]
    figures, goals, asked = [], [], {}
    for name, address, after in pages:
        first = asker(address, client)
        number, counts = statements(first)
        asked[f"{name}: statements"] = number
        assert not counts, f"{name} counts all rows"
        goals.append(Goal.judged("P16", f"{name}: within {MOST} statements", MOST / number, 1.0))
        top, bottom = deep(first, asker(address + after, client), turns=10)
        figures += [_figure(f"{name}: page 1", top, 1.0), _figure(f"{name}: {ROWS:,} deep", bottom, top / bottom)]
        goals.append(Goal.judged("P16", f"{name}: page 1 to the deepest (0.5 = twice as long)", top / bottom, 0.5))
    yield Report("desk", figures, {**ground.facts(), "rows": ROWS}, goals, asked)
