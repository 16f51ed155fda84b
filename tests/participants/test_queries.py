"""Working days, dated figures, capabilities and connections."""

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from kit.rejected import Rejected, registered_refusals
from participants.defaults import DEFAULTS, EPOCH
from participants.holidays import HOLIDAYS
from participants.models import Admission, CapabilityHold, OwnershipStake, Parameter
from participants.names import name_key
from participants.queries import LOCAL, add_working_days, affiliated, house_venue, is_working_day, may, organization, parameter
from participants.roles import Capability, Role
from tests.factories import NOW, make_organization, make_person, make_user, venue

pytestmark = pytest.mark.django_db


def local(day: datetime) -> str:
    return day.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")


def test_a_term_ends_at_the_end_of_its_last_working_day() -> None:
    friday = datetime(2026, 9, 18, 3, 0, tzinfo=UTC)
    assert local(add_working_days(venue(), friday, 1)) == "2026-09-21 00:00"  # Sunday the 20th is worked for National Day
    assert local(add_working_days(venue(), friday, 6)) == "2026-09-29 00:00"  # Mid-Autumn Friday is off


def test_national_day_of_2026_is_skipped_and_its_saturday_worked() -> None:
    assert local(add_working_days(venue(), datetime(2026, 9, 30, 9, tzinfo=UTC), 3)) == "2026-10-11 00:00"


def test_a_late_evening_in_utc_is_already_the_next_local_day() -> None:
    assert local(add_working_days(venue(), datetime(2026, 11, 2, 17, tzinfo=UTC), 1)) == "2026-11-05 00:00"


@settings(max_examples=60, deadline=None)
@given(days=st.integers(1, 40), hours=st.integers(0, 700 * 24))
def test_exactly_that_many_working_days_lie_in_the_term(days: int, hours: int) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    marked = {day: worked for day, worked, *_ in HOLIDAYS}
    first = start.astimezone(LOCAL).date()
    last = (add_working_days(venue(), start, days).astimezone(LOCAL) - timedelta(seconds=1)).date()
    between = [first + timedelta(days=n + 1) for n in range((last - first).days)]
    assert sum(is_working_day(day, marked) for day in between) == days
    assert is_working_day(last, marked)


def test_2026_has_the_published_number_of_working_days() -> None:
    marked = {day: worked for day, worked, *_ in HOLIDAYS}
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(is_working_day(day, marked) for day in year) == 248


def test_every_default_is_in_force_with_its_source() -> None:
    for one in DEFAULTS:
        assert parameter(one.key, venue=venue(), at=NOW, scope=one.scope) == one.value
    assert not Parameter.objects.filter(source="").exists()


def test_a_later_figure_holds_from_its_day_and_leaves_history() -> None:
    Parameter.objects.filter(key="fee.match_seller_bps").update(effective_to=NOW)
    Parameter.objects.create(venue=venue(), key="fee.match_seller_bps", value=200, unit="bps", source="试验", effective_from=NOW)
    assert parameter("fee.match_seller_bps", venue=venue(), at=NOW - timedelta(seconds=1)) == 250
    assert parameter("fee.match_seller_bps", venue=venue(), at=NOW) == 200


def test_a_scoped_figure_falls_back_and_an_unknown_one_is_an_error() -> None:
    assert parameter("registration.review_days", venue=venue(), at=NOW, scope="public") == 20
    assert parameter("registration.review_days", venue=venue(), at=NOW, scope="personal") == 5
    with pytest.raises(LookupError):
        parameter("no.such.figure", venue=venue(), at=NOW)


@covers("R53")
def test_may_names_the_refusal_and_each_is_written() -> None:
    merchant, buyer = make_organization(), make_organization(Role.BUYER)
    assert may(merchant, Capability.LIST, at=NOW) == ""
    assert may(merchant, Capability.BID, at=NOW) == "participants.capability.not_admitted"
    assert may(buyer, Capability.BID, at=NOW) == ""
    answers = {
        "participants.standing.restricted": make_organization(standing="restricted"),
        "participants.standing.suspended": make_organization(standing="suspended"),
        "participants.capability.venue_affiliate": make_organization(is_venue_affiliate=True),
        "participants.capability.not_admitted": make_organization(admitted=False),
    }
    for code, one in answers.items():
        assert may(one, Capability.LIST, at=NOW) == code
        assert code in registered_refusals()
    assert may(answers["participants.standing.suspended"], Capability.DELIVER, at=NOW) == "", "duties taken on go on"


def test_an_admission_opens_and_expires_with_its_term() -> None:
    one = make_organization(admitted=False)
    Admission.objects.create(code="ADM-1", organization=one, role=Role.DATA_MERCHANT, status="admitted", effective_from=NOW,
                             effective_to=NOW + timedelta(days=1), created_at=EPOCH)
    assert may(one, Capability.LIST, at=NOW - timedelta(seconds=1)) == "participants.capability.not_admitted"
    assert may(one, Capability.LIST, at=NOW) == ""
    assert may(one, Capability.LIST, at=NOW + timedelta(days=1)) == "participants.capability.not_admitted"


def test_an_open_hold_stops_only_its_capability_and_only_while_it_runs() -> None:
    one = make_organization()
    CapabilityHold.objects.create(organization=one, capability=Capability.LIST, reason_code="x", reason="x", ordered_by="x", placed_at=NOW,
                                  until=NOW + timedelta(days=15))
    assert may(one, Capability.LIST, at=NOW) == "participants.capability.held"
    assert may(one, Capability.DELIVER, at=NOW) == ""
    assert may(one, Capability.LIST, at=NOW + timedelta(days=15)) == ""


@covers("R53")
def test_parties_are_connected_by_control_by_a_common_owner_or_by_a_person() -> None:
    a, b, c, d, parent = (make_organization() for _ in range(5))
    for owned, share in ((a, 6000), (b, 2500), (c, 2499)):
        OwnershipStake.objects.create(owner=parent, owned=owned, share_bps=share, effective_from=EPOCH)
    OwnershipStake.objects.create(owner=a, owned=parent, share_bps=5000, effective_from=EPOCH)  # a circle ends
    assert affiliated(a, parent, at=NOW) and affiliated(a, b, at=NOW)
    assert not affiliated(a, c, at=NOW)
    person = make_person()
    make_user(Role.DATA_MERCHANT, organization=a, person=person)
    make_user(Role.BUYER, organization=d, person=person)
    assert affiliated(a, d, at=NOW)


def test_an_unknown_organisation_is_absent() -> None:
    with pytest.raises(Rejected, match=r"participants\.organization\.absent"):
        organization("ORG-NOBODY")
    assert house_venue().filing_number


@covers("T55")
@pytest.mark.parametrize("twin", ["Аcme 数据", "ＡＣＭＥ数据", "acme\u200b数据", "ACME·数据", "Acmé 数据"])
def test_look_alike_names_have_one_skeleton(twin: str) -> None:
    assert name_key(twin) == name_key("ACME 数据")


def naive_key(name: str) -> str:
    """The obvious comparison: Unicode's own compatibility form, without capitals and blanks."""
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")


@covers("T55")
@pytest.mark.parametrize("twin", ["Аcme 数据", "acme\u200b数据", "ACME·数据", "Acmé 数据"])
def test_the_obvious_comparison_would_register_the_twin(twin: str) -> None:
    assert naive_key("ＡＣＭＥ数据") == naive_key("ACME 数据"), "it sees through width and capitals"
    assert naive_key(twin) != naive_key("ACME 数据") and name_key(twin) == name_key("ACME 数据")
