"""T52 in a real browser: every text of the house is an attack, every page is opened, and nothing runs and no policy is broken.

The pages, the attacks and the reader that looks at the same house tag by tag: ``tests/exchange/hostile.py``.
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
from tests.exchange.hostile import pages_of, whole_world
print(json.dumps(list(dict.fromkeys(pages_of(whole_world())))))
"""
#: Counts what the page's own policy had to stop; what ran sets ``window.xss``.
WATCH = """window.stopped = [];
document.addEventListener('securitypolicyviolation', e => window.stopped.push(e.violatedDirective + ' ' + e.sample))"""
#: Files to take home, not pages.
FILES = ("/bundle/", "/api/schema/")


@pytest.fixture(scope="module")
def pages(house: RunningHouse) -> list[tuple[str, str]]:
    found = json.loads(house.run(WORLD).splitlines()[-1])
    with psycopg.connect(house.services.admin_url, autocommit=True) as superuser:
        print(f"{poison(superuser)} columns hold an attack")
    return [(actor, where) for actor, where in found if not any(part in where for part in FILES)]


def visitor_of(browser: Any, house: RunningHouse, name: str) -> Person:
    person = Person(browser, house.address)
    person.context.add_init_script(WATCH)
    if name != "visitor":
        person.sign_in(f"m-{name}")
    return person


def ran(person: Person) -> list[str]:
    """What ran on the page, or would have without its policy."""
    told = person.page.evaluate("[window.xss ? ['it ran'] : [], window.stopped || []]")
    marked = person.page.locator(f"[{MARK}]").count()
    return [*told[0], *told[1], *([f"{marked} elements of an attack"] if marked else [])]


@covers("T52", "CAP-I8")
def test_nothing_that_people_wrote_runs_on_any_page(house: RunningHouse, browser: Any, pages: list[tuple[str, str]]) -> None:
    people: dict[str, Person] = {}
    found: dict[str, list[str]] = {}
    shown = 0
    for actor, where in pages:
        if actor not in people:
            people[actor] = visitor_of(browser, house, actor)
        person = people[actor]
        person.go(where)
        shown += MARK in (person.page.locator("body").text_content() or "")
        if told := ran(person):
            found[f"{where} by {actor}"] = told
    print(f"{len(pages)} pages, an attack is read as words on {shown}")
    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)[:4000]
    assert shown > 40
    for person in people.values():
        assert not [line for line in person.console if "Content Security Policy" in line]
        person.close()


@covers("T52")
def test_an_attack_that_gets_out_is_stopped_by_the_policy_and_seen(house: RunningHouse, browser: Any, pages: list[tuple[str, str]]) -> None:
    """The mutant: the same words written into the page without escaping. The policy stops the code, and the test sees both."""
    person = visitor_of(browser, house, "visitor")
    person.go("/honesty/")
    assert ran(person) == []
    person.page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", f"<p>{ATTACK}</p>")
    person.page.wait_for_timeout(500)
    told = ran(person)
    assert any("script-src" in one for one in told) and any("elements of an attack" in one for one in told)
    assert "it ran" not in told, "the policy held"
    person.close()
