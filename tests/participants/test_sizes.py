"""R1: a firm's size is classed by its figures, stated with their basis, and stated anew each year; who owns it plays no part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Notice, Organization, PartySize, SizeStatement
from participants.roles import OrganizationKind, Role
from participants.sizes import ask_sizes, industries, size_class, size_of, state_size
from tests.exchange.worlds import signed_in
from tests.factories import NOW, clock, make_organization, make_user

WAN = 1_000_000  # ten thousand yuan, in fen


@covers("R1")
@pytest.mark.parametrize(("staff", "turnover_wan", "size"), [
    (300, 10_000, "large"), (299, 10_000, "medium"), (300, 9_999, "medium"), (100, 1_000, "medium"), (99, 1_000, "small"),
    (5_000, 999, "small"), (10, 50, "small"), (9, 50, "micro"), (10, 49, "micro"), (5_000, 0, "micro")])
def test_a_software_firm_needs_both_figures_of_its_line_or_falls_to_the_next(staff: int, turnover_wan: int, size: str) -> None:
    assert size_class("software", {"staff": staff, "turnover": turnover_wan * WAN}) == size


@covers("R1")
@pytest.mark.parametrize(("industry", "figures", "size"), [
    ("farming", {"turnover": 500 * WAN}, "medium"), ("farming", {"turnover": 500 * WAN - 1}, "small"),
    ("construction", {"turnover": 80_000 * WAN, "assets": 79_999 * WAN}, "medium"),
    ("leasing", {"staff": 300, "assets": 120_000 * WAN}, "large"), ("leasing", {"staff": 300, "assets": 99 * WAN}, "micro"),
    ("other", {"staff": 10}, "small"), ("other", {"staff": 9}, "micro")])
def test_each_industry_is_measured_by_its_own_figures(industry: str, figures: dict[str, int], size: str) -> None:
    assert set(figures) == set(industries()[industry].asks) and size_class(industry, figures) == size


@covers("R1")
@given(st.sampled_from(sorted(industries())), st.integers(0, 3_000), st.integers(0, 300_000), st.integers(0, 200_000))
def test_whoever_grows_in_every_figure_is_never_classed_smaller(industry: str, staff: int, turnover: int, assets: int) -> None:
    order = ["micro", "small", "medium", "large"]
    figures = {"staff": staff, "turnover": turnover * WAN, "assets": assets * WAN}
    grown = {name: value * 2 + 1 for name, value in figures.items()}
    assert order.index(size_class(industry, figures)) <= order.index(size_class(industry, grown))


# ---- stated -----------------------------------------------------------------------------------------------------------------


def firm() -> tuple[Organization, Any]:
    user = make_user(Role.BUYER)
    assert user.acting_for is not None
    return user.acting_for, actor_of(user)


def stated(ours: Organization, actor: Any, **changes: Any) -> SizeStatement:
    return state_size(**{"organization": ours, "industry": "software", "year": 2025, "staff": 12, "turnover_fen": 60 * WAN,
                         "basis": "2025 年度财务报表", "actor": actor, "clock": clock(), **changes})


@covers("R1")
@pytest.mark.django_db
def test_a_statement_counts_for_a_year_and_its_figures_stand_in_the_record_book() -> None:
    ours, actor = firm()
    assert size_of(ours, at=NOW) == ""
    made = stated(ours, actor, assets_fen=5)
    assert (made.size, made.assets_fen) == ("small", None), "a figure the industry is not measured by is not kept"
    assert size_of(ours, at=NOW) == "small"
    assert (size_of(ours, at=made.effective_to - timedelta(seconds=1)), size_of(ours, at=made.effective_to)) == ("small", "")
    assert made.effective_to == NOW.replace(year=NOW.year + 1)
    fact = Record.objects.get(kind="participants.size.stated").payload
    assert (fact["size"], fact["staff"], fact["turnover_fen"], fact["standard"]) == ("small", 12, 60 * WAN, "size-2026.1")
    stated(ours, actor, staff=500, turnover_fen=20_000 * WAN, clock=clock(NOW + timedelta(days=9)))
    assert (size_of(ours, at=NOW), size_of(ours, at=NOW + timedelta(days=9))) == ("small", "large"), "each day by what held on it"


@covers("R1", "T40")
@pytest.mark.django_db
@pytest.mark.parametrize(("changes", "field"), [
    ({"industry": "gambling"}, "industry"), ({"staff": None}, "staff"), ({"turnover_fen": None}, "turnover_fen"),
    ({"staff": -1}, "staff"), ({"basis": " 无 "}, "basis"), ({"year": 2023}, "year"), ({"year": 2027}, "year")])
def test_a_statement_without_its_figures_or_basis_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    ours, actor = firm()
    with pytest.raises(Rejected) as refused:
        stated(ours, actor, **changes)
    assert refused.value.code == "participants.size.faulty" and [one.field for one in refused.value.errors] == [field]
    for language in ("zh", "en"):
        assert refused.value.text("title", language) and refused.value.text("next_step", language)
    with pytest.raises(Rejected, match="absent"):
        stated(make_organization(Role.BUYER), actor)


@covers("R1")
@pytest.mark.django_db
def test_a_statement_is_never_changed() -> None:
    stated(*firm())
    for statement in ("UPDATE participants_sizestatement SET size = 'large'", "DELETE FROM participants_sizestatement"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@covers("R1")
@pytest.mark.django_db
def test_every_firm_that_buys_is_asked_when_admitted_and_once_before_its_statement_ends() -> None:
    (ours, actor), seller = firm(), make_organization()
    public = make_organization(Role.BUYER, kind=OrganizationKind.PUBLIC_BODY)

    def asked(after_days: float) -> int:
        ask_sizes(clock=clock(NOW + timedelta(days=after_days)))
        assert not Notice.objects.filter(organization__in=[seller, public], kind="participants.size.asked").exists()
        return Notice.objects.filter(organization=ours, kind="participants.size.asked").count()

    assert [asked(0), asked(1)] == [1, 1]
    stated(ours, actor, clock=clock(NOW + timedelta(days=2)))
    assert [asked(3), asked(330), asked(366), asked(367)] == [1, 1, 2, 2]


@covers("R1")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_firm_states_its_size_on_its_profile_and_reads_until_when_it_counts(language: str) -> None:
    from evidence.clock import set_market_clock

    set_market_clock(NOW, 0)
    ours, actor = firm()
    client = signed_in(actor)
    client.cookies["django_language"] = language
    sent = {"act": "size", "industry": "software", "year": "2025", "staff": "12", "turnover_fen": "600,000", "assets_fen": "",
            "basis": "年度财务报表"}
    wrong = client.post("/desk/organisation/profile/", {**sent, "staff": ""})
    assert wrong.status_code == 400 and 'value="600,000"' in wrong.content.decode(), "what was typed is still there"
    assert client.post("/desk/organisation/profile/", sent).status_code == 302
    page = client.get("/desk/organisation/profile/").content.decode()
    assert ("小型" if language == "zh-hans" else "Small") in page and "2027" in page
    assert size_of(ours, at=NOW) == PartySize.SMALL
