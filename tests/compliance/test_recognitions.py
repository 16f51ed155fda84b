"""Scenes of export and where they stand in the table (R63); certificates and binding rules recognised from abroad (R108)."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client

from compliance.exports import cleared_for
from compliance.jurisdictions import decide_stance
from compliance.models import ExportCase, ExportRecognition
from compliance.operations import (
    count_export,
    decide_recognition,
    decide_recognition_end,
    expire_recognition,
    open_export,
    propose_recognition,
    propose_recognition_end,
    propose_stance,
    rest_on,
    screen_export,
)
from compliance.rules.cross_border import route, table
from compliance.rules.scenarios import EXEMPTIONS, SCENARIOS
from compliance.rules.vocabulary import read_facts
from compliance.tasks import act_on_deadlines
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice, Organization
from participants.roles import OrganizationKind, Role
from tests.compliance.profiles import clean
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import PDF, clock, make_organization, make_user

pytestmark = pytest.mark.django_db


def registered(kind: str = "certificate", names: tuple[str, ...] = ("Acme Pte",), until: date = date(2027, 6, 30), **more: Any
               ) -> ExportRecognition:
    """An entry of the register: put up by one regulator, decided by another."""
    asked = propose_recognition(**{
        "kind": kind, "title": "APEC CBPR", "number": "SG-2026-7", "issuer": "IMDA", "country": "sg", "names": names,
        "basis": "互认安排（示例）", "dated": date(2026, 1, 5), "until": until, "stream": io.BytesIO(PDF), "filename": "cbpr.pdf",
        "actor": regulator(), "clock": clock(), **more})
    return decide_recognition(recognition=asked, agree=True, reason="核对证书", actor=regulator(), clock=clock())


def in_row_11(organization: Organization | None = None, actor: Actor | None = None, product: str = "PRD-1", **more: Any
              ) -> tuple[ExportCase, Organization, Actor]:
    """A case that the table sends to a contract or a certification: one person's sensitive information."""
    if organization is None or actor is None:
        organization, actor = merchant()
    facts = clean(cross_border=True, contains_pi=True, legal_basis="separate_consent")
    case = open_export(**{"exporter": organization, "product_code": product, "recipient": "ACME  Pte", "country": "SG", "facts": facts,
                          "safeguards": "等同认证", "actor": actor, "clock": clock(), **more})
    return screen_export(case=case, expected_sensitive=1, actor=actor, clock=clock()), organization, actor


# ---- R63: the scene of a case ------------------------------------------------------------------------------------------------


@covers("R63")
@pytest.mark.parametrize("scenario, exemption, row", [
    ("payment", "contract_necessity", 8), ("ecommerce", "contract_necessity", 8), ("hr", "hr", 8), ("emergency", "emergency", 8),
    ("outsourcing", "foreign_origin", 7), ("supply_chain", "none", 12), ("supply_chain", "ftz_outside_list", 9),
])
def test_r63_a_scene_stands_in_its_row_of_the_table(scenario: str, exemption: str, row: int) -> None:
    """A payment abroad needs the payer's data (row 8); an outsourced job works on what came from abroad (row 7)."""
    organization, actor = merchant()
    facts = clean(cross_border=True, contains_pi=True, legal_basis="separate_consent", export_exemption=exemption)
    case = open_export(exporter=organization, product_code="PRD-1", recipient="Acme Pte", country="SG", facts=facts, scenario=scenario,
                       safeguards="等同认证", origin_law="依新加坡 PDPA 取得", actor=actor, clock=clock())
    assert (screen_export(case=case, actor=actor, clock=clock()).row, case.scenario) == (row, scenario)


@covers("R63")
@pytest.mark.parametrize("scenario, exemption", [
    ("supply_chain", "contract_necessity"), ("outsourcing", "hr"), ("payment", "emergency"), ("other", "contract_necessity"),
    ("smuggling", "none"),
])
def test_r63_no_scene_borrows_the_exemption_of_another(scenario: str, exemption: str) -> None:
    organization, actor = merchant()
    with pytest.raises(Rejected, match="scenario_does_not_exempt") as refused:
        open_export(exporter=organization, product_code="PRD-1", recipient="Acme Pte", country="SG", scenario=scenario, actor=actor,
                    facts=clean(cross_border=True, contains_pi=True, export_exemption=exemption), clock=clock())
    assert [one.field for one in refused.value.errors] == ["scenario"]


