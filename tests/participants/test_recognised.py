"""Recognised anonymisers (W15) and delivery environments with their level of protection (R86): registers from documents in force.

The second version of the checklist asks both; the first stays as it was, so that what was handed in before is judged by its own day.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from evidence.clock import set_market_clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.checklists import checklist, checklist_at, whole
from participants.models import Proof
from participants.operations import accept_proof, hand_in_proof, set_standing
from participants.recognised import ANONYMISER, ENVIRONMENT, anonymisers, delivery_environments, is_anonymiser
from participants.roles import Role
from tests.factories import NOW, PDF, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db
AFTER = datetime.fromisoformat("2031-03-03T02:00:00+00:00")


def held(item: str, *, at: datetime = AFTER, accepted: bool = True, days: int = 300, **fields: Any) -> Proof:
    party = make_organization()
    made = hand_in_proof(organization=party, item=item, stream=io.BytesIO(PDF), name="scan.pdf", number="认字第1号",
                         effective_to=at + timedelta(days=days), actor=make_actor(Role.DATA_MERCHANT, organization=party), clock=clock(at),
                         **fields)
    return accept_proof(proof=made, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=clock(at)) if accepted else made


@covers("R40", "R86", "W15")
def test_the_second_version_adds_to_the_first_which_stays_as_it_was() -> None:
    first, second = checklist_at(NOW), checklist_at(AFTER)
    assert (first.version, second.version) == ("2026.1", "2026.2") and first.hash != second.hash
    assert first.items[ENVIRONMENT].levels is None and second.items[ENVIRONMENT].levels == (1, 5)
    assert ANONYMISER not in first.items and ANONYMISER in second.classes["provider_audit"].welcome
    assert {key: one.required for key, one in first.classes.items()} == {key: one.required for key, one in second.classes.items()}
    assert checklist("2026.1") == first
    with pytest.raises(KeyError):
        whole([{"version": "9", "extends": "8"}])


@covers("R86")
def test_an_environment_states_its_level_from_the_second_version_on_and_the_register_shows_it() -> None:
    old = held(ENVIRONMENT, at=NOW, days=2_000)
    for level in (None, 0, 6):
        with pytest.raises(Rejected, match="faulty"):
            held(ENVIRONMENT, level=level)
    new = held(ENVIRONMENT, level=3)
    assert {one.pk: one.level for one in delivery_environments(AFTER)} == {old.pk: None, new.pk: 3}
    assert delivery_environments(AFTER + timedelta(days=301)) == [old], "who is not in force is not there"


@covers("W15")
def test_an_anonymiser_is_recognised_while_its_certificate_is_in_force_and_it_is_in_good_standing() -> None:
    waiting, one = held(ANONYMISER, accepted=False), held(ANONYMISER)
    assert anonymisers(AFTER) == [one] and not is_anonymiser(waiting.organization_id, at=AFTER)
    assert is_anonymiser(one.organization_id, at=AFTER) and not is_anonymiser(one.organization_id, at=AFTER + timedelta(days=300))
    from kit.actors import SYSTEM

    set_standing(organization=one.organization, standing="suspended", band="D", cause_code="FND-TEST", reason="虚假认定", actor=SYSTEM,
                 at=AFTER)
    assert anonymisers(AFTER) == []


@covers("W15", "R86")
def test_anyone_reads_both_registers_in_both_languages() -> None:
    set_market_clock(AFTER, 0)
    one = held(ANONYMISER)
    held(ENVIRONMENT, level=4)
    for language, words in (("zh-hans", ("认定的匿名化机构", "4 级")), ("en", ("Recognised anonymisers", "level 4"))):
        page = Client(headers={"accept-language": language}).get("/recognised/").content.decode()
        assert one.organization.code in page and all(word in page for word in words)
