"""Each invariant of supply finds the violation it is for (planted past the triggers by the superuser), and none in a sound market."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evidence.invariants import registered
from kit.coverage import covers
from listings import invariants
from listings.operations import grant_right, submit_listing
from participants.roles import Role
from tests.factories import make_organization
from tests.listings.worlds import desk_decides, make_draft, make_listed, make_seller


class EveryMoveIsTold:
    """The checks of I17 over this room's tables, and over the decided rows of reviews."""

    id = "I17"

    def check(self) -> list[str]:
        ours = [one for one in registered() if getattr(one, "table", "").startswith("listings_")]
        return [text for one in (*ours, invariants.DecidedReviewsAreTold) for text in one().check()]


ALL = [invariants.RightsNeverExceedTheirSource, invariants.WhatIsOnSaleMayBe, EveryMoveIsTold, invariants.ReviewersDiffer]


def _market() -> None:
    """An amber listing, a red one, and a granted exclusive right."""
    seller = make_seller()
    make_listed(seller)
    red = submit_listing(version=make_draft(seller, stage="raw"), actor=seller.actor, clock=seller.clock)
    desk_decides(red, "approve", seller.clock)
    desk_decides(red, "approve", seller.clock)
    parent = red.listing.product.rights.get(right="use")
    grant_right(parent=parent, to=make_organization(Role.BUYER), exclusive=True, exclusive_fen=1, actor=seller.actor, clock=seller.clock,
                effective_to=seller.clock.now() + timedelta(days=365))


@pytest.mark.django_db
def test_a_sound_market_violates_nothing() -> None:
    _market()
    assert [text for one in ALL for text in one().check()] == []


PLANTED = [
    ("I13", ALL[0], "UPDATE listings_propertyright SET purposes = '{industry}' WHERE parent_id IS NULL"),
    ("I13", ALL[0], "UPDATE listings_propertyright SET status = 'suspended' WHERE parent_id IS NULL"),
    ("I16", ALL[1], "UPDATE listings_listingversion SET grade = 'core'"),
    ("I16", ALL[1], "UPDATE listings_listingversion SET price_fen = price_fen + 1"),
    ("I16", ALL[1], "UPDATE listings_registrationcertificate SET status = 'revoked'"),
    ("I16", ALL[1], "UPDATE listings_registrationcertificate SET content = content || '{\"holder\": \"ORG-X\"}'"),
    ("I16", ALL[1], "UPDATE listings_listingversion SET status = 'superseded'"),
    ("I16", ALL[1], "UPDATE listings_contributor SET weight = weight + 1"),
    ("I16", ALL[1], "UPDATE compliance_declaration SET ended_at = effective_from"),
    ("I17", ALL[2], "UPDATE listings_listing SET status = 'sold'"),
    ("I17", ALL[2], "DELETE FROM evidence_record WHERE kind LIKE 'listings.right.%'"),
    ("I17", ALL[2], "DELETE FROM evidence_record WHERE kind LIKE 'listings.listing.%'"),
    ("I17", ALL[2], "DELETE FROM evidence_record WHERE kind = 'listings.listing.approved'"),
    ("I17", ALL[2], "DELETE FROM evidence_record WHERE kind = 'listings.listing.review_decided' AND payload ->> 'order' = '2'"),
    ("I17", ALL[2], "DELETE FROM evidence_record WHERE kind = 'listings.certificate.issued'"),
    ("I17", ALL[2], "UPDATE listings_registration SET status = 'withdrawn'"),
    ("I17", ALL[2], "INSERT INTO evidence_record SELECT gen_random_uuid(), kind, kind_version, command, at, actor, subject, payload "
                    "FROM evidence_record WHERE kind = 'listings.listing.published'"),
    ("I18", ALL[3], "UPDATE listings_review SET status = 'void'"),
    ("I18", ALL[3], "UPDATE listings_review SET person_id = (SELECT min(person_id) FROM listings_review)"),
]


@covers("I13", "I16", "I17", "I18")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("id_", "one", "edit"), PLANTED)
def test_a_planted_violation_is_found(superuser_connection: Any, id_: str, one: Any, edit: str) -> None:
    _market()
    superuser_connection.execute("SET session_replication_role = replica")
    if "person_id = (" in edit:
        superuser_connection.execute("DROP INDEX review_persons_differ")
    if "status = 'sold'" in edit:
        superuser_connection.execute("ALTER TABLE listings_listing DROP CONSTRAINT listing_status_known")
    if "grade = 'core'" in edit:
        superuser_connection.execute("ALTER TABLE listings_listingversion DROP CONSTRAINT version_core_never_approved")
    assert superuser_connection.execute(edit).rowcount > 0
    assert one.id == id_
    assert list(one().check())
