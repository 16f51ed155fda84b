"""Conditions of restricted rules as tasks 限制性条件 (R84, Data Twenty item 14): what is asked, what is missing, what a new list asks.

A listing is on sale only while each condition asked for has a proof in force (``sql/conditions.sql``). How a proof is handed in, decided
and comes to its end stands in ``proving.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from compliance.rules.personal_conditions import conditions_asked
from compliance.rules.vocabulary import vocabulary
from compliance.screening import Screening
from evidence.operations import record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.states import advance
from listings.anonymity import TEST, TEST_RULES, counts_as_personal
from listings.events import ConditionMoved, named
from listings.models import Condition, Listing, ListingVersion
from listings.states import CONDITION, ConditionStatus
from participants.notices import Note, notify_all
from participants.queries import add_working_days
from participants.timers import after, months_on, value

__all__ = ["HOLD", "WAY_BACK", "ask", "ask_conditions", "asked_note", "decide", "decide_by", "ends_soon", "follow_list", "move",
           "note_to_seller", "settle_records", "tell", "unmet"]

#: The reason of the hold that keeps a listing off sale while a condition is not met.
HOLD = "condition.unmet"
WAY_BACK = ("逐项提交凭据，审核人核定后自动恢复", "Hand in the proofs; once a reviewer has decided on the last one, it goes back on sale")


def _page(version: ListingVersion) -> str:
    return f"/desk/listings/{version.listing.code}/edit/#conditions"


def tell(word: str, one: Condition, *, actor: Actor, at: datetime, reason: str = "") -> None:
    record(named(ConditionMoved, f"listings.condition.{word}")(
        subject=one.code, listing=one.version.listing.code, version_code=one.version.code, condition=one.condition, rules=list(one.rules),
        state=one.status, proof_sha256=one.deposit.sha256 if one.deposit else "", reason=reason), actor=actor, at=at)


def note_to_seller(one: Condition, text: tuple[str, str], tone: str) -> Note:
    return Note(one.version.organization, "listings.condition.moved", text, tone, one.code, _page(one.version),
                due_at=one.due_at if tone == "wait" else None)


def decide_by(one: Condition, at: datetime) -> datetime:
    return add_working_days(one.version.listing.venue, at, value("condition.decide", at=at))


# ---- asked -----------------------------------------------------------------------------------------------------------------

def ask(version: ListingVersion, code: str, rules: Iterable[str], *, before: Condition | None = None, at: datetime) -> Condition:
    """One condition, not yet saved. What the house has on record waits for the reviewer; a proof in force of an earlier version is put
    before the reviewer again, who judges whether it still speaks of what is offered now."""
    made = Condition(code=new_code("CDT"), version=version, condition=code, rules=list(rules), proof=vocabulary().asked[code].proof,
                     asked_at=at)
    if before is not None:
        made.statement, made.deposit, made.proof_until = before.statement, before.deposit, before.proof_until
        made.provided_by, made.provided_at = before.provided_by, before.provided_at
    if made.proof == "record" or made.provided_by is not None:
        made.status, made.due_at = ConditionStatus.PROVIDED, decide_by(made, at)
    else:
        made.due_at = after("condition.provide", at, venue=version.listing.venue)
    return made


def asked_note(one: Condition) -> list[Note]:
    if one.status != ConditionStatus.OPEN:
        return []
    zh, en = one.version.titles
    return [note_to_seller(one, (f"《{zh}》须满足条件：{one.text[0]}", f"“{en}” needs a condition met: {one.text[1]}"), "wait")]


@covers("R84", "R3")
def ask_conditions(version: ListingVersion, answer: Screening, *, at: datetime) -> list[Condition]:
    """This will open one task per condition that the list's answer asks of a version; called inside the submit."""
    rows = Condition.objects.filter(version__listing=version.listing_id, status=ConditionStatus.MET).exclude(version=version)
    standing = {one.condition: one for one in rows.select_related("deposit", "provided_by").order_by("pk")
                if one.provided_by_id and (one.effective_to is None or at < one.effective_to)}
    tested = set(version.asked.filter(status=ConditionStatus.MET).values_list("condition", flat=True))  # a draft's own file, by then
    made = [ask(version, code, rules, before=standing.get(code), at=at) for code, rules in conditions_asked(answer).items()
            if code not in tested]
    under_way = Condition.objects.filter(version=version, condition=TEST).exclude(status=ConditionStatus.VOID)
    if counts_as_personal(version) and not under_way.exists():  # the way back stands beside what personal information needs
        made.append(ask(version, TEST, TEST_RULES, at=at))
        made[-1].due_at = None
    Condition.objects.bulk_create(made)
    for one in made:
        tell("asked", one, actor=SYSTEM, at=at)
    notify_all([note for one in made for note in asked_note(one)], at=at)
    return made


# ---- moved and decided -----------------------------------------------------------------------------------------------------

