"""Who may what at the addresses of the floor: lots and the tape are everyone's, bids a buyer's, a trade its two parties'."""

from typing import Any

from tests.matrix import EVERYONE, SIGNED_IN, Row, World

#: who offers, and who trades
_SELLERS = frozenset({"merchant", "merchant_b", "publicdata"})
_TRADERS = _SELLERS | {"buyer"}
#: who halts a lot and lets it go on
_DESKS = frozenset({"operator", "surveillance", "regulator"})


def _lot(world: World) -> dict[str, str]:
    return {"code": world.things["lot"].code}


def _trade(world: World) -> dict[str, str]:
    return {"code": world.delivery.trade.code}


def extend(world: World) -> None:
    """A lot of the merchant's, announced; one that was drafted and is nobody else's yet."""
    from tests.trading.worlds import make_listing, make_lot
    from trading.models import Auction

    world.things["lot"] = lot = make_lot(world.listed)
    hidden = Auction.objects.get(pk=lot.pk)
    hidden.pk, hidden.code, hidden.status = None, "LOT-MATRIX0000", "draft"
    hidden.listing = make_listing(world.users["merchant"].acting_for)
    hidden.version = hidden.listing.version
    hidden.save(force_insert=True)
    world.things["draft"] = hidden
    from tests.trading.worlds import fell_short, free_use

    world.things["use"] = free_use(world.delivery.trade)
    world.things["shortfall"] = fell_short(world.delivery.trade)
    world.things["priced"] = make_listing(world.users["merchant"].acting_for, sale_mode="fixed")
    _deals(world)
    _swap(world)
    _subscribe(world)
    _agree_framework(world)


def deed_of(world: World) -> Any:
    """An agreement between the merchant and the buyer, in force; made once for a world."""
    if "deed" not in world.things:
        world.things["deed"] = _deed(world)
    return world.things["deed"]


def _deed(world: World) -> Any:
    from evidence.clock import MARKET_CLOCK
    from kit.actors import SYSTEM
    from kit.ids import new_code
    from ledger import operations as ledger
    from participants.actors import actor_of
    from tests.trading.worlds import make_listing
    from trading.operations import buy_listing, quote_for

    buyer = actor_of(world.users["buyer"])
    ledger.fund(organization=buyer.organization, amount_fen=10_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    listing = world.things.get("priced") or make_listing(world.users["merchant"].acting_for, sale_mode="fixed")
    quote = quote_for(listing, MARKET_CLOCK.now())
    return buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, actor=buyer, clock=MARKET_CLOCK).deed


def _agree_framework(world: World) -> None:
    """What the buyer offered the merchant for later orders."""
    from datetime import timedelta

    from evidence.clock import MARKET_CLOCK
    from participants.actors import actor_of
    from tests.trading.worlds import make_listing
    from trading.auctions.bargain import Terms
    from trading.frameworks import Item, offer_framework

    listing = make_listing(world.users["merchant"].acting_for, sale_mode="negotiated", price_fen=None)
    world.things["framework"] = offer_framework(
        items=[Item(listing, Terms(500_000))], ceiling_fen=5_000_000, effective_to=MARKET_CLOCK.now() + timedelta(days=300),
        note="含季度更新", actor=actor_of(world.users["buyer"]), clock=MARKET_CLOCK)


