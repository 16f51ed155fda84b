"""Who may what at the addresses of the floor: lots and the tape are everyone's, bids a buyer's, a trade its two parties'."""

from tests.matrix import EVERYONE, SIGNED_IN, Row, World

#: who offers, and who trades
_SELLERS = frozenset({"merchant", "merchant_b", "publicdata"})
_TRADERS = _SELLERS | {"buyer"}


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
    hidden.pk, hidden.code, hidden.status, hidden.tick_seq = None, "LOT-MATRIX0000", "draft", 0
    hidden.listing = make_listing(world.users["merchant"].acting_for)
    hidden.version = hidden.listing.version
    hidden.save(force_insert=True)
    world.things["draft"] = hidden
    from tests.trading.worlds import free_use

    world.things["use"] = free_use(world.delivery.trade)
    world.things["priced"] = make_listing(world.users["merchant"].acting_for, sale_mode="fixed")


def _use(world: World) -> dict[str, str]:
    return {"code": world.things["use"].code}


def _priced(world: World) -> dict[str, str]:
    return {"code": world.things["priced"].code}


def _draft(world: World) -> dict[str, str]:
    return {"code": world.things["draft"].code}


_STRANGERS = EVERYONE - {"merchant"}
_SIDES = {"merchant", "buyer"}


ROWS: dict[str, Row | list[Row]] = {
    "rules/secrecy/": Row(get=EVERYONE),
    "trading/": Row(get=EVERYONE),
    "trading/trades/": Row(get=EVERYONE),
    "trading/trades.csv": Row(get=EVERYONE),
    "trading/lots/<str:code>/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "disclosures/": Row(get=EVERYONE),
    "disclosures/<str:code>/": Row(get=EVERYONE, like=lambda world: {"code": world.users["merchant"].acting_for.code}),
    "trading/lots/<str:code>/replay/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "trading/lots/<str:code>/why/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "trading/lots/<str:code>/register/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/bid/": Row(post={"buyer"}, like=_lot),
    "listings/<str:code>/buy/": Row(get={"buyer"}, post={"buyer"}, like=_priced),
    "trading/lots/<str:code>/take/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/slip/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/seal/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/reveal/": Row(post={"buyer"}, like=_lot),
    "desk/bids/": Row(get={"buyer"}),
    "desk/lots/": Row(get=_SELLERS),
    "desk/lots/new/": Row(get=_SELLERS, post=_SELLERS),
    "desk/lots/<str:code>/cancel/": Row(post={"merchant"}, absent=_SELLERS - {"merchant"}, like=_lot),
    "desk/trades/<str:code>/pay/": Row(post={"buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/trades/<str:code>/cancel/": Row(post={"merchant", "buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/public-uses/": Row(get=_TRADERS),
    "desk/public-uses/<str:code>/": Row(post={"buyer"}, like=_use,
                                        body={"report": "用于城市交通治理，已据此调整二十条线路，未再提供。"},
                                        note="the seller reads the report, whoever took the data writes it"),
    "desk/filings/new/": Row(get=_TRADERS, post=_TRADERS),
    "api/market/small-buyers/": Row(get=EVERYONE),
    "api/lots/": Row(get=EVERYONE),
    "api/lots/<str:code>/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "api/lots/<str:code>/ticks/": [Row(get=EVERYONE, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "api/lots/<str:code>/bids/": [Row(get=EVERYONE, post={"buyer"}, like=_lot), Row(get={"merchant"}, absent=_STRANGERS, like=_draft)],
    "api/lots/<str:code>/bidders/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/takes/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/seals/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/lots/<str:code>/reveals/": [Row(post={"buyer"}, like=_lot), Row(absent={"buyer"}, like=_draft)],
    "api/listings/<str:code>/purchases/": Row(get=EVERYONE, post={"buyer"}, like=_priced),
    "api/trades/": Row(get=SIGNED_IN),
    "api/trades/<str:code>/": Row(get=_SIDES, absent=SIGNED_IN - _SIDES, like=_trade),
    "api/trades/<str:code>/pay/": Row(post={"buyer"}, absent=SIGNED_IN - _SIDES, like=_trade),
}
