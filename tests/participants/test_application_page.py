"""The application's page: answers and documents are one form, so nothing typed is lost whichever button is pressed (A1)."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.queries import records
from kit.coverage import covers
from participants.actors import actor_of
from participants.admission_moves import class_of
from participants.models import Admission, Notice, Proof
from participants.operations import accept_admission, accept_proof, admit, open_admission, refuse_proof, return_admission
from participants.roles import Role
from tests.factories import PDF, hand_in, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db
TYPED = {"legal_representative": "陈海", "business": "港口船舶动态数据的加工与供应。"}


@pytest.fixture
def applicant() -> tuple[Client, Admission]:
    """Somebody whose draft for the class of supply is open."""
    user = make_user(Role.DATA_MERCHANT, organization=make_organization(admitted=False))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, open_admission(organization=user.acting_for, category="merchant_supply", actor=actor_of(user), clock=MARKET_CLOCK)


def address(held: Admission) -> str:
    return f"/desk/organisation/admission/{held.code}/"


def scan(name: str = "scan.pdf", body: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


class _Forms(HTMLParser):
    """Which form of a page each field belongs to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.at, self.fields, self.files = 0, {}, {}
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        given = dict(attrs)
        self.at += tag == "form"
        if tag in {"input", "textarea", "select"} and given.get("name"):
            (self.files if given.get("type") == "file" else self.fields)[given["name"]] = self.at


def lost_by_handing_in(html: str, answers: set[str]) -> set[str]:
    """The answers that the browser does not send along with a chosen file."""
    page = _Forms(html)
    return {name for name in answers for form in set(page.files.values()) if page.fields.get(name) != form}


@covers("A1", "A5")
def test_a_chosen_file_and_the_answers_travel_in_one_form(applicant) -> None:
    client, held = applicant
    answers = set(class_of(held).questions)
    apart = ('<form><select name="item"></select><input type="file" name="file"></form>'
             + "<form>" + "".join(f'<input name="{key}">' for key in answers) + "</form>")
    assert lost_by_handing_in(apart, answers) == answers, "two forms side by side lose every answer typed so far"
    page = client.get(address(held)).content.decode()
    assert 'type="file"' in page and lost_by_handing_in(page, answers) == set()


@covers("A1", "A5")
def test_a_document_is_handed_in_and_what_was_typed_is_kept(applicant) -> None:
    client, held = applicant
    assert client.post(address(held), TYPED | {"business_licence-file": scan(), "save": "1"}).status_code == 302
    held.refresh_from_db()
    assert (held.status, held.answers) == ("draft", TYPED)
    assert Proof.objects.get(organization=held.organization).item == "business_licence"
    page = client.get(address(held)).content.decode()
    assert all(value in page for value in TYPED.values())
    [told] = records(kind="participants.admission.answered")
    assert told.payload["answered"] == sorted(TYPED) and "陈海" not in str(told.payload), "which answers, never what was said"


@covers("A1", "A5")
def test_a_faulty_document_stops_the_filing_and_keeps_all_that_is_right(applicant) -> None:
    """The faulty one keeps what was typed of it and says what to mend at its field; the others are handed in."""
    client, held = applicant
    answer = client.post(address(held), TYPED | {
        "security_system-file": scan(), "business_licence-file": scan("licence.txt", b"no picture"), "mlps-file": scan(),
        "mlps-number": "BJ-2026-77", "mlps-level": "9", "dcmm-number": "only the number"})
    page = answer.content.decode()
    assert answer.status_code == 400 and "其余内容已保存" in page
    said = ("BJ-2026-77", "等级为 1 至 5", "请填写到期日", "请选择文件", "only the number")
    assert [one for one in said if one not in page] == []
    held.refresh_from_db()
    assert (held.status, held.answers) == ("draft", TYPED)
    assert [one.item for one in Proof.objects.filter(organization=held.organization)] == ["security_system"]


@covers("A1")
def test_filing_too_early_keeps_the_answers_and_marks_each_gap_at_its_field(applicant) -> None:
    client, held = applicant
    answer = client.post(address(held), TYPED | {"contact_email": "no address"})
    page = answer.content.decode()
    assert answer.status_code == 400 and "participants.admission.incomplete" in page
    assert page.count("请选择文件") == 3 and "格式不对" in page and page.count("请填写。") == 2
    held.refresh_from_db()
    assert held.answers == TYPED | {"contact_email": "no address"}


@covers("A1")
def test_saving_what_is_there_already_is_no_fact_and_a_filed_application_takes_no_answers(applicant) -> None:
    client, held = applicant
    for _ in range(2):
        assert client.post(address(held), TYPED | {"save": "1"}).status_code == 302
    assert len(list(records(kind="participants.admission.answered"))) == 1
    Admission.objects.filter(pk=held.pk).update(status="submitted")
    client.post(address(held), {"business": "别的", "save": "1"})
    held.refresh_from_db()
    assert held.answers["business"] == TYPED["business"]


@covers("A1", "A5")
def test_a_return_names_each_thing_where_it_is_mended_in_the_readers_language(applicant) -> None:
    client, held = applicant
    actor, desk = actor_of(make_user(Role.DATA_MERCHANT, organization=held.organization)), make_actor(Role.COMPLIANCE_OFFICER)
    [licence, *_others] = hand_in(held.organization, actor, *class_of(held).required, at=MARKET_CLOCK.now())
    assert client.post(address(held), TYPED | {"registered_address": "泉州", "contact_email": "a@b.cn",
                                               "data_security_officer": "林"}).status_code == 302
    accept_admission(admission=held, actor=desk, clock=MARKET_CLOCK)
    refuse_proof(proof=licence, reason="印章不清", actor=desk, clock=MARKET_CLOCK)
    return_admission(admission=held, missing=["business_licence", "business"], reason="", actor=desk, clock=MARKET_CLOCK)
    english = client.get(address(held), headers={"Accept-Language": "en"}).content.decode()
    assert 'href="#doc-business_licence"' in english and 'href="#id_business"' in english
    assert "Business licence or certificate of registration" in english and "印章不清" in english, "why the document was refused"
    told = Notice.objects.get(kind="participants.admission.return")
    assert "营业执照" in told.text_zh and "Business licence" in told.text_en and "营业执照" not in told.text_en


@covers("A2", "A5")
def test_the_licence_is_shown_with_its_term_and_what_it_opens(applicant) -> None:
    client, held = applicant
    actor, desk = actor_of(make_user(Role.DATA_MERCHANT, organization=held.organization)), make_actor(Role.COMPLIANCE_OFFICER)
    hand_in(held.organization, actor, *class_of(held).required, at=MARKET_CLOCK.now())
    client.post(address(held), TYPED | {"registered_address": "泉州", "contact_email": "a@b.cn", "data_security_officer": "林"})
    accept_admission(admission=held, actor=desk, clock=MARKET_CLOCK)
    admit(admission=held, actor=desk, clock=MARKET_CLOCK)
    held.refresh_from_db()
    page = client.get(address(held)).content.decode()
    assert held.effective_to is not None
    assert f"/verify/{held.code}" in page and f"{held.effective_to:%Y}" in page and 'href="/desk/listings/"' in page
    assert client.post(address(held), {"business_licence-file": scan(), "save": "1"}).status_code == 302, "a document is renewed here too"
    renewed = Proof.objects.get(organization=held.organization, item="business_licence", status="handed_in")
    assert accept_proof(proof=renewed, actor=desk, clock=MARKET_CLOCK).status == "accepted"
