"""R93, R116: an association's covenants are signed by version, breaches are its own to judge, it mediates; it has no trading power."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from compliance.models import Covenant, CovenantBreach, CovenantSignature, CreditRecord, Dispute, DisputeMediator
from compliance.operations import (
    accept_mediated,
    answer_breach,
    decide_breach,
    leave_covenant,
    name_mediator,
    open_dispute,
    propose_as_mediator,
    publish_covenant,
    report_breach,
    sign_covenant,
)
from compliance.tasks import act_on_deadlines
from kit.actors import Actor
from kit.coverage import covers
from kit.permissions import permission_map
from kit.rejected import Rejected
from participants.models import Organization, OwnershipStake
from participants.predicates import anyone, signed_in
from participants.roles import OrganizationKind, Role
from participants.timers import after
from tests.compliance.worlds import merchant, officer
from tests.factories import EPOCH, NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db
TEXT = "成员不低价倾销，不虚报质量，不泄露交易对方的信息。"


def association() -> tuple[Organization, Actor]:
    house = make_organization(kind=OrganizationKind.ASSOCIATION, admitted=False)
    return house, make_actor(Role.ASSOCIATION, organization=house)


def published(text: str = TEXT, of: tuple[Organization, Actor] | None = None, at: Any = NOW) -> tuple[Covenant, Organization, Actor]:
    house, speaker = of or association()
    made = publish_covenant(association=house, key="fair", title=("公平公约", "Fair covenant"), text=text, actor=speaker, clock=clock(at))
    return made, house, speaker


def signed() -> tuple[CovenantSignature, Actor, Actor, Actor]:
    """A signature, its member, the association's speaker, and another party."""
    covenant, _, speaker = published()
    ours, member = merchant()
    _, other = merchant()
    return sign_covenant(covenant=covenant, organization=ours, actor=member, clock=clock()), member, speaker, other


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    for language in ("zh", "en"):
        assert caught.value.text("title", language) and caught.value.text("detail", language)
    return caught.value.code


@covers("R116")
def test_a_covenant_is_signed_by_version_and_a_new_one_is_signed_anew_in_its_term() -> None:
    one, member, speaker, _ = signed()
    house = one.covenant.association
    assert refused(lambda: published(of=(house, speaker))) == "compliance.covenant.unchanged"
    later, _, _ = published(TEXT + "成员每年自查。", of=(house, speaker), at=NOW + timedelta(days=1))
    one.refresh_from_db()
    assert (later.version, one.status, one.due_at) == (2, "signed", after("covenant.sign_anew", NOW + timedelta(days=1)))
    assert refused(lambda: sign_covenant(covenant=one.covenant, organization=one.organization, actor=member, clock=clock())
                   ) == "compliance.covenant.superseded"
    again = sign_covenant(covenant=later, organization=one.organization, actor=member, clock=clock(NOW + timedelta(days=2)))
    one.refresh_from_db()
    assert (one.status, again.status, again.sha256) == ("left", "signed", later.sha256)


@covers("R116")
def test_whoever_does_not_sign_the_new_version_in_time_is_bound_no_more() -> None:
    one, _, speaker, other = signed()
    published(TEXT + "成员每年自查。", of=(one.covenant.association, speaker))
    due = after("covenant.sign_anew", NOW)
    act_on_deadlines(clock(due - timedelta(seconds=1)))
    assert CovenantSignature.objects.get(pk=one.pk).status == "signed"
    act_on_deadlines(clock(due))
    one.refresh_from_db()
    assert one.status == "lapsed"
    assert refused(lambda: report_breach(signature=one, text="低价倾销已有半年", actor=other, clock=clock(due))
                   ) == "compliance.covenant.not_signed"


@covers("R116")
def test_a_text_once_published_and_a_signature_are_not_changed() -> None:
    one, member, _, _ = signed()
    with pytest.raises(DatabaseError), transaction.atomic():
        Covenant.objects.filter(pk=one.covenant_id).update(text="改过的文本，与签署的不同。")
    with pytest.raises(DatabaseError), transaction.atomic():
        CovenantSignature.objects.filter(pk=one.pk).update(sha256="0" * 64)
    assert leave_covenant(signature=one, actor=member, clock=clock()).status == "left"
    assert refused(lambda: leave_covenant(signature=one, actor=member, clock=clock())) == "compliance.covenant_signature.illegal_move"


@covers("R93", "R116")
@pytest.mark.parametrize(("measure", "status", "of_signature"), [
    ("none", "dismissed", "signed"), ("warn", "upheld", "signed"), ("criticise", "upheld", "signed"), ("lower", "upheld", "signed"),
    ("expel", "upheld", "expelled")])
def test_a_breach_goes_to_the_association_which_may_do_four_things_and_none_in_the_market(
        measure: str, status: str, of_signature: str) -> None:
    one, member, speaker, other = signed()
    breach = report_breach(signature=one, text="低价倾销已有半年", actor=other, clock=clock())
    assert refused(lambda: decide_breach(breach=breach, measure=measure, reasons="尚未听取成员的答复就作处理", actor=speaker, clock=clock())
                   ) == "compliance.covenant_breach.illegal_move", "the member is heard first"
    answer_breach(breach=breach, text="价格随成本下降", actor=member, clock=clock())
    done = decide_breach(breach=breach, measure=measure, reasons="经核对双方材料后处理", actor=speaker, clock=clock())
    one.refresh_from_db()
    assert (done.status, one.status) == (status, of_signature)
    party = Organization.objects.get(pk=one.organization_id)
    assert not CreditRecord.objects.exists() and (party.standing, party.band) == ("good", "B") and not party.capability_holds.exists()


