"""T64, the address: where an organisation has put its networks on record, what it bought is used from there only, on every channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from delivery.cleanroom.running import answer_next
from delivery.computing.jobs import answer_job, order_job
from delivery.models import AccessStop, ComputeJob, DataUse, Delivery
from delivery.monitoring import watch_delivery
from delivery.using import asked_from, obstacle_to_use
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization, UseNetworks
from participants.networks import called_from, networks_of, read_networks, set_networks, within
from participants.signin_limits import client_address
from tests.delivery import calls, computing, rooms
from tests.delivery.test_border import CHANNELS, said, uses
from tests.delivery.worlds import buyer_of, make_buyer
from tests.exchange.worlds import signed_in
from tests.trading.worlds import seller_of

OURS, INSIDE, AWAY = "203.0.113.0/24\n2001:db8:7::/48", "203.0.113.9", "198.51.100.7"


def on_record(actor: Actor, text: str = OURS) -> UseNetworks | None:
    ours = Organization.objects.get(pk=actor.organization_id)
    return set_networks(organization=ours, text=text, actor=actor, clock=MARKET_CLOCK)


def from_address(address: str, act: Callable[[], Any]) -> str:
    with called_from(address):
        return said(act)


# ---- what a network is -----------------------------------------------------------------------------------------------------------


@covers("T64")
def test_networks_are_read_line_by_line_and_each_fault_is_told_at_its_line() -> None:
    assert read_networks(" 2001:DB8:7::/48 \n\n203.0.113.0/24\n198.51.100.7") == ["198.51.100.7/32", "203.0.113.0/24", "2001:db8:7::/48"]
    assert read_networks("") == []
    with pytest.raises(Rejected, match=r"networks\.faulty") as no:
        read_networks("203.0.113.7/24\nours\n10.0.0.0/7\n203.0.113.0/24\n203.0.113.128/25\n::ffff:10.0.0.0/120\nfe80::%eth0/64\n2001::/15")
    faults = {fault.field: fault.text for fault in no.value.errors}
    assert sorted(faults) == [f"networks.{line}" for line in (1, 2, 3, 5, 6, 7, 8)]
    assert "203.0.113.0/24" in faults["networks.1"][1], "the network that was meant is written out"
    assert "第 5 行" in faults["networks.5"][0] and "203.0.113.0/24" in faults["networks.5"][1]
    with pytest.raises(Rejected, match=r"networks\.faulty") as no:
        read_networks("\n".join(f"10.{number}.0.0/16" for number in range(21)))
    assert [fault.code for fault in no.value.errors] == ["too_many"]
    assert len(read_networks("\n".join(f"10.{number}.0.0/16" for number in range(20)))) == 20


@covers("T64")
@pytest.mark.parametrize(("address", "inside"), [
    (INSIDE, True), ("203.0.113.255", True), ("203.0.114.0", False), ("2001:db8:7:1::5", True), ("2001:db8:8::1", False),
    ("::ffff:203.0.113.9", True), ("::ffff:198.51.100.7", False), ("", False), ("unknown", False), ("203.0.113.9:443", False)])
def test_an_address_is_within_a_network_or_it_is_not(address: str, inside: bool) -> None:
    """A mapped address is the one it maps; what is no address lies nowhere."""
    assert within(address, read_networks(OURS)) is inside


@covers("T64")
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(8, 32))
def test_whatever_the_network_its_members_share_its_first_bits(address: int, other: int, bits: int) -> None:
    def dotted(number: int) -> str:
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))

    network = f"{dotted(address >> (32 - bits) << (32 - bits))}/{bits}"
    assert within(dotted(other), read_networks(network)) == (address >> (32 - bits) == other >> (32 - bits))


@covers("T64")
def test_the_address_is_the_connections_and_behind_our_proxy_what_the_proxy_saw(settings: Any) -> None:
    """Whoever writes the header himself is not believed: without a proxy it is not read, behind one its last word counts."""
    asked = RequestFactory().get("/", REMOTE_ADDR=AWAY, HTTP_X_FORWARDED_FOR=INSIDE)
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 0}
    assert client_address(asked) == AWAY
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    asked = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"{INSIDE}, {AWAY}")
    assert client_address(asked) == AWAY


# ---- used from there only --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("T64", "F6")
@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_from_elsewhere_no_channel_answers_and_nothing_is_counted(channel: str) -> None:
    way = CHANNELS[channel]()
    on_record(way.buyer)
    way.one = Delivery.objects.get(pk=way.one.pk)
    metered = uses()
    for address in (AWAY, "", "no address"):
        assert from_address(address, lambda: way.use(way.buyer)) == "delivery.use.elsewhere", f"from {address!r}"
    assert uses() == metered
    assert from_address(INSIDE, lambda: way.use(way.buyer)) == "" and uses() == metered + 1


@pytest.mark.django_db
@covers("T64")
@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_the_naive_delivery_that_asks_the_address_at_the_order_alone_answers_from_anywhere(
        channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: whoever ordered from a right address is served wherever the token, the key or the sign-in went since."""
    way = CHANNELS[channel]()
    on_record(way.buyer)
    monkeypatch.setattr("delivery.using.outside", lambda _organization: False)
    assert from_address(AWAY, lambda: way.use(way.buyer)) == ""


