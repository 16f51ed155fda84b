"""What the database itself refuses about lots, bids and ticks, whoever writes (I10 to I12, I17).

Each statement is tried twice by the superuser: with the guard, which refuses it, and with the guard switched off, where it passes; so
it is this guard and no other that stands in the way.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from evidence.models import Command, Record, Unsealed
from kit.coverage import covers
from tests.trading.worlds import bid, make_buyer, make_listing, open_lot, stand_still
from trading.models import Auction, Bid

PRICE, END, TERMS, STATE = "trading_standing_price", "trading_auction_end", "trading_auction_terms", "trading_auction_status_edge"
GUARDED = [
    (PRICE, "price_fen = price_fen - 1"),
    (PRICE, "price_fen = NULL, leader_id = NULL, top_fen = NULL"),
    (PRICE, "seq = seq - 1"),
    (PRICE, "tick_seq = tick_seq - 1"),
    (PRICE, "voids = voids - 1"),
    (END, "closes_at = closes_at - interval '1 second'"),
    (END, "closes_at = first_closes_at + make_interval(secs => extension_cap_seconds + 1)"),
    (END, "first_closes_at = first_closes_at - interval '1 second'"),
    (TERMS, "start_price_fen = start_price_fen + 1"),
    (TERMS, "increments = '[[null, 1, 0]]'"),
    (TERMS, "enforces_step = NOT enforces_step"),
    (TERMS, "proxies = NOT proxies"),
    (TERMS, "reserve_price_fen = COALESCE(reserve_price_fen, 0) + 1"),
    (TERMS, "reserve_commitment = repeat('f', 64)"),
    (TERMS, "window_seconds = window_seconds + 1"),
    (TERMS, "extension_seconds = extension_seconds + 1"),
    (TERMS, "extension_cap_seconds = extension_cap_seconds + 1"),
    (TERMS, "terms_hash = repeat('f', 64)"),
    ("trading_auction_owner", "seller_id = (SELECT max(organization_id) FROM trading_bidder)"),
    (TERMS, "listing_id = (SELECT max(id) FROM listings_listing)"),
    (TERMS, "version_id = (SELECT max(id) FROM listings_listingversion)"),
    (STATE, "status = 'draft'"),
    (STATE, "status = 'announced'"),
]
#: What stands before the edit, written with all triggers off: bids voided once; an end already extended.
BEFORE = {"voids": "voids = 1", "closes_at": "closes_at = first_closes_at + interval '1 minute'"}


class Undone(Exception):
    """Ends a tried transaction."""


def _lot_with_bids() -> Auction:
    stand_still()
    first, second = make_buyer(), make_buyer()
    lot = open_lot(first, second)
    bid(lot, first, 5_000_000), bid(lot, second, 2_000_000)
    make_listing()  # another listing and version for terms to be bent to
    return lot


def _refused(lot: Auction, guard: str, edit: str, without: str = "") -> bool:
    """Whether the database refuses the edit, with one trigger switched off where it is named."""
    refused = False
    table, key = ("trading_standing", "auction_id") if guard == PRICE else ("trading_auction", "id")
    with suppress(Undone), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for named, before in BEFORE.items():
            if edit.startswith(named):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(f"UPDATE {table} SET {before} WHERE {key} = %s", [lot.pk])
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        if without:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {without}")
        try:
            with transaction.atomic():
                cursor.execute(f"UPDATE {table} SET {edit} WHERE {key} = %s", [lot.pk])
                assert cursor.rowcount == 1, edit
        except DatabaseError:
            refused = True
        raise Undone
    return refused


@covers("I11", "I12", "I17")
@pytest.mark.django_db(transaction=True)
def test_each_guard_of_a_lot_refuses_what_would_pass_without_it(as_superuser: None) -> None:
    lot = _lot_with_bids()
    assert [edit for guard, edit in GUARDED if not _refused(lot, guard, edit)] == []
    assert [(guard, edit) for guard, edit in GUARDED if _refused(lot, guard, edit, without=guard)] == []


@pytest.mark.django_db
def test_no_trigger_of_a_lot_sets_a_column() -> None:
    """A guard that names its columns is asked only by statements that set them; a trigger that set one would slip past it."""
    sets = r"(^|;|\mthen\M|\melse\M|\mbegin\M)\s*new(\.\w+)?\s*:?=|\minto\s+new"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'BEGIN NEW.price_fen := 1; RETURN NEW; END' ~* %s", [sets])
        assert cursor.fetchone()[0]
        cursor.execute("SELECT t.tgname, p.prosrc ~* %s FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                       "WHERE t.tgrelid IN ('trading_auction'::regclass, 'trading_standing'::regclass) AND NOT t.tgisinternal", [sets])
        found = dict(cursor.fetchall())
    assert {PRICE, END, TERMS, STATE} <= set(found)
    assert not any(found.values()), found


ABSENT = [
    ("trading_bid", "auction_id"), ("trading_bid", "bidder_id"), ("trading_tick", "auction_id"), ("trading_standing", "auction_id"),
    ("trading_auction", "seller_id"), ("evidence_unsealed", "record_id"),
]


@covers("I10")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("table", "column"), ABSENT)
def test_what_a_bid_writes_names_rows_that_exist(as_superuser: None, table: str, column: str) -> None:
    """The hot path keeps its foreign keys: a copy of a written row that names nobody is refused, and passes where none is asked."""
    _lot_with_bids()
    nobody = "gen_random_uuid()" if column == "record_id" else "0"
    edit = f"UPDATE {table} SET {column} = {nobody}"
    for asked in (True, False):
        with suppress(Undone), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # rows that never change: only the foreign key is tried
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if not asked:
                cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0
            if asked:
                with pytest.raises(IntegrityError), transaction.atomic():
                    cursor.execute(edit + _one_of(table))
            else:
                cursor.execute(edit + _one_of(table))
            raise Undone


def _one_of(table: str) -> str:
    key = {"evidence_unsealed": "number", "trading_standing": "auction_id"}.get(table, "id")
    return f" WHERE {key} = (SELECT min({key}) FROM {table})"


@pytest.mark.django_db
def test_a_bid_leaves_its_command_its_fact_and_the_facts_place_with_the_sealer() -> None:
    lot = _lot_with_bids()
    for row in Bid.objects.filter(auction=lot):
        command = Command.objects.get(pk=row.command)
        fact = Record.objects.get(command=row.command)
        assert (command.operation, command.at, command.key, command.status) == ("trading.bid.place", row.at, None, None)
        assert (fact.kind, fact.subject, fact.at, fact.actor) == ("trading.bid.placed", lot.code, row.at, command.actor)
        assert fact.payload["seq"] == row.seq
        assert Unsealed.objects.filter(record=fact).count() == 1


@pytest.mark.django_db
def test_the_evidence_of_a_hot_act_takes_plain_payloads_only() -> None:
    """Written in one statement, judged as every record: a number that is not whole below 2^53 is refused."""
    act = "SELECT evidence_act(gen_random_uuid(), 'test.act.do', 'test.act.done', 1, 'system', 'LOT-X', market_now(), %s::jsonb)"
    with connection.cursor() as cursor:
        cursor.execute(act, ['{"n": 9007199254740991}'])
        for payload in ('{"n": 1.5}', '{"n": 9007199254740992}', '[1]'):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(act, [payload])
