"""The pages of a succession: filed by the successor, put forward and decided at the desk, told on the certificate (R39)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from kit.coverage import covers
from listings.models import RegistrationCertificate
from participants.estates import rows_of
from participants.models import Organization, Succession
from participants.roles import Role
from tests.factories import PDF, make_organization, make_user
from tests.settlement.estates import filed, make_world

pytestmark = pytest.mark.django_db


def client(role: str, organization: Organization | None = None) -> Client:
    made = Client()
    made.force_login(make_user(role, organization=organization), backend="django.contrib.auth.backends.ModelBackend")
    return made


def papers() -> dict[str, Any]:
    return {name: SimpleUploadedFile(f"{name}.pdf", PDF, "application/pdf") for name in ("agreement", "extract")}


@covers("R39", "B8")
def test_a_merger_goes_from_the_successors_form_to_the_certificate_that_names_both() -> None:
    world = make_world()
    ours = client(Role.DATA_MERCHANT, world.heir)
    form = {"kind": "merger", "predecessor": world.ends.code, "heirs": world.heir.code}
    assert ours.post("/desk/successions/new/", form).status_code == 400, "without documents nothing is filed"
    answer = ours.post("/desk/successions/new/", form | papers())
    case = Succession.objects.get()
    assert answer.status_code == 302 and case.code in answer["Location"]
    page = ours.get(answer["Location"]).content.decode()
    assert world.listing.product.title_zh in page and "没有障碍" in page
    assert ours.get("/desk/successions/").status_code == 200
    assert ours.get(f"/desk/successions/{case.code}/agreement/")["Content-Disposition"].startswith("attachment")
    desk = f"/admin/participants/succession/{case.pk}/decide/"
    officer, regulator = client(Role.COMPLIANCE_OFFICER), client(Role.REGULATOR)
    assert officer.post(desk, {"act": "propose", "reason": "文件一致"}).status_code == 302
    assert officer.post(desk, {"act": "agree", "reason": "同意"}).status_code == 403
    assert regulator.post(desk, {"act": "agree", "reason": "同意"}).status_code == 302
    case.refresh_from_db()
    assert case.status == "done"
    certificate = RegistrationCertificate.objects.get(product=world.listing.product)
    shown = Client().get(f"/verify/{certificate.code}").content.decode()
    assert world.heir.name in shown and world.ends.name in shown and case.code in shown
    assert regulator.get(desk).status_code == ours.get(f"/desk/successions/{case.code}/").status_code == 200


@covers("R39")
def test_a_split_is_apportioned_on_its_page_and_what_lacks_is_named() -> None:
    world = make_world()
    second = filed_split(world)
    ours = client(Role.DATA_MERCHANT, world.heir)
    case = Succession.objects.get()
    page = ours.get(f"/desk/successions/{case.code}/").content.decode()
    unit = next(held.unit for _, held in rows_of(world.ends) if held.code == world.listing.product.code)
    assert "分立方案没有指定由谁承继" in page and f'name="part-{unit}"' in page
    line = {f"part-{unit}": second.code, "act": "apportion"}
    assert ours.post(f"/desk/successions/{case.code}/", line).status_code == 302
    assert case.parts.get().heir.organization_id == second.pk
    wrong = ours.post(f"/desk/successions/{case.code}/", {"part-CNY": world.ends.code, "act": "apportion"})
    assert wrong.status_code == 400 and "不是本案承继方" in wrong.content.decode()
    assert ours.post(f"/desk/successions/{case.code}/", {"act": "withdraw"}).status_code == 302
    case.refresh_from_db()
    assert case.status == "withdrawn"


def filed_split(world: Any) -> Organization:
    second = make_organization(Role.DATA_MERCHANT)
    filed(world, "split", world.heir, second)
    return second


@covers("R39")
def test_every_word_of_the_pages_has_its_english() -> None:
    world = make_world()
    case = filed(world)
    ours = client(Role.DATA_MERCHANT, world.heir)
    for address in ("/desk/successions/", "/desk/successions/new/", f"/desk/successions/{case.code}/"):
        with translation.override("en"):
            page = ours.get(address, headers={"accept-language": "en"}).content.decode()
        assert "承继" not in page.replace(world.heir.name, ""), address