@covers("R93")
def test_only_the_association_judges_and_not_its_own_side() -> None:
    one, member, speaker, other = signed()
    breach = report_breach(signature=one, text="虚报质量三个批次", actor=officer(), clock=clock())
    answer_breach(breach=breach, text="并无虚报", actor=member, clock=clock())
    judge = {"breach": breach, "measure": "warn", "reasons": "经核对双方材料后处理", "clock": clock()}
    for stranger in (other, officer(), make_actor(Role.REGULATOR), association()[1]):
        assert refused(lambda stranger=stranger: decide_breach(actor=stranger, **judge)) in {
            "participants.permission.denied", "participants.object.absent"}
    assert refused(lambda: decide_breach(actor=speaker, **{**judge, "measure": "fine"})) == "compliance.covenant.measure"
    OwnershipStake.objects.create(owner=one.organization, owned=one.covenant.association, share_bps=6_000, effective_from=EPOCH)
    assert refused(lambda: decide_breach(actor=speaker, **judge)) == "compliance.covenant.conflict"


@covers("R116")
def test_a_silent_member_does_not_stop_it_and_a_late_association_decides_nothing() -> None:
    one, _, _, other = signed()
    breach = report_breach(signature=one, text="低价倾销已有半年", actor=other, clock=clock())
    act_on_deadlines(clock(after("covenant.answer", NOW)))
    breach.refresh_from_db()
    assert breach.status == "deciding" and breach.due_at
    act_on_deadlines(clock(breach.due_at))
    breach.refresh_from_db()
    assert (breach.status, breach.overdue, breach.measure) == ("deciding", True, "")
    assert CovenantBreach.objects.get().status == "deciding"


#: What an association's person may do in the market at all: what everyone may, and what whoever is signed in may read or say.
_ANYWHERE = ("trading.", "delivery.", "settlement.", "listings.", "ledger.")


@covers("R93")
def test_an_association_has_no_trading_power() -> None:
    """The whole map is asked: no act of trading, delivery or money is open to an association that is not open to anyone or a reader."""
    _, speaker = association()
    opened = [name for name, rule in permission_map().items() if name.startswith(_ANYWHERE) and rule not in (anyone, signed_in)
              and rule(speaker, None, NOW)]
    assert [one for one in opened if not one.startswith("listings.") or one.startswith(("listings.listing.", "listings.version."))] == []
    assert not Organization.objects.get(pk=speaker.organization_id).admissions.exists()


@covers("R93")
def test_the_naive_admission_of_an_association_as_a_buyer_is_refused_by_the_sides() -> None:
    from django.db import IntegrityError

    from participants.models import Membership, User

    house, speaker = association()
    user = User.objects.get(pk=speaker.user_id)
    assert user.person is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(person=user.person, organization=house, role=Role.BUYER, effective_from=NOW)


# ---- mediation -----------------------------------------------------------------------------------------------------------------


def disputed() -> tuple[Dispute, Actor, Actor]:
    ours, opening = merchant()
    theirs, answering = merchant()
    return open_dispute(opener=ours, respondent=theirs, subject_code="TRD-0000000001", claim="质量低于说明", actor=opening,
                        clock=clock()), opening, answering


@covers("R93", "R95")
def test_both_name_the_association_and_both_accept_what_it_proposes() -> None:
    dispute, opening, answering = disputed()
    house, speaker = association()
    assert refused(lambda: propose_as_mediator(dispute=dispute, refund_bps=3_000, text="各让一步", actor=speaker, clock=clock())
                   ) == "participants.object.absent"
    name_mediator(dispute=dispute, association=house, actor=opening, clock=clock())
    assert not DisputeMediator.objects.get().agreed_at, "one side alone names nobody"
    name_mediator(dispute=dispute, association=house, actor=answering, clock=clock())
    propose_as_mediator(dispute=dispute, refund_bps=3_000, text="各让一步", actor=speaker, clock=clock())
    assert accept_mediated(dispute=dispute, actor=opening, clock=clock()).status == "negotiating", "one side alone settles nothing"
    done = accept_mediated(dispute=dispute, actor=answering, clock=clock())
    assert (done.status, done.refund_bps, done.outcome) == ("settled", 3_000, "各让一步")


@covers("R93")
def test_a_new_proposal_voids_what_was_accepted_of_the_old() -> None:
    dispute, opening, answering = disputed()
    house, speaker = association()
    for side in (opening, answering):
        name_mediator(dispute=dispute, association=house, actor=side, clock=clock())
    propose_as_mediator(dispute=dispute, refund_bps=3_000, text="各让一步", actor=speaker, clock=clock())
    accept_mediated(dispute=dispute, actor=opening, clock=clock())
    propose_as_mediator(dispute=dispute, refund_bps=2_000, text="再让一步", actor=speaker, clock=clock())
    assert accept_mediated(dispute=dispute, actor=answering, clock=clock()).status == "negotiating"
    assert accept_mediated(dispute=dispute, actor=opening, clock=clock()).refund_bps == 2_000


@covers("R93")
def test_who_is_tied_to_a_side_or_no_association_does_not_mediate() -> None:
    dispute, opening, answering = disputed()
    house, _ = association()
    OwnershipStake.objects.create(owner=dispute.opener, owned=house, share_bps=6_000, effective_from=EPOCH)
    assert refused(lambda: name_mediator(dispute=dispute, association=house, actor=opening, clock=clock())
                   ) == "compliance.dispute.not_independent"
    assert refused(lambda: name_mediator(dispute=dispute, association=make_organization(), actor=answering, clock=clock())
                   ) == "compliance.mediator.no_association"
