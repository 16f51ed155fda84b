"""Control lists: in by two, matched by code and name, each match with its holds and case, all of it gone when the list is (A6, R66)."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.controls import EFFECTS, listed_as
from compliance.models import Case, ControlList, ControlMatch
from compliance.operations import (
    clear_match,
    decide_list,
    decide_revocation,
    decide_stance,
    follow_organization,
    open_export,
    propose_list_import,
    propose_revocation,
    propose_stance,
    screen_export,
)
from compliance.tasks import act_on_deadlines
from evidence.models import Record
from evidence.operations import drain
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.operations import register_organization
from participants.queries import may
from participants.roles import Role
from tests.factories import NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db
USCC = "91110000600037341L"


def refused(act, **named) -> Rejected:
    with pytest.raises(Rejected) as caught:
        act(**named)
    assert caught.value.text("title", "zh") and caught.value.text("title", "en")
    return caught.value


def proposed(text: str | bytes, *, kind: str = "sanction", key: str = "un-sanctions", filename: str = "list.csv",
             actor=None) -> ControlList:
    raw = text.encode() if isinstance(text, str) else text
    return propose_list_import(key=key, kind=kind, name="某制裁名单", authority="某主管机关", dated=date(2026, 10, 30),
                               stream=io.BytesIO(raw),
                               filename=filename, actor=actor or make_actor(Role.COMPLIANCE_OFFICER), clock=clock())


def in_force(text: str, **more) -> ControlList:
    return decide_list(control_list=proposed(text, **more), agree=True, reason="核对无误", actor=make_actor(Role.REGULATOR), clock=clock())


def csv(*rows: str) -> str:
    return "\n".join(["名称,统一社会信用代码,国家或地区,依据,有效期至", *rows]) + "\n"


@covers("A6", "R66", "I18")
def test_a_list_takes_effect_by_a_second_person_and_flags_holds_and_opens_a_case() -> None:
    hit, other = make_organization(Role.DATA_MERCHANT, Role.BUYER, uscc=USCC), make_organization()
    held = proposed(csv(f"换了名字的公司,{USCC},,第 1 号令,"))
    assert may(hit, "list", at=NOW) == "" and not ControlMatch.objects.exists(), "a proposal does nothing"
    decide_list(control_list=held, agree=True, reason="核对无误", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=clock())
    match = ControlMatch.objects.get()
    assert (match.organization, match.by, match.status) == (hit, "uscc", "open")
    assert {name for name in ("list", "bid", "deliver", "withdraw") if may(hit, name, at=NOW) == "participants.capability.held"} == set(
        EFFECTS["sanction"].holds)
    assert may(other, "list", at=NOW) == ""
    case = Case.objects.get(code=match.case_code)
    assert (case.kind, case.subject_code, case.queue) == ("control_list", match.code, "compliance")
    hold = hit.capability_holds.first()
    assert hold is not None and "某制裁名单" in hold.reason and "R66" in hold.basis
    kinds = set(Record.objects.filter(kind__startswith="compliance.control").values_list("kind", flat=True))
    assert kinds == {"compliance.control_list.proposed", "compliance.control_list.in_force", "compliance.control_match.flagged"}


@covers("I18", "A6")
def test_one_person_alone_neither_imports_nor_revokes() -> None:
    from participants.actors import actor_of
    from tests.factories import make_user

    officer = make_user(Role.COMPLIANCE_OFFICER)
    held = proposed(csv("甲公司,,,,"), actor=actor_of(officer))
    again = actor_of(make_user(Role.COMPLIANCE_OFFICER, person=officer.person, organization=officer.acting_for))
    for same in (actor_of(officer), again):
        assert refused(decide_list, control_list=held, agree=True, reason="x", actor=same,
                       clock=clock()).code == "participants.approval.same_person"
    for nobody in (Role.VENUE_OPERATOR, Role.AUDITOR, Role.DATA_MERCHANT):
        assert refused(decide_list, control_list=held, agree=True, reason="x", actor=make_actor(nobody),
                       clock=clock()).code == "participants.permission.denied"
        assert refused(proposed, text=csv("甲,,,,"), key="x", actor=make_actor(nobody)).code == "participants.permission.denied"
    with pytest.raises(IntegrityError), transaction.atomic():
        ControlList.objects.filter(pk=held.pk).update(status="revoked")


@covers("A6")
def test_revoking_a_list_lifts_exactly_its_own_holds_and_closes_its_cases_and_is_on_record() -> None:
    from kit.actors import SYSTEM
    from participants.operations import hold_capability

    hit = make_organization(uscc=USCC)
    hold_capability(organization=hit, capability="list", reason_code="desk", reason="另案", actor=SYSTEM, at=NOW)
    held = in_force(csv(f"甲,{USCC},,,"))
    propose_revocation(control_list=held, reason="发布机关撤销", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=clock())
    gone = decide_revocation(control_list=held, agree=True, reason="属实", actor=make_actor(Role.REGULATOR), clock=clock())
    match = ControlMatch.objects.get()
    assert (gone.status, match.status) == ("revoked", "cleared") and "发布机关撤销" in match.reason
    assert may(hit, "deliver", at=NOW) == "" and may(hit, "list", at=NOW) == "participants.capability.held", "the other hold stays"
    assert Case.objects.get(code=match.case_code).status == "closed"
    assert Record.objects.filter(kind="compliance.control_match.cleared").count() == 1
    assert Record.objects.filter(kind="participants.capability.lifted").count() == 4
    assert refused(propose_revocation, control_list=held, reason="x", actor=make_actor(Role.REGULATOR),
                   clock=clock()).code == "compliance.control_list.illegal_move"


@covers("A6")
def test_a_new_version_carries_on_whom_it_still_names_and_clears_whom_it_does_not() -> None:
    stays, leaves = make_organization(uscc=USCC), make_organization(name="离开名单有限公司")
    comes = make_organization(name="新上名单有限公司")
    in_force(csv(f"甲,{USCC},,,", "离开名单有限公司,,,,"))
    first_case = ControlMatch.objects.get(organization=stays).case_code
    in_force(csv(f"甲,{USCC},,,", "新上名单有限公司,,,,"))
    open_now = ControlMatch.objects.filter(status="open")
    assert {one.organization for one in open_now} == {stays, comes}
    assert open_now.get(organization=stays).case_code == first_case, "the same case goes on"
    assert Case.objects.get(code=first_case).status == "open"
    assert [may(one, "list", at=NOW) for one in (stays, leaves, comes)] == ["participants.capability.held", "",
                                                                            "participants.capability.held"]
    assert sorted(ControlList.objects.values_list("version", "status")) == [(1, "superseded"), (2, "in_force")]


@covers("A6", "T55")
@pytest.mark.parametrize(("listed", "name", "hits"), [
    ("ACME 数据", "АСМЕ数据", True),  # Cyrillic twin
    ("某某数据（上海）有限公司", "某某数据(上海)有限公司", True), ("Acme Data Ltd", "acme-data ltd", True), ("甲公司", "甲公司乙", False)])
def test_names_are_matched_by_their_skeleton(listed: str, name: str, hits: bool) -> None:
    one = register_organization(name=name, actor=VISITOR, clock=clock())
    in_force(csv(f"{listed},,,,"), kind="black")
    assert ControlMatch.objects.filter(organization=one, by="name").exists() is hits


@covers("A6")
def test_a_different_credit_code_says_that_another_party_of_the_name_is_meant() -> None:
    one = make_organization(name="同名数据有限公司", uscc=USCC)
    in_force(csv("同名数据有限公司,91310000MA1K35X75A,,,"))
    assert not ControlMatch.objects.filter(organization=one).exists()


@covers("A6")
def test_a_match_by_name_alone_is_cleared_by_the_desk_with_a_reason_one_by_code_is_not() -> None:
    by_name, by_code = make_organization(name="碰巧同名有限公司"), make_organization(uscc=USCC)
    in_force(csv("碰巧同名有限公司,,,,", f"甲,{USCC},,,"))
    desk = make_actor(Role.COMPLIANCE_OFFICER)
    match, sure = (ControlMatch.objects.get(organization=one) for one in (by_name, by_code))
    assert refused(clear_match, match=match, reason=" ", actor=desk, clock=clock()).code == "compliance.control_list.incomplete"
    clear_match(match=match, reason="登记机关与法定代表人均不同", actor=desk, clock=clock())
    assert may(by_name, "list", at=NOW) == ""
    assert refused(clear_match, match=sure, reason="x", actor=desk, clock=clock()).code == "compliance.control_match.certain"
    assert follow_organization(organization=by_name, clock=clock()) and may(by_name, "list", at=NOW) == "", "cleared once is cleared"


@covers("A6", "W20")
def test_each_kind_of_list_does_what_its_row_says() -> None:
    parties = {kind: make_organization(name=f"{kind} 甲有限公司") for kind in ("black", "cautious", "white")}
    for kind, one in parties.items():
        in_force(csv(f"{one.name},,,,"), kind=kind, key=kind)
    assert may(parties["black"], "list", at=NOW) == "participants.capability.held" and may(parties["black"], "deliver", at=NOW) == ""
    assert may(parties["cautious"], "list", at=NOW) == "" and Case.objects.filter(organization=parties["cautious"]).count() == 1
    assert may(parties["white"], "list", at=NOW) == "" and not Case.objects.filter(organization=parties["white"]).exists()
    assert listed_as(organization=parties["white"]) == {"white"}


@covers("A6")
def test_whoever_registers_later_is_looked_up_and_an_entrys_own_end_clears() -> None:
    in_force(csv("迟来数据有限公司,,,,2026-11-30"), kind="black")
    one = register_organization(name="迟来数据有限公司", actor=VISITOR, clock=clock())
    drain(clock=clock())
    assert ControlMatch.objects.get(organization=one).status == "open"
    act_on_deadlines(clock(NOW.replace(day=30)))
    assert ControlMatch.objects.get(organization=one).status == "open", "good through the day it names"
    act_on_deadlines(clock(NOW + timedelta(days=29)))
    assert ControlMatch.objects.get(organization=one).status == "cleared"


# ---- files -------------------------------------------------------------------------------------------------------------------


@covers("A6")
@pytest.mark.parametrize(("text", "filename"), [
    (csv(f"甲,{USCC},CN,令,2027-01-01"), "a.csv"), ("name,uscc\n甲," + USCC + "\n", "a.csv"),
    (csv(f"甲,{USCC},,,").encode("gb18030"), "a.csv"), (b"\xef\xbb\xbf" + csv(f"甲,{USCC},,,").encode(), "a.csv"),
    (json.dumps([{"name": "甲", "uscc": USCC}]), "a.json"), (json.dumps({"entries": [{"名称": "甲", "统一社会信用代码": USCC}]}),
                                                            "a.json")])
def test_csv_in_both_languages_and_encodings_and_json_are_read(text, filename: str) -> None:
    held = proposed(text, filename=filename)
    entry = held.entries.get()
    assert (entry.name, entry.uscc) == ("甲", USCC)


@covers("A6")
@pytest.mark.parametrize(("text", "filename", "place"), [
    (csv("甲,123,,,"), "a.csv", "line 2"), (csv("甲,,,,", ",,,,"), "a.csv", "line 3"), (csv("甲,,USA,,"), "a.csv", "line 2"),
    (csv("甲,,,,30/11/2026"), "a.csv", "line 2"), (csv("甲,,,,,多一列"), "a.csv", "line 2"), ("名称,颜色\n甲,红\n", "a.csv", "颜色"),
    ("名称\n", "a.csv", "file"), ('"名称\n甲', "a.csv", ""), ("{", "a.json", "file"), ('{"entries": 1}', "a.json", "entries"),
    ('[{"name": "甲", "colour": "red"}]', "a.json", "entries[0]"), ("[1]", "a.json", "entries[0]"), (b"\xff\xfe\x00\xd8", "a.csv", "file"),
    (csv("！！！,,,,"), "a.csv", "line 2")])
def test_a_faulty_file_is_refused_whole_with_its_faults_by_line(text, filename: str, place: str) -> None:
    no = refused(proposed, text=text, filename=filename)
    assert no.code in {"compliance.control_list.unreadable", "evidence.file.type"}
    assert not place or place in {fault.field for fault in no.errors}, no.errors
    assert not ControlList.objects.exists()


@covers("A6")
def test_one_proposal_at_a_time_and_a_key_keeps_its_kind() -> None:
    in_force(csv("甲公司,,,,"))
    proposed(csv("乙公司,,,,"))
    assert refused(proposed, text=csv("丙公司,,,,")).code == "compliance.control_list.one_proposed"
    assert refused(proposed, text=csv("丙公司,,,,"), kind="white").code == "compliance.control_list.other_kind"


# ---- what follows elsewhere --------------------------------------------------------------------------------------------------


@covers("R66")
def test_nothing_is_exported_to_whom_a_list_names_and_a_place_that_treats_us_worse_is_answered() -> None:
    from tests.compliance.profiles import CLEAN

    seller = make_organization()
    actor = make_actor(Role.DATA_MERCHANT, organization=seller)
    facts = {**{name: value for name, value in CLEAN.items() if name != "purpose"}, "cross_border": True}
    in_force(csv("Blocked Data Ltd,,US,,"))
    common = {"exporter": seller, "product_code": "PRD-1", "country": "US", "facts": facts, "safeguards": "同等保护", "actor": actor,
              "clock": clock()}
    case = open_export(recipient="BLOCKED-DATA LTD", **common)
    assert refused(screen_export, case=case, actor=actor, clock=clock()).code == "compliance.export.recipient_listed"
    free = screen_export(case=open_export(recipient="Fair Data Ltd", **common), actor=actor, clock=clock())
    assert free.status == "cleared"
    asked = propose_stance(jurisdiction="us", stance="restrictive", basis="某项歧视性措施", actor=make_actor(Role.REGULATOR), clock=clock())
    decide_stance(approval=asked, agree=True, reason="属实", actor=make_actor(Role.REGULATOR), clock=clock())
    held = screen_export(case=open_export(recipient="Other Data Ltd", **common), actor=actor, clock=clock())
    assert (held.status, held.mechanism) == ("needs_mechanism", "assessment") and "第26条" in held.reason


@covers("R66", "I18")
def test_a_stance_is_set_by_two_regulators_and_its_past_stays_on_file() -> None:
    from compliance.jurisdictions import stance_of

    maker = make_actor(Role.REGULATOR)
    assert refused(propose_stance, jurisdiction="CN", stance="reciprocal", basis="x", actor=maker,
                   clock=clock()).code == "compliance.jurisdiction.faulty"
    asked = propose_stance(jurisdiction="SG", stance="reciprocal", basis="协定", actor=maker, clock=clock())
    assert refused(decide_stance, approval=asked, agree=True, reason="x", actor=maker,
                   clock=clock()).code == "participants.approval.same_person"
    decide_stance(approval=asked, agree=True, reason="同意", actor=make_actor(Role.REGULATOR), clock=clock())
    later = clock(NOW + timedelta(days=3))
    gone = propose_stance(jurisdiction="SG", stance="", basis="协定终止", actor=maker, clock=later)
    decide_stance(approval=gone, agree=True, reason="同意", actor=make_actor(Role.REGULATOR), clock=later)
    assert stance_of("SG", at=NOW + timedelta(days=1)).stance == "reciprocal" and stance_of("SG", at=NOW + timedelta(days=4)) is None


@covers("R66")
def test_what_the_lists_say_of_a_party_cannot_be_stated_away_in_a_filing() -> None:
    from compliance.filings import _with_listed
    from compliance.screening import Profile

    hit = make_organization(uscc=USCC)
    in_force(csv(f"甲,{USCC},,,"))
    told = _with_listed(Profile(title="x", facts={"counterparty_on_control_list": False}), hit, make_organization())
    assert told.facts["counterparty_on_control_list"] is True
    clean = Profile(title="x", facts={"counterparty_on_control_list": False})
    assert _with_listed(clean, make_organization()) is clean


@covers("A6", "T41")
def test_a_list_is_imported_decided_and_revoked_at_the_desk() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from evidence.clock import set_market_clock
    from tests.factories import make_user

    set_market_clock(NOW + timedelta(days=365 * 5), 0)
    people = {role: Client() for role in (Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.AUDITOR)}
    for role, client in people.items():
        client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    officer, regulator, auditor = people.values()
    hit = make_organization(uscc=USCC)
    form = {"key": "un", "kind": "sanction", "name": "制裁", "authority": "机关", "dated": "2031-10-30"}

    def send(client, text: str):
        return client.post("/admin/compliance/controllist/import/", form | {"file": SimpleUploadedFile("l.csv", text.encode())})

    assert auditor.get("/admin/compliance/controllist/import/").status_code == 403
    bad = send(officer, csv("甲,1,,,"))
    assert bad.status_code == 400 and "line 2" in bad.content.decode()
    page = send(officer, csv(f"甲,{USCC},,,"))["Location"]
    assert auditor.get(page).status_code == 200 and auditor.post(page, {"act": "agree"}).status_code == 403
    assert officer.post(page, {"act": "agree"}).status_code == 403
    assert regulator.post(page, {"act": "agree", "reason": "同意"}).status_code == 302
    assert hit.short_name in officer.get(page).content.decode()
    assert officer.post(page, {"act": "revoke", "reason": "撤销"}).status_code == 302
    assert regulator.post(page, {"act": "agree", "reason": "同意"}).status_code == 302
    assert ControlMatch.objects.get(organization=hit).status == "cleared"
    assert regulator.get(page, headers={"Accept-Language": "en"}).status_code == 200
