"""Export at the exporter's desk and at the regulators': judged at once, papers handed in, decided by two."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.models import ExportCase
from kit.coverage import covers
from participants.models import Organization
from participants.roles import OrganizationKind, Role
from tests.factories import PDF, make_organization, make_user

pytestmark = pytest.mark.django_db
DESK = "/desk/exports/"
FORM: dict[str, Any] = {
    "product_code": "PRD-1", "recipient": "Acme Pte", "country": "sg", "grade": "general", "state_secret": "no", "export_controlled": "no",
    "contains_pi": "yes", "is_ciio": "no", "legal_basis": "separate_consent", "export_exemption": "none",
    "scenario": "ecommerce", "persons": "0", "sensitive": "0",
    "safeguards": "等同认证与合同"}


def browser_of(role: str, organization: Organization | None = None) -> Client:
    browser = Client()
    browser.force_login(make_user(role, organization=organization or make_organization(role)), "django.contrib.auth.backends.ModelBackend")
    return browser


@covers("R64", "R68", "R106", "C5")
def test_an_exporter_reads_the_row_what_stays_owed_and_what_is_barred() -> None:
    browser = browser_of(Role.DATA_MERCHANT)
    unsafe = browser.post(DESK, {**FORM, "safeguards": ""})
    assert (unsafe.status_code, ExportCase.objects.count()) == (422, 0), "what cannot be judged is not left behind"
    assert browser.post(DESK, FORM).status_code == 302
    shown = browser.get(DESK).content.decode()
    assert "判定表第 12 行" in shown
    assert "影响评估" in shown, "an exempt row still owes its duties"
    browser.post(DESK, {**FORM, "product_code": "PRD-2", "foreign_authority": "US District Court"})
    assert ExportCase.objects.get(product_code="PRD-2").status == "refused"
    assert "US District Court" in browser.get(DESK).content.decode()


@covers("R65", "R67", "I18", "C5")
def test_an_assessment_is_decided_at_the_desk_by_two_regulators() -> None:
    browser = browser_of(Role.DATA_MERCHANT)
    browser.post(DESK, {**FORM, "sensitive": "10000"})
    case = ExportCase.objects.get()
    assert (case.status, case.mechanism) == ("needs_mechanism", "assessment")
    browser.post(f"{DESK}{case.code}/", {
        kind: SimpleUploadedFile(f"{kind}.pdf", PDF, "application/pdf")
        for kind in ("self_assessment", "contract", "leak_plan", "committee")})
    bureau = make_organization(kind=OrganizationKind.AUTHORITY, admitted=False)
    first, second = browser_of(Role.REGULATOR, bureau), browser_of(Role.REGULATOR, bureau)
    where = f"/admin/compliance/exportcase/{case.pk}/case/"
    assert "committee.pdf" in first.get(where).content.decode()
    first.post(where, {"act": "hold", "reason": "外资并购"})
    first.post(where, {"act": "release", "reason": "审查通过"})
    first.post(where, {"act": "clear", "reason": "评估通过"})
    assert first.post(where, {"act": "agree", "reason": "同意"}).status_code >= 400, "one person is not two"
    assert second.post(where, {"act": "agree", "reason": "同意"}).status_code == 302
    case.refresh_from_db()
    assert case.status == "cleared"
    assert case.effective_to is not None
