"""What a seller chooses for its buyers' agreement: one of the four forms, quantities, what may be done with the data (F1, R42)."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.licensing import ALLOWANCES, AgreementTemplate
from listings.models import ListingVersion
from listings.operations import draft_version, save_draft
from listings.said import value_words
from tests.listings.worlds import make_listed, make_seller
from tests.trading.worlds import stand_still

pytestmark = pytest.mark.django_db
TERMS = {"purposes": ["research"], "term_days": 30, "regions": ["CN"]}


def saved(**terms: Any) -> ListingVersion:
    stand_still()
    seller = make_seller(at=MARKET_CLOCK.now())
    draft = draft_version(listing=make_listed(seller), actor=seller.actor, clock=MARKET_CLOCK)
    return save_draft(version=draft, edit_version=draft.edit_version, changes={"use_terms": {**TERMS, **terms}}, actor=seller.actor,
                      clock=MARKET_CLOCK)


@covers("F1", "R42")
@pytest.mark.parametrize("template", AgreementTemplate.values)
def test_a_version_names_its_form_its_quantities_and_what_it_allows(template: str) -> None:
    use = saved(template=template, calls=5, rows=1000, train=True, own_outputs=True).use_terms
    assert (use["template"], use["calls"], use["rows"], use["train"], use["own_outputs"]) == (template, 5, 1000, True, True)
    shown = value_words("use_terms", use)
    assert str(AgreementTemplate(template).label) in shown
    assert "fine_tune" not in use and "publish_weights" not in use, "what is not allowed is not written"


@covers("F1")
@pytest.mark.parametrize("terms", [{"template": "gentlemans_word"}, {"calls": 0}, {"rows": -1}, {"moon": True}])
def test_a_form_or_term_that_is_not_known_is_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        saved(**terms)


def test_only_a_plain_yes_allows_anything() -> None:
    use = saved(**dict.fromkeys(ALLOWANCES, "yes")).use_terms
    assert not any(use.get(name) for name in ALLOWANCES)
