"""What must always hold about people, looked at over the live rows (the database's own guards may have been switched off)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from evidence.clock import MARKET_CLOCK
from evidence.invariants import Invariant, every_move_is_told, invariant
from evidence.invariants.log import PERSONAL
from evidence.vault import PREFIX, sealed_columns
from participants.estates import estates
from participants.events import admission_facts, admission_moved, proof_moved, security_review_moved, succession_moved
from participants.figures import laxer
from participants.models import Organization, Parameter, Venue
from participants.objection_events import objection_moved
from participants.ownership import venue_side
from participants.roles import ROLE_GROUPS, OrganizationKind
from participants.states import ADMISSION, ADMISSION_OBJECTION, APPROVAL, PROOF, SECURITY_REVIEW, SUCCESSION, WEBHOOK
from participants.timers import value

__all__ = ["AdminsAndSidesApart", "CheckerIsAnotherPerson", "ClosedHoldNothing", "NoticesStandInSeries", "PersonalIsSealed",
           "VenueSideMarked", "VenuesNeverLaxer"]


def _texts(sql: str, params: Sequence[Any] | None = None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [str(row[0]) for row in cursor.fetchall()]


@invariant
class CheckerIsAnotherPerson(Invariant):
    """I18: whoever checked was another real person than the maker and held a role that may check, at that instant."""

    id = "I18"

    def check(self) -> Iterable[str]:
        yield from _texts("""
            SELECT format('approval %s: maker and checker are one person', a.id)
            FROM participants_approval a JOIN participants_user m ON m.id = a.maker_id JOIN participants_user c ON c.id = a.checker_id
            WHERE a.status IN ('approved', 'refused') AND (
                a.maker_id = a.checker_id OR m.person_id IS NULL OR m.person_id = c.person_id)""")
        yield from _texts("""
            SELECT format('approval %s: the checker held no fitting role at %s', a.id, a.decided_at)
            FROM participants_approval a LEFT JOIN participants_user c ON c.id = a.checker_id
            WHERE a.status IN ('approved', 'refused') AND NOT EXISTS (
                SELECT 1 FROM participants_membership m WHERE m.person_id = c.person_id AND m.role = ANY (a.checker_roles)
                  AND (a.organization_id IS NULL OR m.organization_id = a.organization_id)
                  AND (a.checker_capability = '' OR a.checker_capability = ANY (m.capabilities))
                  AND m.effective_from <= a.decided_at AND (m.effective_to IS NULL OR a.decided_at < m.effective_to))""")


@invariant
class AdminsAndSidesApart(Invariant):
    """I29: no real person holds roles of two groups (trade, venue, supervise, audit, the three administrators) at one time."""

    id = "I29"

    def check(self) -> Iterable[str]:
        yield from _texts("""
            SELECT format('person %s: %s and %s at one time', p.code, a.role, b.role)
            FROM participants_membership a JOIN participants_membership b ON a.person_id = b.person_id AND a.id < b.id
            JOIN participants_person p ON p.id = a.person_id
            WHERE a.role_group <> '' AND b.role_group <> '' AND a.role_group <> b.role_group
              AND tstzrange(a.effective_from, a.effective_to) && tstzrange(b.effective_from, b.effective_to)""")
        known = sorted((str(role), group) for role, group in ROLE_GROUPS.items())
        yield from _texts("""
            SELECT format('membership %%s: role %%s stands under group %%s', m.id, m.role, m.role_group) FROM participants_membership m
            LEFT JOIN unnest(%s::text[], %s::text[]) AS g(role, name) ON g.role = m.role WHERE m.role_group <> coalesce(g.name, '')""",
            [[role for role, _ in known], [group for _, group in known]])


@invariant
class NoticesStandInSeries(Invariant):
    """I25 (part): every notice belongs to an organisation, and its numbers there run 1..n without a gap."""

    id = "I25"

    def check(self) -> Iterable[str]:
        yield from _texts("""
            SELECT format('notices of %s: %s rows, numbers up to %s', o.code, count(*), max(n.seq))
            FROM participants_notice n JOIN participants_organization o ON o.id = n.organization_id
            GROUP BY o.code HAVING count(*) <> max(n.seq) OR min(n.seq) <> 1""")
        yield from _texts("""
            SELECT format('sign-in %s acts for %s without ever having been its member', u.id, o.code)
            FROM participants_user u JOIN participants_organization o ON o.id = u.acting_for_id
            WHERE NOT EXISTS (SELECT 1 FROM participants_membership m WHERE m.person_id = u.person_id AND m.organization_id = o.id)""")


_ASKED, _DECIDED = "participants.approval.asked", "participants.approval.decided"

every_move_is_told("participants_succession", SUCCESSION, {act: succession_moved(act).kind for _, act in SUCCESSION},
                   births={"filed": succession_moved("file").kind},
                   besides={("filed", succession_moved("apportion").kind): "filed"})
every_move_is_told("participants_admission", ADMISSION, admission_facts(), births={"draft": "participants.admission.opened"},
                   besides={("in_review", admission_moved("flag").kind): "in_review"})
every_move_is_told(
    "participants_admissionobjection", ADMISSION_OBJECTION, {act: objection_moved(act).kind for _, act in ADMISSION_OBJECTION},
    births={"open": objection_moved("file").kind}, besides={("open", objection_moved("flag").kind): "open"},
    objects="SELECT x.id, x.id::text AS code, a.code AS about, x.status FROM {table} x "
            "JOIN participants_admission a ON a.id = x.admission_id",
    found_by="f.subject = o.about AND f.payload ->> 'objection' = o.code")
every_move_is_told(
    "participants_proof", PROOF, {act: proof_moved(act).kind for _, act in PROOF}, births={"handed_in": proof_moved("hand_in").kind},
    besides={("accepted", proof_moved("remind").kind): "accepted"})
every_move_is_told(
    "participants_securityreview", SECURITY_REVIEW, {act: security_review_moved(act).kind for _, act in SECURITY_REVIEW},
    births={"open": security_review_moved("open").kind},
    # further owners, and a term that ran out, leave it open
    besides={("open", security_review_moved(act).kind): "open" for act in ("open", "flag")})
every_move_is_told(
    "participants_approval", APPROVAL, dict.fromkeys(("approve", "refuse", "withdraw", "expire"), _DECIDED), births={"pending": _ASKED},
    objects="SELECT id, id::text AS code, subject AS about, status FROM {table}",
    found_by="f.subject = o.about AND f.payload ->> 'approval' = o.code")

every_move_is_told(
    "participants_webhook", WEBHOOK, {act: f"participants.webhook.{word}" for act, word in (
        ("pause", "paused"), ("resume", "resumed"), ("end", "ended"))}, births={"active": "participants.webhook.registered"},
    besides={(state, "participants.webhook.rotated"): state for state in ("active", "paused")})


@invariant
class VenueSideMarked(Invariant):
    """R53: whoever the graph of holdings puts on the venue's side is marked so, and nobody else is."""

    id = "R53"

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at

    def check(self) -> Iterable[str]:
        at = self.at or MARKET_CLOCK.now()
        for venue in Venue.objects.order_by("pk"):
            side = venue_side(venue, at)
            rows = Organization.objects.filter(venue=venue).exclude(kind=OrganizationKind.VENUE)
            for code in rows.filter(pk__in=side, is_venue_affiliate=False).values_list("code", flat=True):
                yield f"{code} is on the side of venue {venue.code} and is not marked"
            for code in rows.filter(is_venue_affiliate=True).exclude(pk__in=side).values_list("code", flat=True):
                yield f"{code} is marked as on the side of venue {venue.code}, no holding says so"


