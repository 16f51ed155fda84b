"""The public rules and the party's desk: readable in both languages, usable without script, blind to strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from compliance.models import Declaration, Filing
from compliance.operations import ask_party, claim_case, open_case
from compliance.rules.negative_list import shipped_rules
from compliance.rules.wording import say
from kit.actors import SYSTEM
from kit.coverage import covers
from participants.models import User
from participants.roles import Role
from tests.compliance.test_conduct import decided
from tests.compliance.worlds import ANSWERS, filed, merchant, officer, signed
from tests.factories import clock, make_organization, make_user

pytestmark = pytest.mark.django_db


def visit(user: User | None = None, language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def user_of(actor: Any) -> User:
    return User.objects.get(pk=actor.user_id)


@covers("R51", "R84", "A6")
@pytest.mark.parametrize("language, sentence", [("zh-hans", "数据级别为核心数据"), ("en", "grade of the data is core")])
def test_the_negative_list_shows_forty_rules_with_clause_fact_and_way_out(language: str, sentence: str) -> None:
    page = visit(language=language).get("/rules/negative-list/").content.decode()
    assert page.count('class="dx-verdict') == 40
    assert sentence in page
    for rule in shipped_rules().rules:
        assert rule.id in page
        assert escape(rule.basis[0][0 if language == "zh-hans" else 1]) in page


def test_every_rule_reads_as_a_sentence_in_both_languages() -> None:
    for rule in shipped_rules().rules:
        zh, en = say(rule.when)
        assert zh and (en.isascii() or "≥" in en), rule.id
        assert "_" not in zh + en


@pytest.mark.parametrize("query, count", [("q=普查", 1), ("q=出境", 5), ("q=separate+consent", 5),
                                          ("tier=restricted", 16), ("q=NL-P-03", 1),
                                          ("q=zzz", 0), ("on=2020-02-30&tier=prohibited", 24), ("against=nothing", 40)])
def test_the_list_is_searched_by_word_fact_and_tier(query: str, count: int) -> None:
    page = visit().get(f"/rules/negative-list/?{query}").content.decode()
    found = page.count('class="dx-verdict')
    assert found == count if count in {0, 1, 16, 24, 40} else found >= count


@pytest.mark.parametrize("path", ["/rules/", "/rules/standing/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_rules_need_no_sign_in(path: str, language: str) -> None:
    answer = visit(language=language).get(path)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["declarations", "filings", "credit", "cases"])
def test_the_desk_asks_for_a_sign_in_and_opens_for_a_party(path: str) -> None:
    assert visit().get(f"/desk/{path}/").status_code == 302
    for language in ("zh-hans", "en"):
        assert visit(make_user(Role.DATA_MERCHANT), language).get(f"/desk/{path}/").status_code == 200


@covers("R88")
def test_a_declaration_is_filled_in_refused_with_reasons_and_signed() -> None:
    client = visit(make_user(Role.DATA_MERCHANT))
    answer = client.post("/desk/declarations/new/", {"template": "merchant"})
    made = Declaration.objects.get()
    assert answer.url == f"/desk/declarations/{made.code}/"
    posted: dict[str, Any] = {key: ("yes" if value else "no") if isinstance(value, bool) else value for key, value in ANSWERS.items()}
    incomplete = client.post(answer.url, {**posted, "act": "sign", "quality_defects": ""})
    assert incomplete.status_code == 400
    assert 'id="id_quality_defects_error"' in incomplete.content.decode()
    assert client.post(answer.url, {**posted, "act": "sign"}).status_code == 302
    made.refresh_from_db()
    assert (made.status, made.answers) == ("in_force", ANSWERS)
    assert made.document_hash[:4] in client.get(answer.url).content.decode()
    assert client.post(answer.url, {"act": "withdraw", "reason": "x"}).status_code == 302


def test_a_filing_is_confirmed_from_its_page_by_the_other_party_only() -> None:
    filing, selling, buying = filed()
    path = f"/desk/filings/{filing.code}/"
    assert visit(make_user(Role.DATA_MERCHANT)).get(path).status_code == 404
    assert 'value="confirm"' not in visit(user_of(selling)).get(path).content.decode()
    assert visit(user_of(selling)).post(path, {"act": "confirm"}).status_code == 403
    assert visit(user_of(buying)).post(path, {"act": "nonsense"}).status_code == 404
    assert visit(user_of(buying)).post(path, {"act": "confirm"}).status_code == 302
    assert Filing.objects.get().status == "confirmed"


def test_a_party_answers_a_desks_question() -> None:
    organization, actor = merchant()
    desk = officer()
    case = open_case(kind="sample", subject_kind="listing", subject_code="LST-1", title=("抽查", "Sample"), organization=organization,
                     actor=SYSTEM, clock=clock())
    case = ask_party(case=claim_case(case=case, actor=desk, clock=clock()), text="请提供来源证明", actor=desk, clock=clock())
    client, path = visit(user_of(actor)), f"/desk/cases/{case.code}/"
    assert "请提供来源证明" in client.get(path).content.decode()
    assert client.post(path, {"text": "见附件"}).status_code == 302
    assert "见附件" in client.get(path).content.decode()
    assert visit(make_user(Role.DATA_MERCHANT)).get(path).status_code == 404
    assert case.code in client.get("/desk/cases/").content.decode()


@covers("H6", "H7")
def test_a_party_reads_its_finding_and_objects() -> None:
    case, organization, actor, _ = decided()
    client, path = visit(user_of(actor)), f"/desk/credit/{case.code}/"
    page = client.get(path).content.decode()
    assert case.findings.get().code in page and 'value="object"' in page
    overview = client.get("/desk/credit/").content.decode()
    assert "−20" in overview or "-20" in overview
    assert client.post(path, {"act": "object", "text": "凭证在此"}).status_code in {302, 422}
    assert visit(make_user(Role.DATA_MERCHANT)).get(path).status_code == 404
    assert organization.code


def test_a_buyer_has_no_declarations_and_a_third_party_has_its_own_form() -> None:
    assert visit(make_user(Role.BUYER)).get("/desk/declarations/").status_code == 403
    third = make_organization(Role.SERVICE_PROVIDER)
    page = visit(make_user(Role.SERVICE_PROVIDER, organization=third)).get("/desk/declarations/").content.decode()
    assert 'value="third_party"' in page and 'value="merchant"' not in page


def test_signed_declarations_are_listed_with_their_term() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    assert made.code in visit(user_of(actor), "en").get("/desk/declarations/").content.decode()
