"""Proofs of a delivery, seen from outside: a question with its cost before it, the budget gone, its certificate checked by a stranger; a
leaked sample traced to its buyer; a consent withdrawn in mid-term that stops the delivery and is told to both sides."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import Story, code_in

pytestmark = pytest.mark.browser

_IMPORTS = ("from participants.models import User; from participants.actors import actor_of; from evidence.clock import MARKET_CLOCK\n"
            "from kit.actors import SYSTEM; from kit.ids import new_code; from ledger.operations import fund\n"
            "from delivery.operations import deliver, open_delivery; from tests.delivery.worlds import make_trade\n"
            "from listings.models import Listing, ListingVersion; from trading.models import Trade\n"
            "from trading.operations import pay_trade\n"
            "seller = actor_of(User.objects.get(username='merchant'))\n"
            "merchant = User.objects.get(username='merchant').acting_for; buyer = actor_of(User.objects.get(username='buyer'))\n"
            "from django.db import transaction\n"
            "@transaction.atomic\n"  # no worker opens the delivery in between
            "def sell(listing, file):\n"
            "    fund(organization=buyer.organization, amount_fen=9000000, reference=new_code('FND'), actor=SYSTEM, clock=MARKET_CLOCK)\n"
            "    trade = make_trade(listing=listing, buyer=buyer); pay_trade(trade=trade, actor=buyer, clock=MARKET_CLOCK)\n"
            "    one = open_delivery(trade=Trade.objects.get(pk=trade.pk), actor=SYSTEM, clock=MARKET_CLOCK)\n"
            "    return deliver(delivery=one, deposit=file, actor=seller, clock=MARKET_CLOCK)\n")
ROOM = _IMPORTS + ("from tests.delivery.rooms import file_of, opened, room_listing\n"
                   "listing = room_listing(merchant, mode='query'); ListingVersion.objects.filter(pk=listing.version_id).update("
                   "category='public')\n"
                   "opened(listing); print(sell(Listing.objects.get(pk=listing.pk), file_of(listing)).code)")
MARKED = _IMPORTS + ("from tests.delivery.test_marks import HEADING, PLAN, TABLE; from tests.delivery.worlds import make_listing\n"
                     "from evidence.files import deposit; import io\n"
                     "listing = make_listing(merchant); held = deposit(io.BytesIO(TABLE), name='piles.csv', owner=merchant.code, "
                     "at=MARKET_CLOCK.now())\n"
                     "columns = [{'name': name, 'type': 'number' if name in PLAN else 'text'} for name in HEADING]\n"
                     "ListingVersion.objects.filter(pk=listing.version_id).update(deposit=held, file_sha256=held.sha256, columns=columns, "
                     "file_name='piles.csv')\n"
                     "print(listing.code, listing.version.code)")
SOLD = _IMPORTS + ("listing = Listing.objects.get(code='{LST}'); "
                   "print(sell(listing, listing.version.deposit).code)")
_TRUST = _IMPORTS + ("from datetime import timedelta; from listings.operations import give_consent, import_principals, withdraw_consent\n"
                     "from listings.models import Consent; from delivery.models import Delivery\n"
                     "user = User.objects.get(username='trustee'); by = dict(actor=actor_of(user), clock=MARKET_CLOCK)\n")
GIVEN = _TRUST + ("taken = import_principals(organization=user.acting_for, "
                  "content='编号,姓名,证件号,委托至\\n甲,赵一,11010519491231002X,2039-12-31\\n'.encode(), **by)\n"
                  "one = Delivery.objects.get(code='{DLV}')\n"
                  "print(give_consent(product=one.version.listing.product, purpose='industry', kinds=['位置'], recipients=['买方'], "
                  "effective_to=MARKET_CLOCK.now() + timedelta(days=300), principal=taken.made[0], **by).code)")
TAKEN_BACK = _TRUST + "withdraw_consent(consent=Consent.objects.get(code='{CNS}'), **by)"


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any, story: Story) -> Iterator[dict[str, Person]]:
    people = {"buyer": Person(browser, market.address, "buyer", scripts=False), "merchant": Person(browser, market.address, "merchant"),
              "stranger": Person(browser, market.address), "regulator": Person(browser, market.address, "regulator"),
              "narrow": Person(browser, market.address, "buyer", language="en", width=390, dark=True),
              "holder": Person(browser, market.address, "merchant", language="en", width=390, dark=True)}
    yield people
    for one in people.values():
        one.close()


def comes(person: Person, seen: Callable[[], bool], tries: int = 60) -> bool:
    """The page is asked again until it shows what the worker has done."""
    for _ in range(tries):
        if seen():
            return True
        time.sleep(0.5)
        person.page.reload()
    return False


@covers("F7", "W26", "F8")
def test_1_a_public_product_is_asked_with_its_full_cost_first_and_refused_once_the_budget_is_gone(
        cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    buyer = cast["buyer"]
    story.codes["DLV"] = market.run(ROOM).splitlines()[-1]
    buyer.go("/desk/workbench/")
    buyer.press(f"a[href='/desk/deliveries/{story.codes['DLV']}/room/?step=what']")
    buyer.choose("of0", "persons")
    buyer.choose("group0", "城区")
    buyer.fill(epsilon="0.7")
    buyer.press("button[value=preview]")
    assert buyer.sees("这次提问的全部代价") and "7,000" in buyer.text() and "0.3" in buyer.page.locator("#cost").inner_text()
    buyer.press("#cost button[value=json]")
    story.codes["QRY"] = code_in(buyer.page.url, "QRY")
    assert comes(buyer, lambda: buyer.sees("RCT-")), buyer.text()[-1500:]
    story.codes["RCT"] = code_in(buyer.page.content(), "RCT")
    where = f"/desk/deliveries/{story.codes['DLV']}/room/"
    buyer.go(where)
    buyer.choose("of0", "count")
    buyer.fill(epsilon="0.7")
    buyer.press("button[value=preview]")
    assert buyer.sees("预算不够：这样提问会被拒绝")
    buyer.press("form.stack-s button[value=ask]")
    assert buyer.sees("隐私预算不足") and buyer.sees("用更小的 ε")


@covers("F10")
def test_2_a_stranger_checks_the_certificate_and_the_answer_and_finds_a_changed_one(cast: dict[str, Person], story: Story) -> None:
    buyer, stranger = cast["buyer"], cast["stranger"]
    answer = buyer.context.request.get(
        f"{buyer.address}/desk/deliveries/{story.codes['DLV']}/room/{story.codes['QRY']}/answer.json").json()
    stranger.go(f"/verify/{story.codes['RCT']}")
    assert comes(stranger, lambda: stranger.sees("凭证真实，现行有效")) and stranger.violations() == []
    assert not stranger.sees(story.codes["DLV"]) and not stranger.sees(story.codes["QRY"])
    for document, said in ((answer, "就是这份凭证所证明的内容"), ({**answer, "rows": []}, "不是这份凭证所证明的内容")):
        stranger.page.set_input_files("#answer", {"name": "answer.json", "mimeType": "application/json",
                                                  "buffer": json.dumps(document, ensure_ascii=False).encode()})
        stranger.press("#held button")
        assert stranger.sees(said), said


@covers("F13", "R47")
def test_3_a_leaked_sample_is_traced_to_its_buyer(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    merchant, buyer, regulator = cast["merchant"], cast["buyer"], cast["regulator"]
    story.codes["LST"], story.codes["LSV"] = market.run(MARKED).splitlines()[-1].split()
    merchant.go(f"/desk/marks/{story.codes['LSV']}/")
    merchant.fill(most0="0.0005", most1="2")
    merchant.press("form button.btn-primary")
    assert merchant.sees("已声明") and merchant.violations() == []
    story.codes["DLV2"] = market.run(SOLD.format(LST=story.codes["LST"])).splitlines()[-1]
    buyer.go(f"/desk/deliveries/{story.codes['DLV2']}/")
    assert buyer.sees("交出的每份副本在下列数值列里有微小差别")
    buyer.press("form[action$='/token/'] button")
    with buyer.page.expect_download() as fetched:
        buyer.page.locator("form[action$='/file/'] button.btn-primary").first.click()
    rows = list(csv.reader(io.StringIO(fetched.value.path().read_bytes().decode(), newline="")))[1:]
    Random(1).shuffle(rows)
    leaked = io.StringIO()
    csv.writer(leaked).writerows([["a", "b", "c", "d"], *([row[3], row[0], row[1], row[2]] for row in rows[:100])])
    regulator.go("/admin/delivery/leakcheck/begin/")
    regulator.fill(found_where="某论坛，匿名帖")
    regulator.page.set_input_files("[name=sample]", {"name": "leak.csv", "mimeType": "text/csv", "buffer": leaked.getvalue().encode()})
    regulator.press("form button.btn-primary")
    regulator.page.get_by_text("样本来自一份副本，已认出").wait_for(timeout=30_000)  # a worker reads it, the page refreshes itself
    assert story.codes["DLV2"] in regulator.text() and regulator.violations() == []
    merchant.go("/desk/uses/")
    assert merchant.sees("CPY-") and merchant.violations() == []


@covers("R4", "R27", "F6")
def test_4_a_consent_withdrawn_in_mid_term_stops_the_questions_and_both_sides_are_told(
        cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    buyer, merchant, where = cast["buyer"], cast["merchant"], f"/desk/deliveries/{story.codes['DLV']}/room/"
    story.codes["CNS"] = market.run(GIVEN.format(**story.codes)).splitlines()[-1]
    buyer.go(where)
    assert not buyer.sees("个人同意已终止，不再交付"), "it runs while the consent stands"
    market.run(TAKEN_BACK.format(**story.codes))
    buyer.page.reload()
    assert buyer.sees("个人同意已终止，不再交付"), "the gate shuts with the withdrawal itself"
    for person in (buyer, merchant):
        person.go("/desk/notices/")
        assert comes(person, lambda one=person: one.sees(story.codes["CNS"])), person.text()[:1500]


@covers("F7", "W14", "W26")
def test_5_on_a_narrow_screen_in_english_and_dark_nothing_breaks_and_the_budget_is_seen(cast: dict[str, Person], story: Story) -> None:
    narrow, holder = cast["narrow"], cast["holder"]
    room = f"/desk/deliveries/{story.codes['DLV']}/room/"
    for person, paths in ((narrow, ("/desk/workbench/", room, f"{room}{story.codes['QRY']}/", f"/desk/deliveries/{story.codes['DLV2']}/",
                                    f"/verify/{story.codes['RCT']}")),
                          (holder, ("/desk/uses/", "/desk/marks/", f"/desk/marks/{story.codes['LSV']}/", "/desk/rooms/",
                                    f"/desk/deliveries/{story.codes['DLV2']}/"))):
        for path in paths:
            person.go(path)
            assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert person.violations() == [], path
    narrow.go(room)
    assert narrow.page.locator("#budget .q-bar").is_visible()
    for one in cast.values():
        assert one.console == [], one.console
