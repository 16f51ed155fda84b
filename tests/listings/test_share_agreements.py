"""Share agreements (R9, R71): signed by every party before listing; disputed with words and a counter-proposal; mended or withdrawn.

Worked example: a holder gives the data (weight 50), one firm cleans them (30), one labels them by hand (20). The labeller asks for 25, the
holder mends, all sign, the product goes on sale; its trades are shared by exactly that text.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Beneficiary, Listing, Part, ShareAgreement, ShareDispute, ShareParty
from listings.operations import (
    answer_share_dispute,
    dispute_shares,
    draft_version,
    lapse_shares,
    propose_shares,
    set_contributors,
    sign_shares,
    submit_listing,
    withdraw_shares,
)
from listings.sharing import Line, agreement_of, beneficiary_of
from listings.states import ShareStatus
from listings.tasks import sweep_deadlines
from participants.actors import actor_of
from participants.roles import OrganizationKind, Role
from tests.factories import figure, make_organization, make_user
from tests.listings.worlds import Seller, desk_decides, make_draft, make_seller

pytestmark = pytest.mark.django_db


class Shared:
    """A seller's draft shared with a processor and a labeller, each with a person who signs."""

    def __init__(self) -> None:
        self.seller: Seller = make_seller()
        self.processor, self.labeller = make_organization(), make_organization()
        self.version = make_draft(self.seller)
        self.who: dict[str, Any] = {"actor": self.seller.actor, "clock": self.seller.clock}
        self.clock = self.seller.clock
        self.by = {one: actor_of(make_user(Role.DATA_MERCHANT, organization=one)) for one in (self.processor, self.labeller)}

    def lines(self, *weights: int) -> list[Line]:
        parties = (self.seller.organization, self.processor, self.labeller)
        return [Line(party, part, weight) for party, part, weight in zip(parties, (Part.SOURCE, Part.PROCESSING, Part.LABOUR), weights,
                                                                         strict=True)]

    def propose(self, *weights: int, **terms: Any) -> ShareAgreement:
        return propose_shares(version=self.version, lines=self.lines(*(weights or (50, 30, 20))), **terms, **self.who)

    def sign(self, one: ShareAgreement, *parties: Any) -> ShareAgreement:
        for party in parties or (self.processor, self.labeller):
            one = sign_shares(agreement=one, content_hash=one.content_hash, actor=self.by[party], clock=self.clock)
        return one

    def submit(self) -> Any:
        self.version.refresh_from_db()
        return submit_listing(version=self.version, **self.who)


@covers("R9", "R69", "R71", "R73", "R74")
def test_every_party_signs_before_the_product_goes_on_sale() -> None:
    world = Shared()
    one = world.propose()
    assert (one.status, one.number, one.links) == (ShareStatus.PROPOSED, 1, ["source", "processing", "labour"])
    assert {line.party: line.signed_at is not None for line in one.parties.all()} == {
        world.seller.organization.code: True, world.processor.code: False, world.labeller.code: False}
    with pytest.raises(Rejected, match=r"share\.unsigned"):
        world.submit()
    world.sign(one, world.processor)
    with pytest.raises(Rejected, match=r"share\.unsigned"):
        world.submit()
    one = world.sign(one, world.labeller)
    assert one.status == ShareStatus.IN_FORCE and agreement_of(world.version) == one
    submitted = world.submit()
    assert submitted.status in {"published", "submitted"}
    assert {row.organization: row.weight for row in submitted.contributors.all()} == {
        world.seller.organization: 50, world.processor: 30, world.labeller: 20}
    kinds = Record.objects.filter(subject=one.code).values_list("kind", flat=True)
    assert sorted(kind.rpartition(".")[2] for kind in kinds) == ["agreed", "proposed", "signed"]


@covers("R9", "R69")
def test_a_party_disputes_with_a_counter_proposal_and_the_seller_mends() -> None:
    world = Shared()
    one = world.propose()
    said = dispute_shares(agreement=one, text="标注用了三个月，二十不够", counter={world.labeller.code: 25}, actor=world.by[world.labeller],
                          clock=world.clock)
    one.refresh_from_db()
    assert one.status == ShareStatus.DISPUTED and said.counter == {world.labeller.code: 25} and one.due_at is not None
    with pytest.raises(Rejected, match=r"share\.disputed"):
        world.submit()
    with pytest.raises(Rejected, match=r"share\.not_open"):
        world.sign(one, world.processor)
    mended = world.propose(50, 25, 25, words="按您的意见改为二十五")
    one.refresh_from_db()
    said.refresh_from_db()
    assert (one.status, mended.replaces, mended.number, said.answer) == (ShareStatus.REPLACED, one, 2, "按您的意见改为二十五")
    assert world.sign(mended).status == ShareStatus.IN_FORCE
    assert world.submit().status in {"published", "submitted"}