def move(one: Condition, action: str) -> None:
    one.status = advance(CONDITION, ConditionStatus(one.status), action, subject=one.code, code="listings.condition.illegal_move")


def decide(one: Condition, *, met: bool, reason: str, actor: Actor, at: datetime) -> None:
    move(one, "meet" if met else "return")
    one.decided_by_id, one.decided_at, one.reason = actor.user_id, at, reason
    one.effective_to, one.due_at = (_end(one, at), None) if met else (None, after("condition.provide", at, venue=one.version.listing.venue))
    one.save(update_fields=["status", "decided_by", "decided_at", "reason", "effective_to", "due_at"])
    tell("met" if met else "returned", one, actor=actor, at=at, reason=reason)


def _end(one: Condition, at: datetime) -> datetime | None:
    """The proof's own end, or the longest such a proof is good for: whichever comes first."""
    months = vocabulary().asked[one.condition].months
    ends = [end for end in (one.proof_until, months_on(at, months) if months else None) if end is not None]
    return min(ends) if ends else None


def settle_records(version: ListingVersion, *, reason: str, actor: Actor, at: datetime) -> None:
    """This will decide, with the approval of a version, what its own file and the house's record prove; called inside that decision."""
    rows = Condition.objects.select_for_update(of=("self",), no_key=True).filter(
        version=version, proof="record", status=ConditionStatus.PROVIDED)
    for one in rows.order_by("pk"):
        one.version = version
        decide(one, met=True, reason=reason, actor=actor, at=at)


def unmet(version: ListingVersion, *, at: datetime) -> list[Condition]:
    """This will list what is still asked of a version: for each condition without a proof in force, its newest row."""
    newest: dict[str, Condition] = {}
    rows = Condition.objects.filter(version=version).exclude(status__in=[ConditionStatus.VOID, ConditionStatus.FAILED]).select_related(
        "deposit").order_by("pk")
    if counts_as_personal(version):
        rows = rows.exclude(condition=TEST)
    holds = set()
    for one in rows:
        newest[one.condition] = one
        if one.status == ConditionStatus.MET and (one.effective_to is None or at < one.effective_to):
            holds.add(one.condition)
    return [one for code, one in newest.items() if code not in holds]


# ---- a list that changes ---------------------------------------------------------------------------------------------------

@covers("R84", "R4")
def follow_list(answers: Mapping[Listing, Screening], *, at: datetime) -> dict[Listing, tuple[tuple[str, str], tuple[str, str]]]:
    """This will ask what the list in force newly asks of what is on sale, and void what it no longer asks; inside a rescreening.

    Returns what is to be held for it, with the reason and the way back.
    """
    known: dict[int, list[Condition]] = {}
    for one in Condition.objects.filter(version__in=[listing.version_id for listing in answers]).exclude(status=ConditionStatus.VOID):
        known.setdefault(one.version_id, []).append(one)
    holds = {}
    for listing, answer in answers.items():
        rows = known.get(listing.version_id or 0, [])
        if (rows or conditions_asked(answer)) and (new := _follow(listing, answer, rows, at)):
            zh, en = "；".join(one.text[0] for one in new), "; ".join(one.text[1] for one in new)
            why = (f"负面清单 {answer.rule_set} 要求先满足：{zh}", f"Negative list {answer.rule_set} first asks for: {en}")
            holds[listing] = ((why[0][:2000], why[1][:2000]), WAY_BACK)
    return holds


def _follow(listing: Listing, answer: Screening, rows: list[Condition], at: datetime) -> list[Condition]:
    version = listing.version
    assert version is not None, "what is on sale has a version"
    version.listing, version.organization = listing, listing.organization
    asked = conditions_asked(answer)
    for one in rows if answer.verdict in {"pass", "restricted"} else ():  # what is barred is asked for nothing, and forgives nothing
        # what a claim of anonymisation promised goes on being promised when a test disproves the claim
        stays = set(one.rules) <= set(TEST_RULES) and counts_as_personal(version)
        if one.condition not in asked and one.status not in {ConditionStatus.LAPSED, ConditionStatus.FAILED} and not stays:
            one.version = version
            move(one, "void")
            one.due_at = None
            one.save(update_fields=["status", "due_at"])
            tell("voided", one, actor=SYSTEM, at=at, reason=answer.rule_set)
    have = {one.condition for one in rows}
    new = [ask(version, code, rules, at=at) for code, rules in asked.items() if code not in have]
    Condition.objects.bulk_create(new)
    for one in new:
        tell("asked", one, actor=SYSTEM, at=at)
    return new


def ends_soon(one: Condition, at: datetime) -> bool:
    """This will tell whether a proof in force ends soon, so that it is renewed in time."""
    return one.effective_to is not None and one.effective_to - at <= timedelta(days=value("condition.ending_soon", at=at))
