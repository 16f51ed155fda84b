"""Who controls whom: the venue and everyone on its side stay out of the market, by the graph of holdings, not by a mark (R53, A4)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.invariants import VenueSideMarked
from participants.models import Organization
from participants.operations import declare_stake, end_stake, invite_member, open_admission
from participants.ownership import Stakes, controllers_of, follow_ownership, venue_side
from participants.queries import may, venue_organization
from participants.roles import OrganizationKind, Role
from tests.factories import NOW, clock, make_actor, make_organization, venue

HALF = 5_000


def naive_controls(seed: int, key: int, holdings) -> bool:
    """The mutant: only a single holding of more than half counts, chain by chain."""
    return any(owner == seed and owned == key and share > HALF for owner, owned, share in holdings) or any(
        owner == seed and share > HALF and naive_controls(owned, key, holdings) for owner, owned, share in holdings)


def slow_controls(seed: int, holdings, keys) -> set[int]:
    """The oracle: the smallest set that holds the seed and everyone of whom the set owns more than half."""
    best = set(keys)
    for bits in product((0, 1), repeat=len(keys)):
        group = {key for key, bit in zip(keys, bits, strict=True) if bit} | {seed}
        closed = all(sum(s for o, d, s in holdings if d == key and o in group) <= HALF for key in keys if key not in group)
        if closed and len(group) < len(best):
            best = group
    return best


@covers("R53")
@settings(max_examples=150, deadline=None)
@given(shares=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([100, 2_600, 4_999, 5_000, 5_001, 10_000])),
                       max_size=10))
def test_the_group_is_the_smallest_that_leaves_nobody_owned_by_more_than_half(shares) -> None:
    holdings = tuple((a, b, share) for a, b, share in shares if a != b)
    assert Stakes(holdings, HALF).controlled_by({0}) == slow_controls(0, holdings, range(6))


@covers("R53")
def test_two_who_are_controlled_together_control_with_their_shares_added() -> None:
    holdings = ((0, 1, 6_000), (0, 2, 6_000), (1, 3, 3_000), (2, 3, 3_000))
    graph = Stakes(holdings, HALF)
    assert graph.controlled_by({0}) == {0, 1, 2, 3} and graph.controllers_of(3) == {0}
    assert not naive_controls(0, 3, holdings), "the mutant looks at single holdings and lets the third firm trade"


def operator() -> Organization:
    return venue_organization(venue())


def refused_code(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    assert "R53" in caught.value.article or caught.value.code != "participants.capability.venue_affiliate"
    return caught.value.code


@covers("R53", "A4")
@pytest.mark.django_db
def test_whoever_the_venue_controls_who_controls_it_and_their_other_firms_stay_out() -> None:
    parent, sister, child, grandchild, far = (make_organization(Role.DATA_MERCHANT) for _ in range(5))
    for owner, owned, share in ((parent, operator(), 6_000), (parent, sister, 5_100), (operator(), child, 5_001),
                                (child, grandchild, 9_000),
                                (operator(), far, 5_000)):
        declare_stake(owner=owner, owned=owned, share_bps=share, actor=SYSTEM, clock=clock())
    for one in (parent, sister, child, grandchild):
        one.refresh_from_db()
        assert one.is_venue_affiliate and may(one, "list", at=NOW) == "participants.capability.venue_affiliate", one
    assert may(far, "list", at=NOW) == "", "half is not more than half"
    assert not list(VenueSideMarked().check())


@covers("R53", "A4")
@pytest.mark.django_db
def test_the_side_is_worked_out_anew_when_a_holding_ends_and_each_change_is_on_record() -> None:
    firm = make_organization(Role.BUYER)
    stake = declare_stake(owner=operator(), owned=firm, share_bps=8_000, actor=SYSTEM, clock=clock())
    assert may(firm, "bid", at=NOW) == "participants.capability.venue_affiliate"
    end_stake(stake=stake, actor=SYSTEM, clock=clock())
    assert may(firm, "bid", at=NOW) == ""
    assert refused_code(end_stake, stake=stake, actor=SYSTEM, clock=clock()) == "participants.stake.ended"
    from evidence.models import Record

    told = list(Record.objects.filter(kind="participants.affiliation.changed", subject=firm.code).order_by("at", "payload__is_affiliate"))
    assert sorted(one.payload["is_affiliate"] for one in told) == [False, True]
    assert told[0].payload["through"] in ([operator().code], [])


@covers("R53")
@pytest.mark.django_db
def test_being_owned_by_the_same_body_of_the_state_makes_nobody_the_venues_side() -> None:
    bureau = make_organization(kind=OrganizationKind.AUTHORITY, admitted=False)
    other = make_organization(Role.DATA_MERCHANT)
    declare_stake(owner=bureau, owned=operator(), share_bps=10_000, actor=SYSTEM, clock=clock())
    declare_stake(owner=bureau, owned=other, share_bps=10_000, actor=SYSTEM, clock=clock())
    other.refresh_from_db()
    assert not other.is_venue_affiliate and controllers_of(other, at=NOW) == []


@covers("R53", "A4")
@pytest.mark.django_db
def test_an_affiliate_is_not_admitted_and_the_venues_people_hold_no_part_in_the_market() -> None:
    firm = make_organization(admitted=False)
    boss = make_actor(Role.DATA_MERCHANT, organization=firm)
    declare_stake(owner=operator(), owned=firm, share_bps=8_000, actor=SYSTEM, clock=clock())
    held = open_admission(organization=firm, category="merchant_supply", actor=boss, clock=clock())
    from participants.operations import file_admission

    assert refused_code(file_admission, admission=held, actor=boss, clock=clock()) == "participants.capability.venue_affiliate"
    common = {"name": "营运人", "identity": "310101199001010033", "actor": SYSTEM, "clock": clock()}
    invite_member(organization=operator(), role=Role.VENUE_OPERATOR, username="op1", **common)
    assert refused_code(invite_member, organization=make_organization(), role=Role.DATA_MERCHANT, username="op2",
                        **common) == "participants.member.conflict"
    assert refused_code(invite_member, organization=operator(), role=Role.BUYER, username="op3",
                        **common) == "participants.member.role_unfit"


@covers("R53")
@pytest.mark.django_db
def test_holdings_never_add_up_to_more_than_all() -> None:
    a, b, c = (make_organization() for _ in range(3))
    declare_stake(owner=a, owned=c, share_bps=6_000, actor=SYSTEM, clock=clock())
    common = {"owned": c, "actor": SYSTEM, "clock": clock()}
    assert refused_code(declare_stake, owner=b, share_bps=4_001, **common) == "participants.stake.over_all"
    assert refused_code(declare_stake, owner=a, share_bps=1_000, **common) == "participants.stake.on_file"
    assert refused_code(declare_stake, owner=b, share_bps=0, **common) == "participants.stake.over_all"


@covers("R53", "A4")
@pytest.mark.django_db(transaction=True)
def test_the_checker_finds_a_mark_that_the_graph_does_not_bear_out_and_the_nightly_round_mends_it() -> None:
    firm, hidden = make_organization(is_venue_affiliate=True), make_organization()
    from participants.models import OwnershipStake

    OwnershipStake.objects.create(owner=operator(), owned=hidden, share_bps=9_000, effective_from=NOW)  # past the operation
    assert len(list(VenueSideMarked(at=NOW).check())) == 2
    assert hidden.pk in venue_side(venue(), NOW)
    assert follow_ownership(actor=SYSTEM, clock=clock()) == 2
    firm.refresh_from_db()
    assert not firm.is_venue_affiliate and not list(VenueSideMarked(at=NOW).check())


@covers("R53", "T36")
@pytest.mark.django_db(transaction=True)
def test_two_holdings_declared_at_once_do_not_miss_what_they_make_together() -> None:
    """Each alone is harmless: the venue's child and grandchild appear only when both are on file."""
    import threading

    from django.db import connections

    for _ in range(3):
        middle, low = make_organization(), make_organization(Role.BUYER)
        gate = threading.Barrier(2)

        def run(owner, owned, gate=gate) -> None:
            gate.wait()
            declare_stake(owner=owner, owned=owned, share_bps=6_000, actor=SYSTEM, clock=clock())
            connections.close_all()

        threads = [threading.Thread(target=run, args=pair) for pair in ((operator(), middle), (middle, low))]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        low.refresh_from_db()
        assert low.is_venue_affiliate