@covers("R9")
def test_a_dispute_that_is_answered_is_signed_after_all_or_disputed_again() -> None:
    world = Shared()
    one = world.propose()
    speak: dict[str, Any] = {"agreement": one, "actor": world.by[world.labeller], "clock": world.clock}
    dispute_shares(text="二十不够", **speak)
    answered = answer_share_dispute(agreement=one, text="工时单上是二十天", **world.who)
    assert answered.status == ShareStatus.ANSWERED
    with pytest.raises(Rejected, match=r"share\.disputed"):
        world.submit()
    dispute_shares(text="工时单少记了", **speak)
    answer_share_dispute(agreement=one, text="已补记，见附件", **world.who)
    assert ShareDispute.objects.filter(agreement=one, answered_at__isnull=False).count() == 2
    assert world.sign(one).status == ShareStatus.IN_FORCE


@covers("R9")
def test_a_proposal_is_withdrawn_and_what_is_under_way_is_not_changed_behind_it() -> None:
    world = Shared()
    one = world.propose()
    with pytest.raises(Rejected, match="under_way"):
        set_contributors(version=world.version, weights={world.seller.organization: 1}, **world.who)
    assert withdraw_shares(agreement=one, **world.who).status == ShareStatus.WITHDRAWN
    set_contributors(version=world.version, weights={world.seller.organization: 1}, **world.who)
    assert world.submit().status in {"published", "submitted"}, "the seller alone needs nobody's signature"


@covers("R9")
def test_changed_weights_need_new_signatures() -> None:
    world = Shared()
    world.sign(world.propose())
    set_contributors(version=world.version, weights={world.seller.organization: 90, world.processor: 5, world.labeller: 5}, **world.who)
    with pytest.raises(Rejected, match=r"share\.unsigned"):
        world.submit()
    world.sign(world.propose(90, 5, 5))
    set_contributors(version=world.version, weights={world.seller.organization: 50, world.processor: 30, world.labeller: 20}, **world.who)
    with pytest.raises(Rejected, match=r"share\.unsigned"):
        world.submit()


@covers("R9")
def test_a_further_version_keeps_the_agreement_whose_weights_it_keeps() -> None:
    world = Shared()
    first = world.sign(world.propose())
    submitted = world.submit()
    if submitted.status == "submitted":
        desk_decides(submitted, "approve", world.clock)
    submitted.refresh_from_db()
    assert submitted.status == "published"
    world.version = draft_version(listing=Listing.objects.get(pk=submitted.listing_id), **world.who)
    assert agreement_of(world.version) == first
    second = world.sign(world.propose(40, 40, 20))
    first.refresh_from_db()
    assert first.status == ShareStatus.REPLACED
    assert agreement_of(submitted) == first, "what was submitted under it stays shared by it"
    assert agreement_of(world.version) == second


@covers("T17")
def test_silence_signs_nothing_and_ends_the_agreement_in_time() -> None:
    world = Shared()
    one = world.propose()
    assert one.due_at is not None
    from evidence.clock import MARKET_CLOCK, set_market_clock

    set_market_clock(one.due_at + timedelta(minutes=1), 0)
    with pytest.raises(Rejected, match="not_open"):
        sign_shares(agreement=one, content_hash=one.content_hash, actor=world.by[world.processor], clock=MARKET_CLOCK)
    sweep_deadlines()
    one.refresh_from_db()
    assert one.status == ShareStatus.LAPSED and one.due_at is None
    lapse = Record.objects.get(subject=one.code, kind="listings.share_agreement.lapsed")
    assert lapse.payload["state"] == "lapsed"
    with pytest.raises(Rejected):
        lapse_shares(agreement=one, clock=MARKET_CLOCK) if one.due_at else withdraw_shares(agreement=one, **world.who)


@covers("R71", "R72", "R73")
@pytest.mark.parametrize(("change", "field"), [
    ({"weights": (50, 30, 0)}, "links"), ({"links": ["source", "circulation"]}, "links"), ({"weights": (0, 0, 0)}, "weight"),
    ({"first": [{"kind": "fixed", "party": "ORG-NOBODY", "fen": 1}]}, "first"), ({"first": [{"kind": "gift", "party": "x"}]}, "first"),
    ({"weights": (50, 2**40, 1)}, "weight"), ({"shortage": "luck"}, "shortage"),
])
def test_a_proposal_that_leaves_a_contributing_link_without_a_share_is_refused(change: dict[str, Any], field: str) -> None:
    world = Shared()
    with pytest.raises(Rejected, match=r"share\.faulty") as refused:
        world.propose(*change.pop("weights", (50, 30, 20)), **change)
    assert field in {fault.field for fault in refused.value.errors}


@covers("R72")
def test_a_link_may_have_its_share_by_what_is_due_first_alone() -> None:
    world = Shared()
    first = [{"kind": "fixed", "party": world.labeller.code, "fen": 20_000}]
    one = world.sign(world.propose(60, 40, 0, first=first))
    assert one.status == ShareStatus.IN_FORCE and one.first == first
    assert world.version.contributors.count() == 2