def _subscribe(world: World) -> None:
    """The buyer's standing order for a listing of the merchant's, priced by the month."""
    from evidence.clock import MARKET_CLOCK
    from kit.actors import SYSTEM
    from kit.ids import new_code
    from ledger import operations as ledger
    from participants.actors import actor_of
    from participants.billing import set_billing
    from tests.trading.worlds import make_listing, make_lot
    from trading.operations import quote_for, register_bidder
    from trading.subscribing import subscribe

    buyer = actor_of(world.users["buyer"])
    ledger.fund(organization=buyer.organization, amount_fen=10_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    listing = make_listing(world.users["merchant"].acting_for, sale_mode="fixed", use_terms={"plan": {"months": 1}})
    quote = quote_for(listing, MARKET_CLOCK.now())
    world.things["bidden"] = make_lot(make_listing(world.users["merchant"].acting_for))
    register_bidder(lot=world.things["bidden"], actor=buyer, clock=MARKET_CLOCK)
    set_billing(organization=world.users["buyer"].acting_for, given={"invoice_title": "华东航运有限公司"}, actor=buyer, clock=MARKET_CLOCK)
    world.things["subscription"] = subscribe(listing=listing, version=quote.version.code, total_fen=quote.total_fen, actor=buyer,
                                             papers={"po_number": "PO-2031-008", "invoice_title": "华东航运有限公司"}, clock=MARKET_CLOCK)


def _agreement(world: World) -> dict[str, str]:
    return {"code": deed_of(world).code}


def _deals(world: World) -> None:
    """A bargain of the buyer's with the merchant, a demand on the board, and a tender to the merchant alone."""
    from datetime import timedelta

    from evidence.clock import MARKET_CLOCK
    from participants.actors import actor_of
    from tests.trading.trials import criteria
    from tests.trading.worlds import make_listing
    from trading.auctions.bargain import Terms
    from trading.operations import give_quote, open_negotiation, open_rfq

    by: dict[str, Any] = {"actor": actor_of(world.users["buyer"]), "clock": MARKET_CLOCK}
    merchant = world.users["merchant"].acting_for
    listing = make_listing(merchant, sale_mode="negotiated", price_fen=None)
    world.things["talk"] = open_negotiation(listing=listing, terms=Terms(800_000), note="含更新", **by)
    need: dict[str, Any] = {"need": "华东港口逐日航迹", "purpose": "industry", "closes_at": MARKET_CLOCK.now() + timedelta(days=3), **by}
    world.things["demand"] = open_rfq(title="港口航迹", **need)
    world.things["tender"] = open_rfq(title="航迹专供", public=False, invited=[merchant], **need)
    world.things["challenge"] = open_rfq(title="船型识别", challenge=criteria(), **need)
    world.things["quote"] = give_quote(rfq=world.things["demand"], listing=listing, price_fen=700_000, note="逐日更新",
                                       actor=actor_of(world.users["merchant"]), clock=MARKET_CLOCK)


def _swap(world: World) -> None:
    """A licence of a stranger's offered to the merchant for one of its own; answering it takes both roles, which nobody here has."""
    from evidence.clock import MARKET_CLOCK
    from kit.ids import new_code
    from participants.models import Admission
    from tests.factories import EPOCH
    from tests.trading.barters import merchant, party, swap
    from tests.trading.worlds import make_listing
    from trading.operations import propose_barter

    asked, proposer = world.users["merchant"].acting_for, merchant()
    Admission.objects.create(code=new_code("ADM"), organization=asked, role="buyer", status="admitted", effective_from=EPOCH,
                             created_at=EPOCH)
    gives, gets = (make_listing(of, sale_mode="negotiated", price_fen=None) for of in (party(proposer), asked))
    world.things["barter"] = propose_barter(gives=gives, gets=gets, swap=swap(), note="互通有无", actor=proposer, clock=MARKET_CLOCK)


def _barter(world: World) -> dict[str, str]:
    return {"code": world.things["barter"].code}


def _talk(world: World) -> dict[str, str]:
    return {"code": world.things["talk"].code}


def _demand(world: World) -> dict[str, str]:
    return {"code": world.things["demand"].code}


def _challenge(world: World) -> dict[str, str]:
    return {"code": world.things["challenge"].code}


def _questions(world: World) -> dict[str, str]:
    return {"code": world.things["challenge"].code, "which": "questions"}


def _answers(world: World) -> dict[str, str]:
    return {"code": world.things["challenge"].code, "which": "answers"}


def _quote(world: World) -> dict[str, str]:
    return {**_demand(world), "quote": world.things["quote"].code}


def _tender(world: World) -> dict[str, str]:
    return {"code": world.things["tender"].code}


def _shortfall(world: World) -> dict[str, str]:
    return {"code": world.things["shortfall"].code}


def _venue_pilot(world: World) -> dict[str, str]:
    """A request that waits, made where it is first needed."""
    from participants.actors import actor_of
    from tests.trading.venue_pilots import asked

    if "venue_pilot" not in world.things:
        world.things["venue_pilot"] = asked(actor=actor_of(world.users["operator"]))
    return {"code": world.things["venue_pilot"].code, "act": "withdraw"}


def _filed(world: World) -> dict[str, str]:
    """A trade off the exchange that the buyer reported and the merchant sent back, made where it is first needed."""
    from compliance.models import Filing
    from compliance.operations import dispute_filing
    from evidence.clock import MARKET_CLOCK
    from participants.actors import actor_of
    from tests.compliance.profiles import clean
    from trading.operations import report_trade

    if "filed" not in world.things:
        merchant, buyer = world.users["merchant"], world.users["buyer"]
        made = report_trade(seller=buyer.acting_for, buyer=merchant.acting_for, title="充电桩利用率数据", facts=clean(), price_fen=1_000,
                            traded_on=MARKET_CLOCK.now().date(), contract_sha256="f" * 64, actor=actor_of(buyer), clock=MARKET_CLOCK)
        world.things["filed"] = dispute_filing(filing=Filing.objects.get(code=made.filing), reason="价款不符", actor=actor_of(merchant),
                                               clock=MARKET_CLOCK)
    return {"code": world.things["filed"].code}


def _use(world: World) -> dict[str, str]:
    return {"code": world.things["use"].code}


def _framework(world: World) -> dict[str, str]:
    return {"code": world.things["framework"].code}


def _report(world: World) -> dict[str, str]:
    """A trade the merchant made with the buyer elsewhere and reported; made where it is first needed."""
    from evidence.clock import MARKET_CLOCK
    from participants.actors import actor_of
    from tests.compliance.profiles import clean
    from trading.operations import report_trade

    if "report" not in world.things:
        world.things["report"] = report_trade(
            seller=world.users["merchant"].acting_for, buyer=world.users["buyer"].acting_for, title="充电桩利用率数据", facts=clean(),
            price_fen=1_000_000, traded_on=MARKET_CLOCK.now().date(), contract_sha256="c" * 64,
            actor=actor_of(world.users["merchant"]), clock=MARKET_CLOCK)
    return {"code": world.things["report"].code}


def _bidden(world: World) -> dict[str, str]:
    return {"code": world.things["bidden"].code}


def _subscription(world: World) -> dict[str, str]:
    return {"code": world.things["subscription"].code}


def _shares(world: World) -> dict[str, str]:
    """The share agreement that the merchant proposed to another one."""
    from tests.listings.matrix import shared

    return {"code": shared(world)}


def _priced(world: World) -> dict[str, str]:
    return {"code": world.things["priced"].code}


def _draft(world: World) -> dict[str, str]:
    return {"code": world.things["draft"].code}


_STRANGERS = EVERYONE - {"merchant"}
_SIDES = {"merchant", "buyer"}
_OTHERS = _SELLERS - {"merchant"}


ROWS: dict[str, Row | list[Row]] = {
    "rules/secrecy/": Row(get=EVERYONE),
    ".well-known/dspace-version": Row(get=EVERYONE),
    "api/dsp/catalog/request": Row(post=EVERYONE, note="a question of the Dataspace Protocol; it changes nothing"),
    "api/dsp/catalog/datasets/<str:name>": [
        Row(get=EVERYONE, like=lambda world: {"name": world.listed.code}),
        Row(absent=EVERYONE, like=lambda world: {"name": world.unlisted.code}, note="not on sale")],
    "trading/": Row(get=EVERYONE),
    "trading/trades/": Row(get=EVERYONE),
    "trading/trades.csv": Row(get=EVERYONE),
    "trading/lots/<str:code>/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "trading/lots/<str:code>/transcript/": Row(absent=EVERYONE, like=_lot, note="nobody holds it before the end"),
    "disclosures/": Row(get=EVERYONE),
    "disclosures/<str:code>/": Row(get=EVERYONE, like=lambda world: {"code": world.users["merchant"].acting_for.code}),
    "trading/lots/<str:code>/replay/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "trading/lots/<str:code>/why/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "trading/lots/<str:code>/register/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/bid/": Row(post={"buyer"}, like=_lot),
    "desk/subscriptions/": Row(get=_TRADERS),
    "desk/subscriptions/<str:code>/cancel/": Row(post={"buyer"}, absent=_TRADERS - _SIDES, like=_subscription,
                                                 note="the seller sees it; whoever subscribed cancels"),
    "desk/frameworks/": Row(get=_TRADERS, post={"buyer"}),
    "desk/frameworks/<str:code>/": Row(get=_SIDES, post=_SIDES, absent=_TRADERS - _SIDES, like=_framework),
    "desk/cart/": Row(get={"buyer"}, post={"buyer"}, body=lambda world: {"act": "put", "listing": world.things["priced"].code}),
    "desk/bids/<str:code>/papers/": Row(get={"buyer"}, post={"buyer"}, like=_bidden, note="of one's own registration"),
    "listings/<str:code>/buy/": Row(get={"buyer"}, post={"buyer"}, like=_priced),
    "trading/lots/<str:code>/take/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/best/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/slip/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/seal/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/reveal/": Row(post={"buyer"}, like=_lot),
    "desk/bids/": Row(get={"buyer"}),
    "desk/lots/": Row(get=_SELLERS),
    "desk/lots/new/": Row(get=_SELLERS, post=_SELLERS),
    "desk/lots/<str:code>/cancel/": Row(post={"merchant"}, absent=_SELLERS - {"merchant"}, like=_lot),
    "desk/trades/<str:code>/pay/": Row(post={"buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/trades/<str:code>/cancel/": Row(post={"merchant", "buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/trades/<str:code>/services/": Row(post={"merchant", "buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/agreements/": Row(get=SIGNED_IN),
    **{f"desk/agreements/<str:code>/{act}/": Row(post=_SIDES, absent=SIGNED_IN - _SIDES, like=_agreement)
       for act in ("sign", "end")},
    "desk/agreements/<str:code>/renew/": Row(post={"buyer"}, absent=SIGNED_IN - _SIDES, like=_agreement),
    "desk/agreements/<str:code>/halt/": Row(post={"regulator", "regulator2"}, like=_agreement),
    "trading/pilots/": Row(get=EVERYONE, post={"operator"}, note="anyone reads what is tried; the operator asks"),
    "trading/pilots/<str:code>/<str:act>/": Row(post={"operator"}, like=_venue_pilot, body={"text": "撤回"},
                                                note="the operator takes back, a regulator decides"),
    "desk/shortfalls/": Row(get=_TRADERS),
    "desk/shortfalls/<str:code>/": Row(post={"buyer"}, like=_shortfall, note="whoever did not pay pays the difference"),
    "desk/public-uses/": Row(get=_TRADERS),
    "desk/public-uses/<str:code>/": Row(post={"buyer"}, like=_use,
                                        body={"report": "用于城市交通治理，已据此调整二十条线路，未再提供。"},
                                        note="the seller reads the report, whoever took the data writes it"),
    "desk/filings/new/": Row(get=_TRADERS, post=_TRADERS),
    "desk/filings/<str:code>/mend/": Row(get={"buyer"}, post={"buyer"}, absent=_TRADERS - {"buyer"}, like=_filed,
                                         note="whoever reported mends; the other party has no such page"),
    "api/market/small-buyers/": Row(get=EVERYONE),
    "trading/demands/": Row(get=EVERYONE),
    "trading/demands/<str:code>/": [Row(get=EVERYONE, like=_demand), Row(get=_SIDES, absent=EVERYONE - _SIDES, like=_tender)],
    "trading/demands/<str:code>/trial/<str:which>/": [
        Row(get=EVERYONE, like=_questions), Row(get={"buyer"}, absent=EVERYONE - {"buyer"}, like=_answers)],
    "trading/demands/<str:code>/quote/": [Row(post=_SELLERS, like=_demand), Row(post={"merchant"}, absent=_OTHERS, like=_tender)],
    "trading/demands/<str:code>/decide/": Row(post={"buyer"}, like=_demand),
    "desk/negotiations/": Row(get=_TRADERS, post=_TRADERS),
    "desk/negotiations/<str:code>/": Row(get=_SIDES, post=_SIDES, absent=_TRADERS - _SIDES, like=_talk),
    "desk/barters/": Row(get=_TRADERS, post=_TRADERS),
    "desk/barters/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent=_TRADERS - {"merchant"}, like=_barter),
    "desk/demands/": Row(get=_TRADERS),
    "desk/demands/new/": Row(get={"buyer"}, post={"buyer"}),
    "api/cart/": Row(get={"buyer"}),
    "api/cart/lines/": Row(post={"buyer"}),
    "api/cart/orders/": Row(post={"buyer"}),
    "api/negotiations/": Row(get=_TRADERS, post={"buyer"}),
    "api/negotiations/<str:code>/": Row(get=_SIDES, absent=_TRADERS - _SIDES, like=_talk),
    "api/negotiations/<str:code>/answers/": Row(post=_SIDES, absent=_TRADERS - _SIDES, like=_talk),
    "api/share-agreements/": Row(get=SIGNED_IN, post=_SELLERS),
    "api/share-agreements/<str:code>/": Row(get={"merchant", "merchant_b"}, absent=SIGNED_IN - {"merchant", "merchant_b"}, like=_shares),
    "api/share-agreements/<str:code>/answers/": Row(post={"merchant", "merchant_b"}, absent=SIGNED_IN - {"merchant", "merchant_b"},
                                                    like=_shares, body={"act": "withdraw"}),
    "api/barters/": Row(get=_TRADERS, post=set(), note="whoever gives and gets holds both roles, and nobody here does"),
    "api/barters/<str:code>/": Row(get={"merchant"}, absent=_TRADERS - {"merchant"}, like=_barter),
    "api/barters/<str:code>/answers/": Row(post={"merchant"}, absent=_TRADERS - {"merchant"}, like=_barter),
    "api/demands/": Row(get=EVERYONE, post={"buyer"}),
    "api/demands/<str:code>/": [Row(get=EVERYONE, like=_demand), Row(get=_SIDES, absent=EVERYONE - _SIDES, like=_tender)],
    "api/demands/<str:code>/quotes/": [Row(get=_TRADERS, post=_SELLERS, like=_demand),
                                       Row(get=_SIDES, post={"merchant"}, absent=_TRADERS - _SIDES, like=_tender)],
    "api/demands/<str:code>/quotes/<str:quote>/withdraw/": Row(post={"merchant"}, absent=_OTHERS, like=_quote),
    "api/demands/<str:code>/rounds/": Row(post={"buyer"}, like=_demand),
    "api/demands/<str:code>/end/": Row(post={"buyer"}, like=_demand),
    "api/demands/<str:code>/award/": Row(post={"buyer"}, like=_demand),
    "api/demands/<str:code>/trial/": [Row(get=EVERYONE, like=_challenge), Row(absent=EVERYONE, like=_demand)],
    "api/demands/<str:code>/trial/<str:which>/": [
        Row(get=EVERYONE, like=_questions), Row(get={"buyer"}, absent=EVERYONE - {"buyer"}, like=_answers)],
    "api/lots/": Row(get=EVERYONE, post=_SELLERS),
    "api/lots/<str:code>/acts/": [
        Row(post=_SELLERS | _DESKS, like=_lot), Row(post={"merchant"}, absent=(_SELLERS - {"merchant"}) | _DESKS, like=_draft)],
    "api/agreements/": Row(get=SIGNED_IN),
    "api/agreements/<str:code>/": Row(get=_SIDES, absent=SIGNED_IN - _SIDES, like=_agreement),
    "api/agreements/<str:code>/acts/": Row(post=_SIDES, absent=SIGNED_IN - _SIDES, like=_agreement),
    "api/agreements/<str:code>/renewals/": Row(post=_SIDES, absent=SIGNED_IN - _SIDES, like=_agreement),
    "api/reports/": Row(get=_TRADERS, post=_TRADERS),
    "api/reports/<str:code>/": Row(get=_SIDES, absent=_TRADERS - _SIDES, like=_report),
    "api/reports/<str:code>/mends/": Row(post={"merchant"}, absent=_TRADERS - {"merchant"}, like=_report),
    "api/reports/<str:code>/acts/": Row(post=_SIDES, absent=_TRADERS - _SIDES, like=_report),
    "api/frameworks/": Row(get=_TRADERS, post=_TRADERS),
    "api/frameworks/<str:code>/": Row(get=_SIDES, absent=_TRADERS - _SIDES, like=_framework),
    "api/frameworks/<str:code>/acts/": Row(post=_SIDES, absent=_TRADERS - _SIDES, like=_framework),
    "api/frameworks/<str:code>/orders/": Row(post=_SIDES, absent=_TRADERS - _SIDES, like=_framework),
    "api/lots/<str:code>/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "api/lots/<str:code>/ticks/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "api/lots/<str:code>/bids/": [Row(get=EVERYONE, post={"buyer"}, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "api/lots/<str:code>/bidders/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/takes/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/seals/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/best-bids/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/reveals/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/listings/<str:code>/purchases/": Row(get=EVERYONE, post={"buyer"}, like=_priced),
    "api/subscriptions/": Row(get=_TRADERS, post={"buyer"}),
    "api/subscriptions/<str:code>/": Row(get=_SIDES, absent=_TRADERS - _SIDES, like=_subscription),
    "api/subscriptions/<str:code>/acts/": Row(post=_SIDES, absent=_TRADERS - _SIDES, like=_subscription,
                                              note="whoever subscribed cancels; the seller is told so by the act"),
    "api/shortfalls/": Row(get=_TRADERS),
    "api/shortfalls/<str:code>/": Row(get=_SIDES, absent=_TRADERS - _SIDES, like=_shortfall),
    "api/shortfalls/<str:code>/pay/": Row(post={"buyer"}, absent=_TRADERS - _SIDES, like=_shortfall,
                                          note="whoever did not pay pays the difference"),
    "api/public-uses/": Row(get=_TRADERS),
    "api/public-uses/<str:code>/": Row(get=_SIDES, absent=_TRADERS - _SIDES, like=_use),
    "api/public-uses/<str:code>/reports/": Row(post=_SIDES, absent=_TRADERS - _SIDES, like=_use,
                                               note="whoever took the data writes it; the seller is told so by the act"),
    "api/trades/": Row(get=SIGNED_IN),
    "api/trades/<str:code>/acts/": Row(post=_SIDES, absent=SIGNED_IN - _SIDES, like=_trade),
    "api/trades/<str:code>/": Row(get=_SIDES, absent=SIGNED_IN - _SIDES, like=_trade),
    "api/trades/<str:code>/pay/": Row(post={"buyer"}, absent=SIGNED_IN - _SIDES, like=_trade),
}
