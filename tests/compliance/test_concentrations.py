"""A change of control asks last year's turnover of both groups; over the lines the concentration is filed first (R85, section J).

Worked example: a group of 6 billion yuan in China takes 60 % of a firm with 900 million; the two together make 6.9 billion, over 4 billion,
and both are over 800 million: it is filed. With 800 million exactly it is not.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from django.test import Client

from compliance.models import Case
from evidence.operations import drain
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice, Organization, OwnershipStake
from participants.operations import declare_stake
from participants.ownership import Turnover
from participants.roles import OrganizationKind, Role
from tests.exchange.worlds import signed_in
from tests.factories import clock, make_actor, make_organization

pytestmark = pytest.mark.django_db
YI = 100_000_000 * 100
OVER = Turnover(2025, 69 * YI, 69 * YI, 60 * YI, 9 * YI)


def firm() -> tuple[Organization, Actor]:
    one = make_organization()
    return one, make_actor(Role.DATA_MERCHANT, organization=one)


def taken_over(turnover: Turnover | None, share_bps: int = 6_000) -> Organization:
    owned, actor = firm()
    declare_stake(owner=make_organization(), owned=owned, share_bps=share_bps, source="章程", turnover=turnover, actor=actor, clock=clock())
    drain(clock=clock())
    return owned


def cases(owned: Organization) -> list[Case]:
    return list(Case.objects.filter(subject_code=owned.code, flags__contains=["concentration"]))


@covers("R85")
def test_a_change_of_control_over_the_lines_is_filed_before_it_is_done() -> None:
    owned = taken_over(OVER)
    (case,) = cases(owned)
    assert (case.queue, case.organization) == ("surveillance", owned) and "60.00%" in case.entries.get().text
    assert Notice.objects.filter(organization=owned, kind="compliance.concentration.to_file").count() == 1
    assert OwnershipStake.objects.get(owned=owned).turnover == asdict(OVER)


@covers("R85")
@pytest.mark.parametrize(("figures", "filed"), [
    ({}, True), ({"owned_china_fen": 8 * YI}, False), ({"owned_china_fen": 8 * YI + 1}, True),
    ({"world_fen": 40 * YI, "china_fen": 40 * YI, "owner_china_fen": 30 * YI}, False),
    ({"world_fen": 120 * YI + 1, "china_fen": 40 * YI, "owner_china_fen": 30 * YI}, True),
])
def test_the_lines_are_exceeded_not_reached(figures: dict[str, Any], filed: bool) -> None:
    assert bool(cases(taken_over(replace(OVER, **figures)))) is filed


@covers("R85")
@pytest.mark.parametrize(("turnover", "fields"), [
    (None, {"turnover_year", "china_fen", "world_fen", "owner_china_fen", "owned_china_fen"}),
    (replace(OVER, year=2020), {"turnover_year"}), (replace(OVER, owner_china_fen=-1), {"owner_china_fen"}),
    (replace(OVER, world_fen=1), {"china_fen"}),
])
def test_a_party_whose_control_changes_states_each_figure(turnover: Turnover | None, fields: set[str]) -> None:
    owned, actor = firm()
    with pytest.raises(Rejected) as caught:
        declare_stake(owner=make_organization(), owned=owned, share_bps=6_000, turnover=turnover, actor=actor, clock=clock())
    assert caught.value.code == "participants.stake.turnover_missing" and {one.field for one in caught.value.errors} == fields
    assert not OwnershipStake.objects.filter(owned=owned).exists()


@covers("R85", "R53")
def test_a_minority_holding_a_body_of_the_state_and_the_desks_own_entry_ask_for_none() -> None:
    assert cases(taken_over(None, share_bps=5_000)) == []
    owned, actor = firm()
    bureau = make_organization(kind=OrganizationKind.AUTHORITY, admitted=False)
    declare_stake(owner=bureau, owned=owned, share_bps=10_000, actor=actor, clock=clock())
    declare_stake(owner=make_organization(), owned=make_organization(), share_bps=9_000, actor=SYSTEM, clock=clock())


@covers("R85")
def test_two_minorities_that_together_change_control_ask_as_one() -> None:
    holder, between, (owned, actor) = make_organization(), make_organization(), firm()
    declare_stake(owner=holder, owned=between, share_bps=6_000, actor=SYSTEM, clock=clock())
    declare_stake(owner=holder, owned=owned, share_bps=3_000, actor=actor, clock=clock())
    with pytest.raises(Rejected, match="turnover_missing"):
        declare_stake(owner=between, owned=owned, share_bps=3_000, actor=actor, clock=clock())


@covers("R85")
def test_the_form_names_each_missing_figure_at_its_field_and_keeps_what_was_typed() -> None:
    _owned, actor = firm()
    browser: Client = signed_in(actor)
    form = {"act": "stake", "owner": make_organization().code, "share": "60", "source": "股权转让协议", "owner_china_fen": "6,000,000,000"}
    answer = browser.post("/desk/organisation/profile/", form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "填写上一年度营业额" in page and "6,000,000,000" in page and "股权转让协议" in page
