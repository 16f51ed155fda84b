"""A sealed second-price lot in three browsers: one seals by script, one without, and both open after the end (CAP-E6).

The one with scripts never sends the amount before the end; the one without gets its slip from the house. The winner pays the other's bid.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import eventually
from trading.sealing import seal_of

pytestmark = pytest.mark.browser

#: An open sealed lot with two bidders, on a clock that stands still.
WORLD = """
from evidence.clock import set_market_clock
from participants.actors import actor_of
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.matrix import STANDING
from tests.trading.worlds import MARKET_CLOCK, SYSTEM, ledger, open_lot
set_market_clock(STANDING, 0)
buyers = [actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER), username=name)) for name in ("quick", "plain")]
for one in buyers:
    ledger.fund(organization=one.organization, amount_fen=10_000_000_000, reference=f"BANK-{one.user_id}", actor=SYSTEM, clock=MARKET_CLOCK)
print(open_lot(*buyers, format="second_price", reserve_price_fen=1_100_000).code)
"""


@pytest.fixture(scope="module")
def quick(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "quick")
    yield person
    person.close()


@pytest.fixture(scope="module")
def slips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slips")


@covers("CAP-E6", "CAP-E13")
def test_1_the_browser_seals_the_amount_and_sends_the_seal_alone(quick: Person, lot: str, slips: Path) -> None:
    sent: list[str] = []
    quick.page.on("request", lambda request: sent.append(request.post_data or ""))
    quick.go(f"/trading/lots/{lot}/")
    quick.page.fill("#maximum", "15,000")
    with quick.page.expect_download() as saved, quick.page.expect_navigation():
        quick.page.click("[data-seal] button")
    saved.value.save_as(slips / "quick.json")
    slip = json.loads((slips / "quick.json").read_text())
    assert slip["amount_fen"] == 1_500_000 and quick.sees("已封标")
    assert any(slip["commitment"] in one for one in sent)
    assert not any("15,000" in one or "15%2C000" in one or "1500000" in one for one in sent), "the amount never left the browser"


@covers("CAP-E6", "CAP-E13")
def test_1b_the_slip_is_checked_against_the_seal_without_being_sent(quick: Person, lot: str, slips: Path, tmp_path: Path) -> None:
    slip = json.loads((slips / "quick.json").read_text())
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(slip | {"amount_fen": 1_400_000}))
    quick.go(f"/trading/lots/{lot}/")
    assert quick.sees(slip["commitment"]), "the own seal stands in the room"
    sent: list[str] = []
    quick.page.on("request", lambda request: sent.append(request.url))
    quick.page.click("summary:has-text('核对封标单')")
    for path, told in ((slips / "quick.json", "相符：这张"), (forged, "不符：这张")):
        quick.page.set_input_files("#check-slip", path)
        quick.page.wait_for_selector(f"[data-check-slip] [role=status]:has-text('{told}')")
    assert not [one for one in sent if "slip" in one], sent


#: Puts the form of a lot of bundles into the room's page, and hands back what would be sent and what is saved.
BUNDLES = """async (typed) => {
  const form = document.createElement("form");
  form.dataset.seal = "LOT-BUNDLES"; form.dataset.sealTo = "/x/";
  form.innerHTML = '<input name="commitment"><textarea name="bundles"></textarea>';
  form.elements.bundles.value = typed;
  document.body.append(form);
  const saved = new Promise((done) => { URL.createObjectURL = (blob) => { blob.text().then(done); return "data:,"; }; });
  const sent = new Promise((done) => { form.submit = () => done(Object.fromEntries(new FormData(form))); });
  form.requestSubmit();
  return { sent: await sent, slip: JSON.parse(await saved) };
}"""


@covers("CAP-E9", "CAP-E13")
def test_1c_bundles_are_sealed_in_the_browser_as_the_house_would_read_them(quick: Person, lot: str) -> None:
    """The naive room had the house make the slip of a bid on bundles: it saw the bid before the end."""
    quick.go(f"/trading/lots/{lot}/")
    told = quick.page.evaluate(BUNDLES, "b + A = 12,000.50\n\n a=11000")
    slip = told["slip"]
    assert (slip["word"], slip["amount_fen"]) == ("A+B=1200050;A=1100000", 1_200_050)
    assert slip["commitment"] == seal_of(slip["word"], bytes.fromhex(slip["salt"])) == told["sent"]["commitment"]
    assert set(told["sent"]) == {"commitment"}, "the bid never leaves the browser"


@covers("CAP-E6", "CAP-E13")
def test_2_without_scripts_the_house_makes_the_slip_and_keeps_nothing(plain: Person, lot: str, slips: Path) -> None:
    plain.go(f"/trading/lots/{lot}/")
    plain.page.fill("#maximum", "13000")
    plain.press("[data-seal] button")
    with plain.page.expect_download() as saved:
        plain.page.click("button[name=file]")
    saved.value.save_as(slips / "plain.json")
    plain.press("form[action$='/seal/'] button")
    assert plain.sees("已封标")


@covers("CAP-E6")
def test_3_after_the_end_both_open_and_the_winner_pays_the_other_bid(quick: Person, plain: Person, lot: str, slips: Path,
                                                                     house: RunningHouse) -> None:
    house.command("move_clock", "25h")

    def opening() -> bool:
        quick.go(f"/trading/lots/{lot}/")
        return quick.sees("请开标")

    assert eventually(opening, 60), "the clock ends the lot by itself"
    for person, name in ((quick, "quick.json"), (plain, "plain.json")):
        person.go(f"/trading/lots/{lot}/")
        person.page.set_input_files("#slip", slips / name)
        person.press("form[action$='/reveal/'] button")
    quick.go(f"/trading/lots/{lot}/")
    assert quick.sees("您已竞得") and quick.sees("13,000")
    plain.go(f"/trading/lots/{lot}/")
    assert plain.sees("未中") and plain.sees("15,000")


@covers("CAP-I8")
def test_4_the_room_passes_axe_and_the_console_stays_quiet(quick: Person, lot: str) -> None:
    for path in (f"/trading/lots/{lot}/", f"/trading/lots/{lot}/replay/"):
        quick.go(path)
        assert quick.violations() == []
    assert quick.console == []
