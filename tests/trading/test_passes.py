"""A bid's pass: the gates are asked once, and again as soon as an answer of theirs can have changed (T16, R53).

What a gate reads is marked: the first tests read the gates' own texts and look that every table and every instant in them is covered. The
others let each kind of change happen between two bids of the same bidder. The naive variant keeps what it found.
"""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import GateMove
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import RegistrationCertificate
from participants.models import Membership
from tests.trading.worlds import bid, make_buyer, move, open_lot, stand
from trading.models import Auction, Bidder, BidPass, Standing

#: each act commits: what an own open transaction wrote keeps every pass from standing
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("floor")]

#: What a bid asks of the rooms below; what those call is followed.
GATES = ("participants_holds", "participants_may", "participants_spending_limit", "listings_tradable", "listings_buyer_obstacle")
TURNS = ("participants_turn", "listings_turn", "compliance_turn")
#: Instants that gates read beside others, or whether they are there, and never hold against the clock.
NOT_TIMED = {"at", "in_force_at", "submitted_at", "decided_at", "closed_at", "created_at"}


def _texts(*names: str) -> dict[str, str]:
    """The functions' bodies and those of every function of a room that they name, without comments."""
    found: dict[str, str] = {}
    waiting = list(names)
    with connection.cursor() as cursor:
        while waiting:
            name = waiting.pop()
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name])
            if name not in found and (row := cursor.fetchone()):
                found[name] = re.sub(r"--.*", "", row[0])
                waiting += re.findall(r"\b((?:participants|compliance|listings|evidence)_\w+)\s*\(", found[name])
    return found


def _refused(lot: Auction, buyer: Actor, maximum_fen: int) -> str:
    with pytest.raises(Rejected) as refused:
        bid(lot, buyer, maximum_fen)
    return refused.value.code


def _tables(texts: dict[str, str]) -> set[str]:
    return set(re.findall(r"\b(?:FROM|JOIN)\s+((?:participants|compliance|listings|evidence)_\w+)\b(?!\s*\()", "\n".join(texts.values())))


def test_every_table_that_a_gate_of_a_bid_reads_is_marked():
    tables = _tables(_texts(*GATES))
    assert {"participants_admission", "listings_condition", "compliance_declaration"} <= tables
    with connection.cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
                       "WHERE p.proname = 'evidence_gate_moved'")
        marked = {name for (name,) in cursor.fetchall()}
    assert tables - marked == set(), "a gate reads it: mark it in the room's sql/turns.sql"


def test_every_instant_that_a_gate_holds_against_the_clock_is_told_as_a_turn():
    gates, turns = _texts(*GATES), _texts(*TURNS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE data_type LIKE 'timestamp%%' "
                       "AND table_name = ANY (%s)", [sorted(_tables(gates))])
        instants = {(table, column) for table, column in cursor.fetchall() if column not in NOT_TIMED}
    asked, told = "\n".join(gates.values()), "\n".join(turns.values())
    missing = {(table, column) for table, column in instants
               if re.search(rf"\.{column}\b(?!\s+IS)", asked) and not (table in _tables(turns) and re.search(rf"\.{column}\b", told))}
    # read only for whether they are there, or to choose between rows; who was signed for since is a column of the listing
    # (a hold of a listing stands until it is lifted, whatever its term; holds of a capability end by themselves)
    assert missing <= {("listings_listing", "declare_since"), ("listings_shareagreement", "ended_at"),
                       *(("listings_hold", column) for column in ("placed_at", "until", "lifted_at"))}


@covers("T16", "R53")
@pytest.mark.parametrize("change", ["standing", "membership", "barred", "certificate"])
def test_whoever_loses_a_condition_between_two_bids_is_refused_the_second(change):
    a = make_buyer()
    lot = open_lot(a)
    bid(lot, a, 2_000_000)
    assert BidPass.objects.filter(lot=lot.code).count() == 1
    if change == "standing":
        stand(a, "suspended")
    elif change == "membership":
        Membership.objects.filter(organization=a.organization_id).update(effective_to=MARKET_CLOCK.now())
    elif change == "barred":
        Bidder.objects.filter(auction=lot).update(barred_at=MARKET_CLOCK.now(), barred_code="test")
    else:
        RegistrationCertificate.objects.filter(product=lot.listing.product_id).update(status="revoked")
    assert _refused(lot, a, 3_000_000) == {
        "standing": "participants.standing.suspended", "membership": "participants.permission.denied",
        "barred": "trading.bid.barred", "certificate": "listings.certificate.not_valid"}[change]


@covers("T16")
def test_time_alone_ends_a_pass_at_the_instant_a_condition_ends():
    a = make_buyer()
    lot = open_lot(a)
    ends = MARKET_CLOCK.now() + timedelta(minutes=2)
    Membership.objects.filter(organization=a.organization_id).update(effective_to=ends)
    bid(lot, a, 2_000_000)
    assert BidPass.objects.get(lot=lot.code).until == ends
    kept = BidPass.objects.get(lot=lot.code)
    move(minutes=1)
    bid(lot, a, 2_100_000)
    assert BidPass.objects.get(lot=lot.code).seen_at == kept.seen_at, "the gates were not asked again"
    move(minutes=1)
    assert _refused(lot, a, 3_000_000) == "participants.permission.denied"


def test_a_pass_lasts_ten_minutes_at_most_and_refusals_are_never_kept():
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a)
    assert _refused(lot, b, 2_000_000) == "trading.bid.not_registered"
    assert not BidPass.objects.filter(lot=lot.code).exists()
    bid(lot, a, 2_000_000)
    kept = BidPass.objects.get(lot=lot.code)
    assert kept.until - kept.seen_at <= timedelta(minutes=10)
    stand(a, "suspended")
    assert _refused(lot, a, 3_000_000) == "participants.standing.suspended"
    stand(a)
    assert bid(lot, a, 3_000_000).leads


def test_how_the_lot_stands_is_found_by_its_key_when_that_row_is_not_where_the_last_bid_left_it():
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 2_000_000)
    Standing.objects.filter(auction=lot).update(second_fen=None)  # writes the row anew elsewhere
    placed = bid(lot, b, 3_000_000)
    assert (placed.seq, placed.leads) == (2, True)
    assert bid(lot, a, 4_000_000).seq == 3


class _Kept:
    """The naive variant: what was found once is kept until its time is over; nobody says that anything changed."""

    def stands(self, kept: BidPass) -> bool:
        return kept.seen_at <= MARKET_CLOCK.now() < kept.until


def _stands(kept: BidPass) -> bool:
    return _Kept().stands(kept) and not GateMove.objects.filter(number__gte=kept.since).exists()


@covers("T16", "T2")
def test_a_change_that_was_under_way_while_the_gates_were_asked_ends_the_pass_when_it_commits():
    a = make_buyer()
    lot = open_lot(a)
    ready, go = threading.Event(), threading.Event()

    def suspend() -> None:
        try:
            with transaction.atomic():
                stand(a, "suspended")
                ready.set()
                assert go.wait(10)
        finally:
            connections.close_all()

    other = threading.Thread(target=suspend)
    other.start()
    assert ready.wait(10)
    assert bid(lot, a, 2_000_000).leads, "what is not committed binds nobody"
    kept = BidPass.objects.get(lot=lot.code)
    assert _stands(kept)
    go.set()
    other.join()
    assert _Kept().stands(kept), "the naive variant lets a suspended house go on bidding"
    assert not _stands(kept)
    assert _refused(lot, a, 3_000_000) == "participants.standing.suspended"