@pytest.mark.django_db
@covers("T64")
def test_a_refused_use_says_field_rule_and_next_step() -> None:
    way = CHANNELS["key"]()
    on_record(way.buyer)
    with called_from(AWAY), pytest.raises(Rejected) as no:
        way.use(way.buyer)
    for language in ("zh", "en"):
        assert AWAY in no.value.text("detail", language) and way.one.code in no.value.text("detail", language)
        assert no.value.text("next_step", language)
    assert (no.value.status, no.value.next_href) == (403, "/desk/organisation/networks/")
    assert DataUse.objects.get(delivery=way.one).refused == "delivery.use.elsewhere", "the attempt is on record"


@pytest.mark.django_db
@covers("T64", "C6")
def test_a_job_is_ordered_from_a_right_address_and_answered_from_the_holders() -> None:
    listing = computing.computed_listing()
    buyer = make_buyer()
    one, algorithm = computing.paid(listing, buyer), computing.approved(buyer)
    on_record(buyer)

    def order() -> ComputeJob:
        return order_job(delivery=Delivery.objects.get(pk=one.pk), algorithm=algorithm, actor=buyer, clock=MARKET_CLOCK)

    assert from_address(AWAY, order) == "delivery.use.elsewhere" and not ComputeJob.objects.exists()
    with called_from(INSIDE):
        job = order()
    answer = computing.answer_of(job)
    with called_from(AWAY):
        done = answer_job(job=job, rows=answer.rows, trace=answer.trace, actor=computing.holder_of(listing), clock=MARKET_CLOCK)
    assert done.status == "done"


@pytest.mark.django_db
@covers("T64")
def test_what_was_asked_from_a_right_address_is_answered_by_the_house_itself() -> None:
    one = rooms.sold()
    on_record(buyer_of(one.trade))
    with called_from(INSIDE):
        query = rooms.asked(one)
    answer_next(clock=MARKET_CLOCK)  # no request: the worker
    query.refresh_from_db()
    assert query.status == "done", query.reason
    assert from_address(AWAY, lambda: rooms.asked(one)) == "delivery.use.elsewhere", "the kept answer too is asked for from there only"


@pytest.mark.django_db
@covers("T64", "F6")
def test_the_monitor_stops_nothing_because_it_has_no_address() -> None:
    way = CHANNELS["key"]()
    on_record(way.buyer)
    watch_delivery(delivery=way.one, actor=SYSTEM, clock=MARKET_CLOCK)
    assert not AccessStop.objects.exists()
    one = Delivery.objects.get(pk=way.one.pk)
    assert asked_from(one).refusal is not None, "a shell has none either"
    assert obstacle_to_use(one, at=MARKET_CLOCK.now(), calls=1, here=False) is None


# ---- put on record ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("T64")
def test_networks_are_the_organisations_own_recorded_by_hash_and_taken_back_by_an_empty_list() -> None:
    buyer, other = make_buyer(), make_buyer()
    kept = on_record(buyer)
    assert kept is not None and kept.cidrs == ["203.0.113.0/24", "2001:db8:7::/48"]
    on_record(buyer)
    facts = Record.objects.filter(kind="participants.networks.set")
    assert facts.count() == 1, "the same again is no change"
    assert "203.0.113" not in str(facts.get().payload)
    with pytest.raises(Rejected, match=r"object\.absent"):
        set_networks(organization=Organization.objects.get(pk=buyer.organization_id), text="", actor=other, clock=MARKET_CLOCK)
    on_record(buyer, "")
    assert networks_of(Organization.objects.get(pk=buyer.organization_id)) == [] and facts.count() == 2


