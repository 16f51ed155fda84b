"""Kinds of delivery are adapters (R49): each mode has one, each says what it guarantees and what it does not, both sides are shown it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from compliance.taxonomy import ROWS_LEAVE, DeliveryMode, OpenStatus
from delivery.kind_pages import pages
from delivery.kinds import KINDS, Way, adapter_for, modes_by
from delivery.kinds.grid import lawful, rulings
from kit.coverage import covers
from listings.models import Listing, ListingVersion
from participants.models import User
from tests.delivery.worlds import buyer_of, delivered, seller_of

pytestmark = pytest.mark.django_db
ROOM = Path(__file__).resolve().parents[2]


@covers("R49", "R15")
def test_every_mode_of_delivery_has_exactly_one_of_the_six_adapters() -> None:
    assert list(KINDS) == ["download", "api", "query", "model", "verification", "report"]
    served = [mode for one in KINDS.values() for mode in one.modes]
    assert sorted(served) == sorted(DeliveryMode)
    assert all(adapter_for(mode) is one for one in KINDS.values() for mode in one.modes)


@pytest.mark.parametrize("kind", sorted(KINDS))
@covers("R49")
def test_an_adapter_says_in_both_languages_what_it_guarantees_and_what_it_does_not(kind: str) -> None:
    one = KINDS[kind]
    pairs = [one.name, one.arrives, one.entitled, one.metered, one.ends, *one.guarantees, *one.limits]
    assert len(one.guarantees) >= 2 and len(one.limits) >= 2
    for zh, en in pairs:
        assert (re.search(r"[\u4e00-\u9fff]", zh) and not re.search(r"[\u4e00-\u9fff]", en) and en[0].isupper()) or en[0] == "“"


@covers("R14", "R49")
def test_only_a_download_and_a_report_hand_a_file_over() -> None:
    assert modes_by(Way.FILE) == {"download", "physical", "report"} and modes_by(Way.CALL) == {"api", "api_raw"}
    assert modes_by(Way.ROOM) == {"query", "clean_room", "api_aggregate"} and modes_by(Way.SERVICE) == {"model", "verification"}
    assert all(adapter_for(mode).hands_rows_over(mode) == (mode in ROWS_LEAVE) for mode in DeliveryMode.values)


@covers("R49")
def test_nothing_outside_the_adapters_branches_on_a_kind() -> None:
    """The house compares a delivery's mode nowhere but in ``delivery/kinds``."""
    pattern = re.compile(r"\bmode\b\s*(==|!=|in|not in)\s|DeliveryMode\.[A-Z]")
    found = {f"{path.name}: {line.strip()}" for room in ("delivery", "settlement") for path in (ROOM / room).rglob("*.py")
             if "migrations" not in path.parts and "kinds" not in path.parts for line in path.read_text().splitlines()
             if pattern.search(line) and "default=" not in line}
    assert not found


@covers("R49")
def test_both_sides_and_the_honesty_page_are_shown_the_adapters_words() -> None:
    one = delivered()
    zh = KINDS["download"]
    for actor in (buyer_of(one.trade), seller_of(one.trade.listing)):
        client = Client()
        client.force_login(User.objects.get(pk=actor.user_id))
        page = client.get(f"/desk/deliveries/{one.code}/").content.decode()
        assert all(text in page for text, _ in (*zh.guarantees, *zh.limits))
    page = Client().get("/honesty/").content.decode()
    assert all(text in page for adapter in KINDS.values() for text, _ in (*adapter.guarantees, *adapter.limits))


def _expected() -> dict[tuple[str, str], str]:
    """The hand-written table: (cell, mode) -> y, o or n."""
    lines = (ROOM / "tests" / "delivery" / "kinds_grid.txt").read_text().splitlines()
    modes = next(line.partition("modes: ")[2].split() for line in lines if "modes: " in line)
    return {("-".join(words[:3]), mode): mark for line in lines if line and not line.startswith("#")
            for words in [line.split()] for mode, mark in zip(modes, words[3:], strict=True)}


EXPECTED = _expected()


@pytest.mark.parametrize("cell,mode", sorted(EXPECTED))
@covers("R14", "R15", "R11", "R42", "R49")
def test_each_cell_says_of_each_delivery_what_the_written_table_says(cell: str, mode: str) -> None:
    found = next(one for one in rulings() if one.cell.name == cell and one.mode == mode)
    assert found.mark == EXPECTED[cell, mode] and all(found.cell.basis), "each No names its clause"
    version = ListingVersion(code="LSV-T", category=found.cell.host, stage=found.cell.stage, grade=found.cell.grade, delivery_mode=mode,
                             listing=Listing(code="LST-T"), facts={})
    opened = ListingVersion(code="LSV-T", category=found.cell.host, stage=found.cell.stage, grade=found.cell.grade, delivery_mode=mode,
                            listing=Listing(code="LST-T"), facts={"public_open_status": OpenStatus.UNCONDITIONAL.value})
    refused, open_refused = lawful(version, subject="DLV-T").refusal, lawful(opened, subject="DLV-T").refusal
    assert (refused is None, open_refused is None) == {"y": (True, True), "o": (False, True), "n": (False, False)}[found.mark]
    if refused is not None:
        assert refused.code == "delivery.kind.forbidden" and found.cell.basis[1] in refused.text("detail", "en")


@covers("R14", "R49")
def test_the_written_table_is_the_whole_table_and_the_pages_show_it() -> None:
    assert {(one.cell.name, one.mode) for one in rulings()} == set(EXPECTED) and len(EXPECTED) == 27 * 10
    for path, text in pages().items():
        assert (ROOM / "docs" / path).read_text() == text, f"docs/{path} is out of date: make docs"