@invariant
class VenuesNeverLaxer(Invariant):
    """R55: no figure of a venue is laxer than its parent's at any date from now on."""

    id = "R55"

    def check(self) -> Iterable[str]:
        rows = Parameter.objects.exclude(stricter="").filter(venue__parent__isnull=False).select_related("venue__parent")
        for row in rows.order_by("pk"):
            for begins, upper in _upper_figures(row):
                if laxer(row.value, upper, row.stricter):
                    yield f"{row.venue.code}: {row.key} {row.value} is laxer than {row.venue.parent} {upper} from {begins}"


def _upper_figures(row: Parameter) -> Iterable[tuple[datetime, Any]]:
    rows = Parameter.objects.filter(venue=row.venue.parent, key=row.key, scope=row.scope).exclude(effective_to__lte=row.effective_from)
    if row.effective_to is not None:
        rows = rows.filter(effective_from__lt=row.effective_to)
    return [(one.effective_from, one.value) for one in rows]


@invariant
class PersonalIsSealed(Invariant):
    """I30: every sealed column holds ciphertext, sign-ins hold no name, and notices hold no number or address of a person."""

    id = "I30"

    def check(self) -> Iterable[str]:
        for table, column in sealed_columns():
            yield from _texts(f"SELECT format('{table}.{column} stands in clear in %%s rows', count(*)) FROM {table} "  # noqa: S608
                              f"WHERE {column} <> '' AND {column} NOT LIKE %s HAVING count(*) > 0", [f"{PREFIX}%"])
        yield from _texts("SELECT format('sign-in %s holds a name', id) FROM participants_user WHERE first_name <> '' OR last_name <> ''")
        for what, pattern in PERSONAL.items():
            yield from _texts("SELECT format('notice %%s holds ' || %s, code) FROM (SELECT code, text_zh, text_en FROM participants_notice "
                              "ORDER BY id DESC LIMIT 5000) n WHERE text_zh ~ %s OR text_en ~ %s LIMIT 10", [what, pattern, pattern])


