"""T52 in a real browser: every text of the house is an attack, a handful of its pages is opened, nothing runs, no policy is broken.

The attacks and the reader that looks at every page of the same house, tag by tag: ``tests/exchange/test_stored_xss.py``.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from kit.coverage import covers
from tests.exchange.hostile import ATTACK, MARK, poison
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

WORLD = """
import json
from tests.exchange.hostile import pages_of, talkative_world
print(json.dumps(list(dict.fromkeys(pages_of(talkative_world())))))
"""
#: Counts what the page's own policy had to stop; what ran sets ``window.xss``.
WATCH = """window.stopped = [];
document.addEventListener('securitypolicyviolation', e => window.stopped.push(e.violatedDirective + ' ' + e.sample))"""
#: One page of each kind that shows what people wrote: rows of a hot list, a product with its file, a room, papers, desks.
HANDFUL = ("/listings/LST-", "/listings/?q=", "/listings/resources/RES-", "/trading/lots/LOT-", "/verify/TRD-", "/verify/CRT-",
           "/bulletins/", "/complaints/CMP-", "/desk/listings/", "/desk/cases/CASE-", "/desk/disputes/", "/desk/notices/", "/desk/trades/",
           "/admin/cases/", "/admin/trades/")


@pytest.fixture(scope="module")
def pages(house: RunningHouse) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = [(actor, where) for actor, where in json.loads(house.told)]
    with psycopg.connect(house.services.admin_url, autocommit=True) as superuser:
        print(f"{poison(superuser)} columns hold an attack")
    return [("visitor", "/"), *(next(one for one in found if one[1].startswith(start)) for start in HANDFUL)]


def visitor_of(browser: Any, house: RunningHouse, name: str) -> Person:
    person = Person(browser, house.address)
    person.context.add_init_script(WATCH)
    person.page.on("dialog", lambda box: (person.console.append(f"dialog: {box.message}"), box.dismiss()))
    if name != "visitor":
        person.sign_in(f"m-{name}")
    return person


def ran(person: Person) -> list[str]:
    """What ran on the page, or would have without its policy."""
    told = person.page.evaluate("[window.xss ? ['it ran'] : [], window.stopped || []]")
    marked = person.page.locator(f"[{MARK}]").count()
    return [*told[0], *told[1], *([f"{marked} elements of an attack"] if marked else []), *person.console]


@covers("T52", "CAP-I8")
def test_nothing_that_people_wrote_runs_on_a_page(house: RunningHouse, browser: Any, pages: list[tuple[str, str]]) -> None:
    people: dict[str, Person] = {}
    found: dict[str, list[str]] = {}
    silent: list[str] = []
    for actor, where in pages:
        if actor not in people:
            people[actor] = visitor_of(browser, house, actor)
        person = people[actor]
        answer = person.go(where)
        told = ran(person)
        if "frame-ancestors 'none'" not in answer.headers.get("content-security-policy", "") or answer.status != 200:
            told.append(f"{answer.status}, {answer.headers.get('content-security-policy')}")
        if told:
            found[f"{where} by {actor}"] = told
        if MARK not in (person.page.locator("body").text_content() or "") + person.page.content():
            silent.append(where)
    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)[:4000]
    assert silent == [], "pages that show no attack as the words it is say nothing"
    for person in people.values():
        person.close()


@covers("T52")
def test_an_attack_that_gets_out_is_stopped_by_the_policy_and_seen(house: RunningHouse, browser: Any, pages: list[tuple[str, str]]) -> None:
    """The mutant: the same words written into the page without escaping. The policy stops the code, and the test sees both."""
    person = visitor_of(browser, house, "visitor")
    person.go("/honesty/")
    assert ran(person) == []
    person.page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", f"<p>{ATTACK}</p>")
    person.page.wait_for_function("() => window.stopped.length > 0", timeout=30_000)
    told = ran(person)
    assert any("script-src" in one for one in told) and any("elements of an attack" in one for one in told)
    assert "it ran" not in told, "the policy held"
    person.close()
