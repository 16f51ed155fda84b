"""A venue rests on its approval and is opened by two of the authority; its figures are its parent's or stricter (R50, R55)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from evidence.files import deposit
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.defaults import DEFAULTS, STRICTER
from participants.figures import laxer
from participants.invariants import VenuesNeverLaxer
from participants.models import Parameter, User, Venue
from participants.operations import ask_figure, decide_figure, decide_venue, open_venue, propose_venue
from participants.queries import parameter, venue_organization
from participants.roles import Role
from tests.factories import NOW, PDF, clock, make_actor, make_user, venue

pytestmark = pytest.mark.django_db
SECOND = ("review_second",)


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    return caught.value.code


def proposed(**changes):
    paper = deposit(io.BytesIO(PDF), name="批复.pdf", owner="ORG-A", at=NOW)
    return propose_venue(**{"code": "GZ", "name": ("贵州数据场所", "Guizhou venue"), "level": "regional", "profile": "pilot",
                            "filing_number": "黔数备〔2026〕1号", "rulebook_version": "1", "approval_document": paper, "parent": venue(),
                            "actor": make_actor(Role.REGULATOR), "clock": clock(), **changes})


def opened() -> Venue:
    made = decide_venue(approval=proposed(), agree=True, reason="批复已核", actor=make_actor(Role.REGULATOR, capabilities=SECOND),
                        clock=clock())
    assert made is not None
    return made


@covers("R50", "I18")
def test_a_venue_is_opened_by_a_second_regulator_on_its_approval_document() -> None:
    made = opened()
    assert (made.level, made.filing_number, made.approval_document.name) == ("regional", "黔数备〔2026〕1号", "批复.pdf")
    assert venue_organization(made).is_venue_affiliate and made.calendar_days.count() > 40
    assert decide_venue(approval=proposed(code="YN"), agree=False, reason="布局重复", actor=make_actor(Role.REGULATOR, capabilities=SECOND),
                        clock=clock()) is None
    assert not Venue.objects.filter(code="YN").exists()


@covers("R50")
def test_nobody_else_opens_one_no_operator_no_flag_no_form_no_row() -> None:
    for role in (Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.AUDITOR, Role.DATA_MERCHANT):
        assert code_of(proposed, actor=make_actor(role)) == "participants.permission.denied", role
    shell = User.objects.create(username="root", is_superuser=True, is_staff=True)
    assert code_of(proposed, actor=actor_of(shell)) == "participants.permission.denied"
    maker = make_user(Role.REGULATOR, capabilities=SECOND)
    approval = proposed(actor=actor_of(maker))
    assert code_of(decide_venue, approval=approval, agree=True, reason="x", actor=actor_of(maker),
                   clock=clock()) == "participants.approval.same_person"
    assert code_of(decide_venue, approval=approval, agree=True, reason="x", actor=make_actor(Role.REGULATOR),
                   clock=clock()) == "participants.permission.denied", "without review_second"
    assert code_of(open_venue, code="X", name=("x", "x"), level="national", filing_number="x", rulebook_version="1",
                   actor=make_actor(Role.REGULATOR, capabilities=SECOND), clock=clock()) == "participants.approval.needed"
    for client in (Client(), Client()):
        client.force_login(shell, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/admin/participants/venue/add/").status_code == 403
    base = {"name_zh": "野场所", "name_en": "x", "level": "regional", "profile": "production", "rulebook_version": "1"}
    for fault in ({"filing_number": "文号"}, {"filing_number": ""}):  # no document; no number
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.create(code="WILD", **base, **fault)


@covers("R50")
def test_the_laboratory_opens_venues_of_its_own_and_only_of_its_profile() -> None:
    made = open_venue(code="LAB", name=("试验", "Lab"), level="regional", filing_number="lab", rulebook_version="1", actor=SYSTEM,
                      clock=clock())
    assert made.profile == "simulation"


@covers("R50", "I3")
def test_level_and_approval_of_a_venue_are_fixed() -> None:
    made = opened()
    for change in ({"level": "national"}, {"filing_number": "改"}, {"approval_document": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.filter(pk=made.pk).update(**change)


# ---- figures -----------------------------------------------------------------------------------------------------------------


@covers("R55")
@pytest.mark.parametrize(("value", "parent", "way", "lax"), [
    (5, 5, "lower", False), (6, 5, "lower", True), (4, 5, "lower", False), (4, 5, "higher", True), (6, 5, "higher", False),
    (9, 5, "", False),
    ({"A": 2, "B": 10}, {"A": 2, "B": 9}, "higher", False), ({"A": 1, "B": 10}, {"A": 2, "B": 9}, "higher", True),
    ({"A": 2}, {"A": 2, "B": 9}, "higher", True), ("18:00", "17:00", "lower", True)])
def test_which_figure_is_laxer(value, parent, way: str, lax: bool) -> None:
    assert laxer(value, parent, way) is lax


@covers("R55")
def test_every_way_named_belongs_to_a_figure_that_exists() -> None:
    assert set(STRICTER) <= {one.key for one in DEFAULTS}
    assert all(Parameter.objects.get(venue=venue(), key=key, scope=row.scope).stricter == way for key, way in STRICTER.items()
               for row in DEFAULTS if row.key == key)


def propose(where: Venue, value, key: str = "fee.cap_bps", days: int = 8, actor=None, scope: str = ""):
    return ask_figure(venue=where, key=key, value=value, scope=scope, source="理事会决议", effective_from=NOW + timedelta(days=days),
                             actor=actor or make_actor(Role.VENUE_OPERATOR), clock=clock())


@covers("R51", "R55", "I18")
def test_a_figure_is_changed_by_two_after_its_notice_and_keeps_its_past() -> None:
    first, second = (make_user(Role.VENUE_OPERATOR) for _ in range(2))
    assert code_of(propose, where=venue(), value=400, days=6) == "participants.parameter.backdated"
    assert code_of(propose, where=venue(), value="400") == "participants.parameter.unfit"
    assert code_of(propose, where=venue(), value=1, key="no.such") == "participants.parameter.unfit"
    assert code_of(propose, where=venue(), value=400, actor=make_actor(Role.COMPLIANCE_OFFICER)) == "participants.permission.denied"
    approval = propose(venue(), 400, actor=actor_of(first))
    assert code_of(decide_figure, approval=approval, approve=True, reason="x", actor=actor_of(first),
                   clock=clock()) == "participants.approval.same_person"
    made = decide_figure(approval=approval, approve=True, reason="同意", actor=actor_of(second), clock=clock())
    assert made is not None
    begins = NOW + timedelta(days=8)
    assert parameter("fee.cap_bps", venue=venue(), at=begins - timedelta(seconds=1)) == 500
    assert parameter("fee.cap_bps", venue=venue(), at=begins) == 400


@covers("R55")
def test_a_venue_is_its_parents_or_stricter_and_follows_when_the_parent_tightens() -> None:
    below, second = opened(), make_actor(Role.VENUE_OPERATOR)
    assert code_of(propose, where=below, value=501) == "participants.parameter.laxer"
    assert code_of(propose, where=below, value=9, key="clean_room.k") == "participants.parameter.laxer"
    decide_figure(approval=propose(below, 450), approve=True, reason="更严", actor=second, clock=clock())
    decide_figure(approval=propose(venue(), 300, days=20), approve=True, reason="收紧", actor=second, clock=clock())
    begins = NOW + timedelta(days=20)
    assert parameter("fee.cap_bps", venue=below, at=begins - timedelta(seconds=1)) == 450
    assert parameter("fee.cap_bps", venue=below, at=begins) == 300
    assert not list(VenuesNeverLaxer().check())


@covers("R55")
def test_the_checker_finds_a_laxer_figure_that_slipped_past() -> None:
    below = opened()
    Parameter.objects.filter(venue=below, key="clean_room.k").update(value=5)
    assert len(list(VenuesNeverLaxer().check())) == 1