@invariant
class ClosedHoldNothing(Invariant):
    """R39: nothing that still gives rights or duties names a closed organisation as its owner, and no money is left on its accounts."""

    id = "R39"

    def check(self) -> Iterable[str]:
        for one in Organization.objects.filter(closed_at__isnull=False).order_by("pk"):
            for kind in estates():
                for held in kind.find(one):
                    if held.live:
                        yield f"{one.code} is closed and still has {held.code} ({kind.name})"
            yield from _texts(
                "SELECT format('%%s is closed and has %%s fen on %%s', a.owner, b.posted_fen, a.kind) FROM ledger_account a "
                "JOIN ledger_balance b ON b.account_id = a.id WHERE a.owner = %s "
                "AND (b.posted_fen <> 0 OR b.reserved_fen <> 0)", [one.code])
            yield from _texts(
                "SELECT format('%%s is closed and has a member', o.code) FROM participants_organization o "
                "JOIN participants_membership m ON m.organization_id = o.id WHERE o.id = %s "
                "AND (m.effective_to IS NULL OR m.effective_to > o.closed_at + interval '1 second')", [one.pk])


@invariant
class PrivilegedActsAreOnFile(Invariant):
    """I28: denied attempts are numbered without a gap, each reading by a desk has its fact, logs are kept 184 days, trades three years."""

    id = "I28"

    def check(self) -> Iterable[str]:
        yield from _texts("""
            SELECT format('denied attempts: %s rows between numbers %s and %s', count(*), min(seq), max(seq))
            FROM participants_deniedattempt HAVING count(*) <> coalesce(max(seq) - min(seq) + 1, 0)""")
        yield from _texts("""
            SELECT format('reading %s of %s by %s has no fact', r.id, r.subject, r.reader_code) FROM participants_staffread r
            WHERE NOT EXISTS (SELECT 1 FROM evidence_record e JOIN participants_organization o ON o.code = e.subject
                              WHERE e.kind = 'participants.read.noted' AND o.id = r.owner_id AND e.actor = r.reader_code
                                AND e.payload ->> 'read' = r.subject) LIMIT 20""")
        yield from _texts("""
            SELECT format('venue %s: logs are kept %s days, fewer than 184', v.code, p.value)
            FROM participants_parameter p JOIN participants_venue v ON v.id = p.venue_id
            WHERE p.key = 'retention.logs_days' AND (p.value #>> '{}')::int < 184""")
        if value("retention.platform_trade", at=MARKET_CLOCK.now()) < 3:
            yield "trades are kept less than three years"
