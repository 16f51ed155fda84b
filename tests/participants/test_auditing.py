"""An auditor draws what nobody could steer, sees an object as it stood, every change in one list, and who did both halves of a duty."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from evidence.clock import MARKET_CLOCK
from evidence.events import Event
from evidence.models import Record
from evidence.operations import operation
from evidence.operations import record as write
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.auditing.changes import GROUPS, changes
from participants.auditing.duties import Duty, duties, kept_apart
from participants.auditing.histories import fold, standing_at
from participants.auditing.samples import LARGEST, draw, draw_sample, population_hash, ranked
from participants.models import StaffRead, User
from participants.roles import Role
from tests.factories import make_actor, make_organization

CODES = st.sets(st.from_regex(r"TRD-[0-9A-Z]{10}", fullmatch=True), min_size=1, max_size=40)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def _event(kind: str, subject: str, **fields: str) -> Event:
    from dataclasses import make_dataclass

    told_of: list[Any] = [("kind", ClassVar[str], kind), *[(name, str) for name in fields]]
    made = make_dataclass("Told", told_of, bases=(Event,), frozen=True, kw_only=True)
    return made(subject=subject, **fields)  # type: ignore[no-any-return]


@operation("tests.audit.tell")
def tell(*, kind: str, subject: str, fields: dict[str, str], actor: Actor, clock: Clock) -> None:
    """One fact, as a room would write it."""
    write(_event(kind, subject, **fields), actor=actor, at=clock.now())


def told(kind: str, subject: str, actor: Actor, **fields: str) -> None:
    tell(kind=kind, subject=subject, fields=fields, actor=actor, clock=MARKET_CLOCK)


def browser_of(actor: Actor) -> Client:
    browser = Client(headers={"accept-language": "zh-hans"})
    browser.force_login(User.objects.get(pk=actor.user_id or 0))
    return browser


# --- samples -------------------------------------------------------------------------------------------------------------------------


@covers("H3")
@given(CODES, st.text(min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_same_population_and_seed_give_the_same_order_however_the_codes_came(codes: set[str], seed: str, shuffle: Random) -> None:
    mixed = [*codes, *codes]
    shuffle.shuffle(mixed)
    assert ranked(mixed, seed) == ranked(codes, seed) and population_hash(mixed) == population_hash(codes)
    assert sorted(ranked(codes, seed)) == sorted(codes)


@given(CODES, st.text(min_size=1, max_size=20))
def test_taking_an_object_away_changes_the_populations_hash_and_no_others_order(codes: set[str], seed: str) -> None:
    first, *rest = ranked(codes, seed)
    assert ranked(rest, seed) == rest and population_hash(rest) != population_hash(codes)
    assert first not in rest


def test_every_object_is_as_likely_as_any_other() -> None:
    codes = [f"TRD-{number:010d}" for number in range(20)]
    drawn = [one for seed in range(2000) for one in ranked(codes, str(seed))[:5]]
    assert all(400 < drawn.count(one) < 600 for one in codes), "each is expected 500 times, with a spread of 19"


@pytest.mark.django_db
@covers("H3", "R97", "I18")
def test_a_drawn_sample_stands_in_the_record_book_and_is_drawn_again_by_command() -> None:
    auditor, merchant = make_actor(Role.AUDITOR), make_actor(Role.DATA_MERCHANT)
    for number in range(8):
        told("trading.trade.executed", f"TRD-{number:010d}", merchant)
    told("trading.trade.cancelled", "TRD-OTHERKIND0", merchant)
    now = MARKET_CLOCK.now()
    made = draw_sample(kind="trading.trade.executed", since=SINCE, until=now, seed="block 7", size=3, actor=auditor, clock=MARKET_CLOCK)
    one = Record.objects.get(kind="participants.audit.sampled")
    assert one.payload["population"] == 8 and one.payload["drawn"] == list(made.drawn) and one.payload["population_hash"] == made.hash
    assert draw(kind="trading.trade.executed", since=SINCE, until=now, seed="block 7", size=3) == made
    said = StringIO()
    day = (now + timedelta(days=2)).date().isoformat()
    call_command("audit_sample", "--kind", "trading.trade.executed", "--since", "2026-01-01", "--until", day, "--seed", "block 7",
                 "--size", "3", stdout=said)
    assert json.loads(said.getvalue())["drawn"] == list(made.drawn)


@pytest.mark.django_db
@pytest.mark.parametrize(("changed", "code"), [
    ({"kind": "trading.bid.placed"}, "sample_kind"), ({"size": 0}, "sample_size"), ({"size": LARGEST + 1}, "sample_size"),
    ({"seed": " "}, "sample_seed"), ({"seed": "x" * 81}, "sample_seed"), ({"until": SINCE}, "sample_period"), ({}, "sample_empty")])
def test_a_sample_that_means_nothing_is_refused_by_name(changed: dict[str, Any], code: str) -> None:
    given_: dict[str, Any] = {"kind": "trading.trade.executed", "since": SINCE, "until": MARKET_CLOCK.now(), "seed": "s", "size": 3}
    given_ |= changed
    with pytest.raises(Rejected) as refused:
        draw_sample(**given_, actor=make_actor(Role.AUDITOR), clock=MARKET_CLOCK)
    assert refused.value.code == f"participants.audit.{code}"


@pytest.mark.django_db
def test_a_period_that_still_runs_is_not_sampled_its_population_would_change() -> None:
    with pytest.raises(Rejected, match="sample_period"):
        draw_sample(kind="trading.trade.executed", since=SINCE, until=MARKET_CLOCK.now() + timedelta(hours=1), seed="s", size=3,
                    actor=make_actor(Role.AUDITOR), clock=MARKET_CLOCK)


# --- an object as it stood -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("H3", "R97")
def test_an_object_is_shown_as_it_stood_whatever_was_told_later() -> None:
    merchant = make_actor(Role.DATA_MERCHANT)
    told("listings.listing.edited", "LST-AAAAAAAAAA", merchant, price="100", title="a")
    between = MARKET_CLOCK.now()
    told("listings.listing.edited", "LST-AAAAAAAAAA", merchant, price="200")
    then, today = standing_at("LST-AAAAAAAAAA", between), standing_at("LST-AAAAAAAAAA", MARKET_CLOCK.now())
    assert {one.name: one.value for one in then.fields} == {"price": "100", "title": "a"}
    assert {one.name: one.value for one in today.fields} == {"price": "200", "title": "a"}
    assert len(then.facts) == 1 and fold(today.facts) == today.fields


@pytest.mark.django_db
@covers("R121")
def test_looking_at_anothers_history_is_itself_noted() -> None:
    party = make_organization(Role.DATA_MERCHANT)
    merchant, auditor = make_actor(Role.DATA_MERCHANT, organization=party), make_actor(Role.AUDITOR)
    told("listings.listing.edited", "LST-AAAAAAAAAA", merchant, price="100")
    page = browser_of(auditor).get(reverse("participants:audit_object"), {"code": "lst-aaaaaaaaaa"})
    assert page.status_code == 200 and "100" in page.content.decode()
    noted = StaffRead.objects.get()
    assert (noted.owner, noted.kind, noted.subject) == (party, "history", "LST-AAAAAAAAAA")
    assert browser_of(auditor).get(reverse("participants:audit_object"), {"code": "nothing", "on": "never"}).status_code == 200


# --- duties --------------------------------------------------------------------------------------------------------------------------

DUTY = Duty("try", ("试", "try"), ("tests.thing.asked",), ("tests.thing.decided",), "", "paper")


def naive_kept_apart(duty: Duty) -> set[str]:
    """Every first act with every second one of the object: two matters of one object look like one person deciding his own."""
    rows = list(Record.objects.filter(kind__in=[*duty.first, *duty.second]))
    return {a.subject for a in rows for b in rows if a.kind in duty.first and b.kind in duty.second and a.subject == b.subject
            and a.actor.partition("/")[2] == b.actor.partition("/")[2]}


@pytest.mark.django_db
@covers("H3", "I18")
def test_who_did_both_halves_is_found_and_who_took_turns_is_not() -> None:
    one, other = make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.COMPLIANCE_OFFICER)
    for asked_by, decided_by, paper in ((one, other, "1"), (other, one, "2")):
        told("tests.thing.asked", "ORG-TURNS", asked_by, paper=paper)
        told("tests.thing.decided", "ORG-TURNS", decided_by, paper=paper)
    end = MARKET_CLOCK.now() + timedelta(seconds=1)
    [kept] = kept_apart(SINCE, end, [DUTY])
    assert kept.pairs == 2 and kept.breaches == ()
    assert naive_kept_apart(DUTY) == {"ORG-TURNS"}, "the naive report accuses whoever took turns"

    told("tests.thing.asked", "ORG-BOTH", one, paper="3")
    told("tests.thing.decided", "ORG-BOTH", one, paper="3")
    [kept] = kept_apart(SINCE, MARKET_CLOCK.now() + timedelta(seconds=1), [DUTY])
    assert [(found.subject, found.person) for found in kept.breaches] == [("ORG-BOTH", one.person)]
    assert kept_apart(end + timedelta(days=1), end + timedelta(days=2), [DUTY])[0].pairs == 0


def test_every_duty_names_two_acts_its_words_and_where_it_is_written() -> None:
    for one in duties():
        assert all(one.text) and one.first and one.second and one.basis, one.key
        assert all(kind.count(".") == 2 for kind in (*one.first, *one.second)), one.key


# --- changes and pages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("H3", "R83")
def test_changes_of_rules_rights_and_settings_stand_in_one_list_and_nothing_else_does() -> None:
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    before = {one.pk for one in changes(limit=500)}
    told("compliance.negative_list.published", "LIST-1", officer, version="2")
    told("participants.parameter.changed", "fee", officer, value="3")
    told("trading.bid.taken", "LOT-AAAAAAAAAA", officer)
    fresh = [one.kind for one in changes(limit=500) if one.pk not in before]
    assert fresh == ["participants.parameter.changed", "compliance.negative_list.published"]
    assert [one.kind for one in changes("rules", limit=1)][:1] == ["compliance.negative_list.published"]
    assert len(GROUPS) == 5


@pytest.mark.django_db
@covers("H3", "R97")
def test_the_auditors_pages_open_and_draw() -> None:
    auditor = make_actor(Role.AUDITOR)
    browser = browser_of(auditor)
    for name in ("audit", "audit_object", "audit_changes", "audit_duties"):
        assert browser.get(reverse(f"participants:{name}")).status_code == 200, name
    assert browser.get(reverse("participants:audit_changes"), {"until": "2026-01-01", "group": "x"}).status_code == 200
    told("trading.trade.executed", "TRD-AAAAAAAAAA", auditor)
    refused = browser.post(reverse("participants:audit"), {"kind": "trading.trade.executed", "since": "2020-01-01", "until": "2020-02-01",
                                                           "seed": "s", "size": "3"})
    assert refused.status_code == 409 and "无从抽取" in refused.content.decode()
    assert 'value="s"' in refused.content.decode(), "what was typed is not lost"
