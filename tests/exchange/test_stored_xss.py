"""T52: whatever people wrote into the house stands on its pages as the words it is: titles, names, files, columns, notes, reasons.

Every page of the resolver is read tag by tag with an attack in every text of the database. ``tests/flows/test_hostile_texts.py``
looks at the same house in a real browser.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import engines
from django.utils.safestring import mark_safe

from exchange import hot
from kit.coverage import covers
from listings import drawing
from tests.exchange.hostile import ATTACK, MARK, faults_of, pages_of, poison, poison_answers, talkative_world, unwritten
from tests.matrix import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


#: Where a text that people wrote must be seen, or the test says nothing about the page.
TELLING = ("/listings/LST-", "/listings/?q=", "/trading/", "/desk/listings/", "/desk/resources/", "/desk/filings/FIL-", "/desk/cases/CASE-",
           "/desk/disputes/", "/desk/credit/", "/desk/deliveries/", "/desk/trades/", "/desk/statements/", "/desk/organisation/",
           "/desk/notices/", "/verify/CRT-", "/verify/TRD-", "/bulletins/", "/complaints/CMP-", "/admin/cases/", "/admin/trades/",
           "/admin/participants/organization/")
#: Columns named like words in which this world has no row, or in which a row holds a code of the house's own.
NOT_SPOKEN = {
    "compliance_creditrecord.note", "compliance_exportrecognition.reason", "compliance_finding.reasons", "compliance_incident.text",
    "compliance_objection.reasons", "compliance_objection.text", "compliance_restoration.reason", "compliance_restoration.text",
    "compliance_disagreement.reason", "compliance_disagreement.reasons", "compliance_recusal.reason", "compliance_diligencerecord.note",
    "compliance_selfreportcheck.reason",
    "compliance_termlist.name", "listings_hold.reason_code", "participants_apitoken.name",
    "participants_callcount.name", "participants_capabilityhold.reason_code", "participants_standingchange.reason",
    "trading_bidvoid.reason_code", "trading_halt.reason", "trading_halt.reason_code", "compliance_controlentry.name",
    "compliance_controllist.name", "compliance_controllist.reason", "compliance_controlmatch.reason", "evidence_depositerasure.reason",
    "compliance_listcomment.text", "compliance_rulecheck.note", "trading_agreement.reason", "trading_surveillancealert.reason",
    "participants_securityreview.reason", "participants_signintry.name", "delivery_roomquery.reason",
    "participants_admissionobjection.grounds", "participants_admissionobjection.reason",
    "compliance_savedview.name", "compliance_lettertemplate.name_zh", "compliance_lettertemplate.name_en", "participants_timedgrant.reason",
    "participants_partyview.reason", "compliance_complaint.objection_answer",
    "compliance_jointcase.reason", "compliance_jointopinion.text", "compliance_covenantbreach.answer", "compliance_covenantbreach.reasons",
    "compliance_covenantbreach.text",
    "delivery_accessstop.reason_zh", "delivery_accessstop.reason_en", "delivery_datakey.name",
}
#: Types that a browser shows as the letters they are.
DATA = {"application/json", "application/problem+json", "application/ld+json", "application/vnd.oai.openapi", "text/turtle", "text/csv"}


@pytest.fixture
def house(superuser_connection: Any) -> World:
    world = talkative_world()
    world.pages = list(dict.fromkeys(pages_of(world)))  # type: ignore[attr-defined]  # before the texts they are made from are gone
    print(f"{poison(superuser_connection)} columns hold an attack")
    poison_answers(superuser_connection)
    world.silent = unwritten(superuser_connection)  # type: ignore[attr-defined]
    return world


def foreign(feed: str) -> set[str]:
    """Elements of a feed that its format does not name: a text that became markup."""
    return {one.tag for one in ElementTree.fromstring(feed).iter() if not one.tag.startswith("{http://www.w3.org/2005/Atom}")}


def read(world: World, only: tuple[str, ...] = ()) -> tuple[dict[str, list[str]], dict[str, int], list[str]]:
    """Opens the pages; returns faults by page, how often an attack is shown as words by page, and the addresses that answered oddly."""
    faults: dict[str, list[str]] = {}
    shown: dict[str, int] = {}
    odd: list[str] = []
    for actor, where in world.pages:  # type: ignore[attr-defined]
        if only and not any(where == one if one == "/" else where.startswith(one) for one in only):
            continue
        for language in ("zh-hans",) if where.startswith("/admin/") else ("zh-hans", "en"):
            reply = world.clients[actor].get(where, headers={"Accept-Language": language})
            name = f"{where} by {actor} in {language}"
            if reply.status_code not in {200, 302, 403, 404, 405}:  # 405: an address that is only posted to
                odd.append(f"{name}: {reply.status_code}")
            kind = reply.get("Content-Type", "")
            body = (b"".join(reply.streaming_content) if reply.streaming else reply.content).decode(errors="replace")  # type: ignore[attr-defined]
            if kind.startswith("text/html"):
                found, shown[where] = faults_of(body, strict=not where.startswith(("/admin/", "/api/docs/")))
                if found:
                    faults[name] = found
            elif kind.startswith("application/atom+xml"):
                odd.extend(f"{name}: an element {tag} in the feed" for tag in foreign(body))
            elif MARK in body and not (kind.partition(";")[0] in DATA and reply["X-Content-Type-Options"] == "nosniff"):
                odd.append(f"{name}: an attack in {kind}")
    return faults, shown, odd


@covers("T52")
def test_no_page_of_the_house_runs_what_somebody_wrote(house: World) -> None:
    faults, shown, odd = read(house)
    print(f"{len(shown)} pages, {sum(shown.values())} attacks shown as words on {sum(map(bool, shown.values()))} of them")
    left = sorted(house.silent - NOT_SPOKEN)  # type: ignore[attr-defined]
    assert left == [], f"columns for people's words that no attack stands in: {left}"
    assert faults == {}, json.dumps(faults, indent=1, ensure_ascii=False)[:4000]
    assert odd == []
    silent = [start for start in TELLING if not any(count for where, count in shown.items() if where.startswith(start))]
    assert silent == [], "pages that should show a text, so that the test says something about them"


@covers("T52")
def test_naive_pages_are_found_out(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutants: rows without escaping, a drawing put together by hand, templates without escaping."""
    with monkeypatch.context() as naive:
        bare = hot._environment().overlay(autoescape=False)
        naive.setattr(hot, "_environment", lambda: bare)
        faults, _, _ = read(house, ("/",))
        assert any(MARK in text or "mark" in text for found in faults.values() for text in found), "rows without escaping"
    with monkeypatch.context() as naive:
        naive.setattr(drawing, "format_html", lambda form, *values: mark_safe(form.format(*values)))
        faults, _, _ = read(house, ("/listings/LST-",))
        assert faults, "a drawing put together by hand"
    with monkeypatch.context() as naive:
        naive.setattr(engines["django"].engine, "autoescape", False)
        faults, _, _ = read(house, ("/listings/LST-", "/desk/cases/CASE-", "/verify/CRT-", "/admin/cases/"))
        for start in ("/listings/LST-", "/desk/cases/CASE-", "/verify/CRT-", "/admin/cases/"):
            assert any(name.startswith(start) for name in faults), f"{start} without escaping"


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize("page", [
    f"<p>{ATTACK}</p>", f'<input value="{ATTACK}">', "<p onclick=x>", '<a href=" JavaScript:x">', "<script>x</script>",
    "<script src=//evil.example/x.js></script>",
    f"<p x-data=\"{{name: '{MARK}'}}\">", '<div data-rows="[1, ">', "<p style=color:red>", "<p>49$49</p>",
])
def test_the_reader_sees_what_a_browser_would_run(page: str) -> None:
    assert faults_of(page)[0]


def test_the_reader_lets_words_be_words() -> None:
    from django.utils.html import escape

    page = f'<p title="{escape(ATTACK)}">{escape(ATTACK)}</p><script src="/static/exchange/house.js"></script><div data-rows="[1]">'
    assert faults_of(page) == ([], 2)