@covers("R63", "R64")
def test_r63_trade_without_personal_information_exempts_nothing_that_has_it() -> None:
    """Row 6 is for what holds no personal information: claimed for 100,000 persons, the count decides (row 11)."""
    personal = clean(cross_border=True, contains_pi=True, export_exemption="trade_no_pi", ytd_pi_out=100_000)
    assert (route(read_facts(personal)).row, route(read_facts({**personal, "contains_pi": False})).row) == (11, 6)
    assert {one for scene in SCENARIOS.values() for one in scene.exemptions} <= set(EXEMPTIONS)
    assert [row.number for row in table()] == list(range(1, 13))


# ---- R108: the register and what rests on it ---------------------------------------------------------------------------------


@covers("R108", "I18")
def test_r108_a_case_of_row_11_rests_on_a_recognised_certificate_until_that_ends() -> None:
    entry = registered()
    case, organization, actor = in_row_11()
    assert (case.status, case.row) == ("needs_mechanism", 11)
    case = rest_on(case=case, recognition=entry, actor=actor, clock=clock())
    assert (case.status, case.effective_to) == ("cleared", entry.effective_to)
    assert entry.effective_to.astimezone(UTC) == datetime(2027, 6, 30, 15, 59, 59, 999999, tzinfo=UTC), "its last day is a local day"
    assert cleared_for(organization, "PRD-1", "ACME  Pte", entry.effective_to - timedelta(seconds=1)).pk == case.pk
    over = clock(entry.effective_to)
    with pytest.raises(Rejected, match="not_cleared"):
        cleared_for(organization, "PRD-1", "ACME  Pte", over.now())
    with pytest.raises(Rejected, match="not_reached"):
        expire_recognition(recognition=entry, clock=clock())
    act_on_deadlines(clock=over)
    case.refresh_from_db()
    entry.refresh_from_db()
    assert (entry.status, case.status, case.recognition, case.mechanism) == (
        "expired", "needs_mechanism", None, "contract_or_certification"), "back for its mechanism, not ended"
    assert Notice.objects.filter(organization=organization, kind="compliance.export.ground_lost", subject=case.code).exists()


@covers("R108")
def test_r108_a_revocation_reopens_every_case_that_rests_on_it_in_one_act() -> None:
    entry = registered()
    ours, theirs = in_row_11(), in_row_11(product="PRD-2")
    for case, _organization, actor in (ours, theirs):
        rest_on(case=case, recognition=entry, actor=actor, clock=clock())
    with pytest.raises(IntegrityError, match="still rests on it"), transaction.atomic():
        ExportRecognition.objects.filter(pk=entry.pk).update(status="revoked")
    propose_recognition_end(recognition=entry, reason="发证机构撤回", actor=officer(), clock=clock())
    ended = decide_recognition_end(recognition=entry, agree=True, reason="属实", actor=regulator(), clock=clock())
    assert ended.status == "revoked"
    assert set(ExportCase.objects.values_list("status", "recognition")) == {("needs_mechanism", None)}
    with pytest.raises(Rejected, match="does_not_cover"):
        rest_on(case=ours[0], recognition=ended, actor=ours[2], clock=clock())


@covers("R108")
def test_r108_binding_rules_cover_a_group_and_nobody_outside_it() -> None:
    """The rules name the group's house here and its company abroad: a stranger's export to the same company does not rest on them."""
    inside, actor = merchant()
    entry = registered("binding_rules", (inside.name, "Acme Pte"))
    case, _, _ = in_row_11(inside, actor)
    assert rest_on(case=case, recognition=entry, actor=actor, clock=clock()).status == "cleared"
    stranger, _, other = in_row_11()
    with pytest.raises(Rejected, match="does_not_cover"):
        rest_on(case=stranger, recognition=entry, actor=other, clock=clock())
    alone = {"kind": "binding_rules", "names": ("Acme Pte", " ACME PTE ")}
    with pytest.raises(Rejected, match=r"recognition\.faulty") as refused:
        registered(**alone, number="2")
    assert [one.field for one in refused.value.errors] == ["names"]


