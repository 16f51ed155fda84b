"""The negative list over time: noticed, approved by another, in force on its day; a past act keeps the rule of its date."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from compliance.models import NegativeListEntry, NegativeListVersion
from compliance.operations import approve_list, draft_list, enact_urgently, import_terms, propose_list, return_list, take_effect
from compliance.queries import list_version_at, rule_set_at
from compliance.rules.negative_list import shipped_document, shipped_rules
from compliance.screening import Profile, screen
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.roles import Role
from tests.compliance.profiles import clean
from tests.compliance.worlds import officer, regulator
from tests.factories import NOW, clock, make_actor

pytestmark = pytest.mark.django_db


def rules(**changes: Any) -> list[dict[str, Any]]:
    """The shipped rules; ``raw`` makes trade in raw data prohibited, ``drop`` leaves a rule out."""
    found = copy.deepcopy(shipped_document()["rules"])
    if changes.get("raw"):
        row = next(rule for rule in found if rule["id"] == "NL-R-06")
        row["tier"] = "prohibited"
        del row["conditions"]
    return [rule for rule in found if rule["id"] != changes.get("drop")]


def drafted(actor: Any, version: str = "2026.2", **changes: Any) -> NegativeListVersion:
    return draft_list(version=version, rules=rules(**changes), summary=("修订", "Revision"), actor=actor, clock=clock())


def test_the_first_list_stands_in_the_database_as_it_ships() -> None:
    assert list_version_at(NOW).version == "2026.1"
    assert rule_set_at(NOW).rules == shipped_rules().rules
    assert rule_set_at(NOW).hash == shipped_rules().hash


@covers("R4", "R51", "R84", "R100")
def test_a_new_list_is_noticed_approved_by_another_and_judges_from_its_day_on() -> None:
    drafter = regulator("review_second")
    version = propose_list(version=drafted(drafter, raw=True), actor=drafter, clock=clock())
    ends = version.notice_until
    assert ends == NOW + timedelta(days=7)
    second = regulator("review_second")
    with pytest.raises(Rejected, match="notice_running"):
        approve_list(version=version, effective_from=ends, actor=second, clock=clock(ends - timedelta(seconds=1)))
    with pytest.raises(Rejected, match="already_took_part"):
        approve_list(version=version, effective_from=ends, actor=drafter, clock=clock(ends))
    day = ends + timedelta(days=3)
    version = approve_list(version=version, effective_from=day, actor=second, clock=clock(ends))
    raw = Profile(facts=clean(processing_stage="raw"))
    assert screen(raw, at=day - timedelta(microseconds=1)).verdict == "restricted"
    assert screen(raw, at=day).verdict == "prohibited"
    with pytest.raises(Rejected, match="not_yet"):
        take_effect(version=version, clock=clock(day - timedelta(seconds=1)))
    version = take_effect(version=version, clock=clock(day))
    assert (version.status, list_version_at(NOW).status) == ("in_force", "superseded")
    assert screen(raw, at=NOW).verdict == "restricted", "a past act keeps the rule of its date"
    revised = Record.objects.get(kind="compliance.negative_list.revised")
    assert (revised.payload["former"], revised.payload["changed"]) == ("2026.1", ["NL-R-06"])


@covers("R84")
def test_the_urgent_path_is_only_stricter_and_takes_two_regulators() -> None:
    drafter, second = regulator("review_second"), regulator("review_second")
    with pytest.raises(Rejected, match="not_stricter"):
        enact_urgently(version=drafted(drafter, drop="NL-R-16"), reason="泄露事件", actor=second, clock=clock())
    stricter = drafted(drafter, "2026.3", raw=True)
    with pytest.raises(Rejected, match="already_took_part"):
        enact_urgently(version=stricter, reason="泄露事件", actor=drafter, clock=clock())
    assert enact_urgently(version=stricter, reason="泄露事件", actor=second, clock=clock()).status == "in_force"
    assert screen(Profile(facts=clean(processing_stage="raw")), at=NOW).verdict == "prohibited"


def test_a_list_that_cannot_be_read_a_taken_label_and_a_stranger_are_refused() -> None:
    broken = rules()
    broken[0]["when"] = {"fact": "state_secret", "op": "matches", "value": True}
    with pytest.raises(Rejected, match="unreadable"):
        draft_list(version="2026.2", rules=broken, summary=("", ""), actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="label_taken"):
        drafted(regulator(), "2026.1")
    with pytest.raises(Rejected, match="denied"):
        drafted(officer())


def test_a_returned_proposal_is_a_draft_again_and_a_list_in_force_never_changes() -> None:
    drafter = regulator()
    version = propose_list(version=drafted(drafter, raw=True), actor=drafter, clock=clock())
    assert return_list(version=version, reason="表述", actor=regulator("review_second"), clock=clock()).status == "draft"
    for change in (lambda: NegativeListEntry.objects.update(tier="restricted"), lambda: NegativeListEntry.objects.all().delete(),
                   lambda: NegativeListVersion.objects.filter(version="2026.1").update(status="draft")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@covers("R84")
def test_imported_terms_hold_a_text_from_their_date_on() -> None:
    admin = make_actor(Role.SYSTEM_ADMINISTRATOR)
    import_terms(name="weapons", lines=["炸药配方", "", "炸药配方"], source="管理员", actor=admin, clock=clock())
    profile = Profile(facts=clean(), title="炸药 配方")
    assert not screen(profile, at=NOW - timedelta(seconds=1)).held
    found = screen(profile, at=NOW)
    assert [(hit.rule, hit.span) for hit in found.hits] == [("terms:weapons", (0, 5))]
    assert found.verdict == "pass"