@covers("R9")
def test_who_signs_signs_what_was_shown_once_and_for_the_own_organisation_alone() -> None:
    world = Shared()
    one = world.propose()
    for hash_, party, code in (("0" * 64, world.processor, "other_text"), (one.content_hash, world.processor, "")):
        if code:
            with pytest.raises(Rejected, match=code):
                sign_shares(agreement=one, content_hash=hash_, actor=world.by[party], clock=world.clock)
        else:
            world.sign(one, party)
    with pytest.raises(Rejected, match=r"share\.signed"):
        world.sign(one, world.processor)
    stranger = actor_of(make_user(Role.DATA_MERCHANT, organization=make_organization()))
    for act in (lambda: sign_shares(agreement=one, content_hash=one.content_hash, actor=stranger, clock=world.clock),
                lambda: dispute_shares(agreement=one, text="不相干的意见", actor=stranger, clock=world.clock)):
        with pytest.raises(Rejected, match="absent"):
            act()
    with pytest.raises(Rejected, match=r"share\.own"):
        dispute_shares(agreement=one, text="自己的协议", **world.who)


@covers("R74")
def test_for_whom_a_party_receives_follows_from_what_it_is() -> None:
    assert beneficiary_of(make_organization()) == Beneficiary.ENTERPRISE
    assert beneficiary_of(make_organization(kind=OrganizationKind.PUBLIC_BODY)) == Beneficiary.TREASURY


# ---- what the database itself refuses --------------------------------------------------------------------------------------
@covers("R9", "R71")
def test_the_database_lets_no_agreement_enter_unsigned_and_no_signature_go() -> None:
    world = Shared()
    one = world.propose()
    for statement in ("UPDATE listings_shareagreement SET status = 'in_force', due_at = NULL, in_force_at = now() WHERE id = %s",
                      "UPDATE listings_shareparty SET weight = 999 WHERE agreement_id = %s",
                      "UPDATE listings_shareparty SET signed_at = NULL WHERE signed_at IS NOT NULL AND agreement_id = %s",
                      "UPDATE listings_shareagreement SET first = '[1]' WHERE id = %s",
                      "DELETE FROM listings_shareparty WHERE agreement_id = %s"):
        with pytest.raises(Exception, match=r".") as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [one.pk])
        assert refused.type.__name__ in {"IntegrityError", "InternalError", "ProgrammingError"}, statement
    world.sign(one)
    with pytest.raises(IntegrityError), transaction.atomic():
        ShareParty.objects.create(agreement=one, number=9, organization=world.processor, party="ORG-X", part=Part.LABOUR, weight=1,
                                  beneficiary=Beneficiary.ENTERPRISE)


@covers("R9")
def test_the_gate_holds_below_the_operations_and_the_naive_way_around_them_is_refused() -> None:
    """The naive variant: a version that is published by a plain update, its shares unsigned."""
    world = Shared()
    world.propose()
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_share_obstacle(%s)", [world.version.pk])
        assert cursor.fetchone() == ("listings.share.unsigned",)
    with pytest.raises(IntegrityError, match=r"share\.unsigned"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE listings_listingversion SET status = 'submitted', content_hash = 'x' WHERE id = %(v)s; "
                       "UPDATE listings_listingversion SET status = 'approved' WHERE id = %(v)s; "
                       "UPDATE listings_listingversion SET status = 'published' WHERE id = %(v)s", {"v": world.version.pk})


@covers("R70", "G4")
def test_who_creates_the_value_has_the_least_share_together_where_it_is_in_it() -> None:
    world, broker = Shared(), make_organization()

    def proposed(*weights: int, **terms: Any) -> ShareAgreement:
        lines = [Line(world.seller.organization, Part.SOURCE, weights[0]), Line(world.processor, Part.PROCESSING, weights[1]),
                 Line(broker, Part.CIRCULATION, weights[2])]
        return propose_shares(version=world.version, lines=lines, **terms, **world.who)

    with pytest.raises(Rejected) as few:
        proposed(500, 499, 9_001)
    (fault,) = few.value.errors
    assert (fault.field, fault.code) == ("weight", "creators_too_little") and "10%" in fault.text[0]
    assert proposed(500, 500, 9_000).number == 1, "exactly the least"
    due = [{"kind": "fixed", "party": world.seller.organization.code, "fen": 1_000}]
    assert proposed(1, 1, 9_998, first=due).number == 2, "paid first is no part of a whole"
    figure(world.version.listing.venue, "share.creators_least_bps", 3_000)
    with pytest.raises(Rejected):
        proposed(500, 500, 9_000)
    only = [Line(world.seller.organization, Part.APPLICATION, 1), Line(broker, Part.CIRCULATION, 9)]
    assert propose_shares(version=world.version, lines=only, **world.who).links == ["circulation", "application"], "nobody created"