@covers("R108", "R64")
def test_r108_no_other_row_rests_on_it_and_a_crossed_threshold_ends_it() -> None:
    entry = registered()
    case, _, actor = in_row_11()
    ExportCase.objects.filter(pk=case.pk).update(mechanism="assessment", row=10)
    with pytest.raises(Rejected, match="other_row"):
        rest_on(case=case, recognition=entry, actor=actor, clock=clock())
    ExportCase.objects.filter(pk=case.pk).update(mechanism="contract_or_certification", row=11)
    case = rest_on(case=case, recognition=entry, actor=actor, clock=clock())
    with pytest.raises(IntegrityError, match="only_in_row_11"), transaction.atomic():
        ExportCase.objects.filter(pk=case.pk).update(mechanism="assessment")
    with pytest.raises(IntegrityError, match="not in force"), transaction.atomic():
        ExportCase.objects.filter(pk=case.pk).update(effective_to=entry.effective_to + timedelta(days=1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("compliance.rules.cross_border.SPI_ASSESSMENT", 2)
        assert not count_export(case=case, person_keys=["a", "b"], sensitive=True, actor=actor, clock=clock())
    case.refresh_from_db()
    assert (case.status, case.mechanism, case.recognition) == ("needs_mechanism", "assessment", None)


@covers("R66", "R108")
def test_r66_a_place_that_treats_us_worse_is_asked_for_an_assessment_whatever_is_recognised() -> None:
    entry = registered()
    asked = propose_stance(jurisdiction="SG", stance="restrictive", basis="示例措施", actor=regulator(), clock=clock())
    decide_stance(approval=asked, agree=True, reason="", actor=regulator(), clock=clock())
    case, _, actor = in_row_11()
    assert case.mechanism == "assessment"
    with pytest.raises(Rejected, match="other_row"):
        rest_on(case=case, recognition=entry, actor=actor, clock=clock())


@covers("R108", "I18")
def test_r108_one_person_is_not_two_and_an_entry_is_kept_as_it_was_decided() -> None:
    first = regulator()
    entry = propose_recognition(kind="certificate", title="CBPR", number="7", issuer="IMDA", country="SG", names=["Acme"], basis="示例",
                                dated=date(2026, 1, 5), until=date(2027, 1, 5), stream=io.BytesIO(PDF), filename="c.pdf", actor=first,
                                clock=clock())
    with pytest.raises(Rejected, match="same_person"):
        decide_recognition(recognition=entry, agree=True, reason="", actor=first, clock=clock())
    with pytest.raises(Rejected, match="denied"):
        decide_recognition(recognition=entry, agree=True, reason="", actor=officer(), clock=clock())
    with pytest.raises(Rejected, match="known"):
        registered(number="7")
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_exportrecognition SET names = '[\"Anyone\"]'")
    refused = decide_recognition(recognition=entry, agree=False, reason="证书无法核实", actor=regulator(), clock=clock())
    assert refused.status == "refused"


@covers("R63", "R66", "R108", "C5")
def test_r108_the_register_is_public_and_kept_at_the_desk_by_two(client: Client) -> None:
    bureau = make_organization(kind=OrganizationKind.AUTHORITY, admitted=False)

    def desk() -> Client:
        browser = Client()
        browser.force_login(make_user(Role.REGULATOR, organization=bureau), "django.contrib.auth.backends.ModelBackend")
        return browser

    first, second, where = desk(), desk(), "/admin/compliance/exportrecognition/desk/"
    form = {"act": "propose", "kind": "certificate", "title": "APEC CBPR", "number": "SG-1", "issuer": "IMDA", "country": "sg",
            "names": "Acme Pte", "basis": "互认安排（示例）", "dated": "2026-01-05", "until": "2027-06-30"}
    assert first.post(where, {**form, "paper": SimpleUploadedFile("c.pdf", PDF, "application/pdf")}).status_code == 302
    entry = ExportRecognition.objects.get()
    assert "SG-1" not in client.get("/rules/cross-border/").content.decode(), "what is only asked is not public"
    assert first.post(where, {"act": "agree", "recognition": entry.code}).status_code >= 400
    assert second.post(where, {"act": "agree", "recognition": entry.code, "reason": "核对"}).status_code == 302
    page = client.get("/rules/cross-border/").content.decode()
    assert "SG-1" in page and "服务外包" in page and "承认有效" in page
    case, organization, _actor = in_row_11()
    seller = Client()
    seller.force_login(make_user(Role.DATA_MERCHANT, organization=organization), "django.contrib.auth.backends.ModelBackend")
    assert entry.code in seller.get("/desk/exports/").content.decode(), "the exporter is offered what covers it"
    seller.post(f"/desk/exports/{case.code}/", {"act": "rest", "recognition": entry.code})
    case.refresh_from_db()
    assert (case.status, case.recognition_id) == ("cleared", entry.pk)
    assert first.post(where, {"act": "revoke", "recognition": entry.code, "reason": "撤回"}).status_code == 302
    assert "待复核的撤销" in second.get(where).content.decode()