@pytest.mark.django_db
@covers("T64")
@pytest.mark.parametrize("cidrs", [["ours"], ["10.0.0.0/7"], ["2001::/15"], ["10.1.0.0/16"] * 2, ["203.0.113.7/24"],
                                   [f"10.{number}.0.0/16" for number in range(21)]])
def test_the_database_takes_nothing_that_is_no_network(cidrs: list[str]) -> None:
    buyer = make_buyer()
    on_record(buyer)
    with pytest.raises(DatabaseError), transaction.atomic():
        UseNetworks.objects.update(cidrs=cidrs)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM participants_usenetworks")


@pytest.mark.django_db
@covers("T64", "T46")
def test_the_page_shows_the_networks_asks_for_the_password_and_keeps_what_was_typed(settings: Any) -> None:
    way = CHANNELS["token"]()
    page, browser = "/desk/organisation/networks/", signed_in(way.buyer)
    bad = browser.post(page, {"networks": "10.0.0.0/8\nours"})
    assert bad.status_code == 422 and "第 2 行" in bad.content.decode() and "ours" in bad.content.decode()
    assert browser.post(page, {"networks": OURS}).status_code == 302
    shown = browser.get(page, REMOTE_ADDR=AWAY).content.decode()
    assert "203.0.113.0/24" in shown and AWAY in shown and "您现在不在使用网络之内" in shown
    assert "您现在不在使用网络之内" not in browser.get(page, REMOTE_ADDR=INSIDE).content.decode()
    for address in ("/desk/organisation/", "/desk/workbench/", f"/desk/agreements/{way.one.trade.deed.code}/"):
        assert "203.0.113.0/24" in browser.get(address).content.decode(), address
    theirs = signed_in(seller_of(way.one.version.listing)).get(f"/desk/agreements/{way.one.trade.deed.code}/").content.decode()
    assert "只从买方登记的使用网络取用" in theirs and "203.0.113" not in theirs, "the other side sees that, not which"
    settings.STEP_UP_SECONDS = -1
    asked = browser.post(page, {"networks": ""})
    assert asked.status_code == 428 and UseNetworks.objects.get().cidrs, "the password first"


@pytest.mark.django_db
@covers("T64", "F5")
def test_a_program_and_a_browser_elsewhere_are_refused_at_the_real_addresses() -> None:
    """The key and the token are right, the sign-in too; only the place is not."""
    one, _seller, buyer = calls.api_delivered()
    head = {"Authorization": f"DataKey {calls.keyed(one, buyer).secret}", "X-Request-ID": "call-000001", "Idempotency-Key": "call-000001"}
    on_record(buyer)
    answer = Client(REMOTE_ADDR=AWAY).get(f"/api/data/{one.code}/rows/", {"limit": 3}, headers=head)
    assert (answer.status_code, answer.json()["code"]) == (403, "delivery.use.elsewhere") and uses() == 0
    forged = Client(REMOTE_ADDR=AWAY).get(f"/api/data/{one.code}/rows/", {"limit": 3}, headers={**head, "X-Forwarded-For": INSIDE})
    assert forged.status_code == 403, "without a proxy of ours the header is a caller's word"
    assert Client(REMOTE_ADDR=INSIDE).get(f"/api/data/{one.code}/rows/", {"limit": 3}, headers=head).status_code == 200 and uses() == 1
    way = CHANNELS["token"]()
    on_record(way.buyer)
    browser = signed_in(way.buyer)
    assert browser.post(f"/desk/deliveries/{way.one.code}/token/", REMOTE_ADDR=AWAY).status_code == 403
    token = browser.post(f"/desk/deliveries/{way.one.code}/token/", REMOTE_ADDR=INSIDE).context["issued"].token
    metered = uses()
    assert browser.post(f"/desk/deliveries/{way.one.code}/file/", {"token": token}, REMOTE_ADDR=AWAY).status_code == 403
    assert uses() == metered
    assert browser.post(f"/desk/deliveries/{way.one.code}/file/", {"token": token}, REMOTE_ADDR=INSIDE).status_code == 200
