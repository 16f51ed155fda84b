"""What must hold of supply at any instant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from evidence.canonical import canonical
from evidence.invariants import BY_ITS_CALLER, Invariant, every_move_is_told, invariant
from kit.coverage import covers
from listings.content import hash_of_content
from listings.models import ListingVersion
from listings.states import (
    AUTHORISATION,
    CERTIFICATE,
    CONDITION,
    CONSENT,
    CORRECTION,
    LISTING,
    MANDATE,
    OPERATION_REPORT,
    OPT_OUT,
    PILOT,
    QUESTION,
    REGISTRATION,
    RIGHT,
    SHARE_AGREEMENT,
    SOURCE,
    SOURCE_REQUEST,
    SUBJECT_REQUEST,
    VERSION,
    VersionStatus,
)

__all__: list[str] = []

#: How many versions one look recomputes; the checker comes back every minute.
SLICE = 500


def _rows(statement: str, values: Iterable[Any] = ()) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        yield from cursor.fetchall()


@invariant
class RightsNeverExceedTheirSource(Invariant):
    """At most one exclusive grant of a right at a time and place, and no right wider than the one it grew from."""

    id = "I13"

    def check(self) -> Iterable[str]:
        for a, b in _rows(
            "SELECT a.code, b.code FROM listings_propertyright a JOIN listings_propertyright b ON a.product_id = b.product_id "
            'AND a."right" = b."right" AND a.id < b.id AND a.parent_id IS NOT NULL AND b.parent_id IS NOT NULL '
            "AND a.exclusive AND b.exclusive AND a.status IN ('active', 'suspended') AND b.status IN ('active', 'suspended') "
            "AND a.territory && b.territory "
            "AND tstzrange(a.effective_from, a.effective_to) && tstzrange(b.effective_from, b.effective_to)"):
            yield f"exclusive rights {a} and {b} overlap"
        for child, parent in _rows(
            "SELECT c.code, p.code FROM listings_propertyright c JOIN listings_propertyright p ON p.id = c.parent_id "
            'WHERE c."right" <> p."right" OR c.product_id <> p.product_id OR NOT listings_within(c.purposes, p.purposes) '
            "OR NOT listings_within(c.territory, p.territory) OR c.sublicence_depth >= p.sublicence_depth "
            "OR c.effective_from < p.effective_from "
            "OR (p.effective_to IS NOT NULL AND (c.effective_to IS NULL OR c.effective_to > p.effective_to))"):
            yield f"right {child} is wider than its parent {parent}"
        for child, parent in _rows(
            "SELECT c.code, p.code FROM listings_propertyright c JOIN listings_propertyright p ON p.id = c.parent_id "
            "WHERE c.status = 'active' AND p.status <> 'active'"):
            yield f"right {child} runs though its parent {parent} does not"
        for child, stopped in _rows(
            "SELECT code, above FROM (SELECT r.code, listings_stopped_above(r.parent_id, r.product_id) AS above "
            "FROM listings_propertyright r WHERE r.status = 'active' AND r.parent_id IS NULL "
            "AND EXISTS (SELECT 1 FROM listings_productinput i WHERE i.product_id = r.product_id)) judged WHERE above IS NOT NULL"):
            yield f"right {child} runs though it rests on {stopped}"


@invariant
class WhatIsOnSaleMayBe(Invariant):
    """A listing on sale has its approved, unchanged version, certificate, declaration, no hold, no core data, a seller that may list.

    Standing is read at each act and followed within seconds: a seller just fallen is a gate's matter, not this one's.
    """

    id = "I16"

    def check(self) -> Iterable[str]:
        for code, obstacle in _rows(
            "SELECT code, obstacle FROM (SELECT l.code, listings_obstacle(l.id, l.organization_id, l.code, l.product_id, l.version_id, "
            "l.certificate_id, market_now()) AS obstacle FROM listings_listing l WHERE l.status = 'listed') judged "
            "WHERE obstacle <> '' AND obstacle NOT LIKE 'participants.%%'"):
            yield f"listing {code} is on sale although: {obstacle}"
        for (code,) in _rows("SELECT l.code FROM listings_listing l JOIN listings_listingversion v ON v.id = l.version_id "
                             "WHERE l.status = 'listed' AND v.status <> 'published'"):
            yield f"listing {code} is on sale with a version that is not the published one"
        published = ListingVersion.objects.filter(status=VersionStatus.PUBLISHED).select_related(
            "listing__product", "organization", "certificate")
        for version in published.order_by("-id")[:SLICE]:
            if hash_of_content(version) != version.content_hash:
                yield f"version {version.code} no longer says what was approved"
        for certificate, content, held in _rows("SELECT code, content, content_hash FROM listings_registrationcertificate ORDER BY id DESC "
                                                "LIMIT %s", [SLICE]):
            if _hash(content) != held:
                yield f"certificate {certificate} no longer says what was certified"


def _hash(content: Any) -> str:
    import hashlib
    import json

    return hashlib.sha256(canonical(json.loads(content) if isinstance(content, str) else content)).hexdigest()


#: Versions and reviews speak as their listing, by the version's code.
_VERSIONS = "SELECT v.id, v.code, v.status, l.code AS about FROM {table} v JOIN listings_listing l ON l.id = v.listing_id"
_OF_THE_VERSION = "f.subject = o.about AND f.payload ->> 'version_code' = o.code"


def _facts(of: str, words: dict[str, str]) -> dict[str, str | tuple[str, ...]]:
    """Acts and the last words of the facts that tell them, one or several: ``listings.<of>.<word>``."""
    return {act: tuple(f"listings.{of}.{one}" for one in word.split()) for act, word in words.items()}


every_move_is_told(
    "listings_propertyright", RIGHT, _facts("right", {
        "declare": "declared granted assigned", "suspend": "suspended", "lift": "restored", "revoke": "revoked", "expire": "expired",
    }) | {"assign": BY_ITS_CALLER},  # the new row's fact names the old one
    births={"draft": BY_ITS_CALLER})
every_move_is_told(
    "listings_source", SOURCE, _facts("source", {"revoke": "revoked", "expire": "expired"}), births={"active": "listings.source.added"})
every_move_is_told(
    "listings_sourcerequest", SOURCE_REQUEST,
    _facts("source_request", {"fulfil": "fulfilled", "refuse": "refused", "withdraw": "withdrawn", "lapse": "overdue"}),
    births={"filed": "listings.source_request.filed"})
every_move_is_told(
    "listings_correction", CORRECTION,
    _facts("correction", {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn", "lapse": "overdue", "mend": "mended"}),
    births={"open": "listings.correction.suggested"})
every_move_is_told(
    "listings_registration", REGISTRATION,
    _facts("registration", {
        "apply": "applied", "withdraw": "withdrawn", "accept": "accepted", "return": "returned", "pass": "passed", "certify": "certified",
        "refuse": "refused", "object": "objected", "reject": "decided", "uphold": "decided"}),
    births={"draft": "listings.registration.drafted"}, besides={("certified", "listings.registration.decided"): "certified"})
every_move_is_told(
    "listings_registrationcertificate", CERTIFICATE,
    _facts("certificate", {"freeze": "frozen", "replace": "replaced", "cancel": "cancelled", "revoke": "revoked", "expire": "expired",
                           "thaw": "thawed"}),
    births={"valid": "listings.certificate.issued"})
every_move_is_told(
    "listings_listingversion", VERSION,
    _facts("listing", {
        "submit": "submitted", "discard": "discarded", "approve": "approved", "refuse": "refused", "return": "returned",
        "withdraw": "withdrawn revised", "publish": "published"}) | {"supersede": BY_ITS_CALLER},  # the next version's fact
    births={"draft": "listings.listing.drafted"}, objects=_VERSIONS, found_by=_OF_THE_VERSION)
every_move_is_told(
    "listings_listing", LISTING,
    _facts("listing", {"list": "published", "suspend": "suspended", "resume": "resumed", "delist": "delisted"}),
    births={"unlisted": BY_ITS_CALLER},
    besides={(state, "listings.listing.published"): state for state in ("listed", "suspended")})  # a further version
every_move_is_told(
    "listings_consent", CONSENT,
    _facts("consent", {"withdraw": "withdrawn", "expire": "expired"}), births={"active": "listings.consent.given"})
every_move_is_told(
    "listings_principal", MANDATE, _facts("principal", {"end": "ended"}), births={"active": "listings.principal.taken_on"})
every_move_is_told(
    "listings_subjectrequest", SUBJECT_REQUEST,
    _facts("subject_request", {"answer": "answered", "refuse": "refused", "miss": "missed"}),
    births={"open": "listings.subject_request.opened"})
every_move_is_told(
    "listings_optout", OPT_OUT, _facts("opt_out", {"remove": "removed", "absent": "absent", "miss": "missed"}),
    births={"open": "listings.opt_out.opened"})
every_move_is_told(
    "listings_authorisation", AUTHORISATION,
    _facts("authorisation", {"confirm": "confirmed", "refuse": "refused", "revoke": "revoked", "expire": "expired"}),
    births={"filed": "listings.authorisation.filed"})
every_move_is_told(
    "listings_operationreport", OPERATION_REPORT, _facts("operation_report", {"file": "filed", "miss": "missed"}),
    births={"due": "listings.operation_report.owed"})
every_move_is_told(
    "listings_pilot", PILOT,
    _facts("pilot", {"grant": "granted", "refuse": "refused", "withdraw": "withdrawn", "expire": "ended", "end": "ended",
                     "release": "released"}),
    births={"asked": "listings.pilot.asked"})
every_move_is_told(
    "listings_question", QUESTION,
    _facts("question", {"answer": "answered", "withdraw": "withdrawn", "hide": "hidden", "reopen": "shown", "restore": "shown"}),
    births={"open": "listings.question.asked"})

every_move_is_told(
    "listings_condition", CONDITION,
    _facts("condition", {"provide": "provided", "meet": "met", "return": "returned", "lapse": "lapsed", "void": "voided",
                         "fail": "failed"}),
    births={"open": "listings.condition.asked", "provided": "listings.condition.asked"})

every_move_is_told(
    "listings_shareagreement", SHARE_AGREEMENT,
    _facts("share_agreement", {"enter": "agreed", "dispute": "disputed", "answer": "answered", "withdraw": "withdrawn", "lapse": "lapsed"})
    | {"replace": BY_ITS_CALLER},  # the proposal that takes its place names it
    births={"proposed": "listings.share_agreement.proposed"},
    besides={(state, "listings.share_agreement.signed"): state for state in ("proposed", "answered")})


@invariant
@covers("I16", "R4")
class JudgedByTheListInForce(Invariant):
    """Once a list has gone through everything on sale, nothing there stands under another one; what it forbids is held."""

    id = "I16"

    def check(self) -> Iterable[str]:
        for (code,) in _rows(
            "SELECT l.code FROM listings_listing l JOIN listings_rescreening r ON r.finished_at IS NOT NULL AND NOT r.overtaken "
            "WHERE r.id = (SELECT max(id) FROM listings_rescreening) AND l.status IN ('listed', 'suspended') "
            "AND l.screened_by <> r.rule_set"):
            yield f"listing {code} was not judged by the list that has gone through everything"
        for (code,) in _rows(
            "SELECT l.code FROM listings_listing l JOIN LATERAL (SELECT s.verdict FROM listings_screeningrun s "
            "WHERE s.version_id = l.version_id ORDER BY s.at DESC, s.id DESC LIMIT 1) newest ON true "
            "WHERE l.status = 'listed' AND newest.verdict IN ('prohibited', 'needs_info')"):
            yield f"listing {code} is on sale although the list's newest answer forbids it"


@invariant
class DecidedReviewsAreTold(Invariant):
    """Each decided row of a review has its fact, with its order and verdict; a row becomes void by the version's own move."""

    id = "I17"

    def check(self) -> Iterable[str]:
        for version, order, decided, told in _rows(
            'SELECT v.code, r."order", count(*) FILTER (WHERE r.status = \'decided\'), (SELECT count(*) FROM evidence_record f '
            "WHERE f.subject = l.code AND f.kind = 'listings.listing.review_decided' AND f.payload ->> 'version_code' = v.code "
            'AND (f.payload ->> \'order\')::int = r."order") FROM listings_review r JOIN listings_listingversion v ON v.id = r.version_id '
            'JOIN listings_listing l ON l.id = v.listing_id WHERE r.id > (SELECT coalesce(max(id), 0) - %s FROM listings_review) '
            'GROUP BY l.code, v.code, r."order"', [SLICE * 4]):
            if decided != told:
                yield f"review {order} of version {version}: {decided} decided, {told} told"


@invariant
class ReviewersDiffer(Invariant):
    """A version's decided rows are of different real persons, and a red one took two."""

    id = "I18"

    def check(self) -> Iterable[str]:
        for version, person in _rows(
            "SELECT v.code, r.person_id FROM listings_review r JOIN listings_listingversion v ON v.id = r.version_id "
            "WHERE r.person_id IS NOT NULL GROUP BY v.code, r.person_id HAVING count(*) > 1"):
            yield f"person {person} reviewed version {version} twice"
        for (version,) in _rows(
            "SELECT v.code FROM listings_listingversion v LEFT JOIN listings_review r ON r.version_id = v.id AND r.status = 'decided' "
            "WHERE v.depth = 'red' AND v.approved_at IS NOT NULL GROUP BY v.code HAVING count(DISTINCT r.person_id) < 2"):
            yield f"red version {version} was approved by fewer than two persons"
        for (version,) in _rows(
            "SELECT v.code FROM listings_listingversion v LEFT JOIN listings_review r ON r.version_id = v.id AND r.status = 'decided' "
            "WHERE v.depth = 'amber' AND v.approved_at IS NOT NULL GROUP BY v.code HAVING count(r.id) < 1"):
            yield f"amber version {version} was approved by nobody"
