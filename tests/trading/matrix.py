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
    """A lot of the merchant's, announced."""
    from tests.trading.worlds import make_lot

    world.things["lot"] = make_lot(world.listed)


def _no_lot(world: World) -> dict[str, str]:
    return {"code": "LOT-0000000000"}


def _no_trade(world: World) -> dict[str, str]:
    return {"code": "TRD-0000000000"}


ROWS: dict[str, Row | list[Row]] = {
    "trading/": Row(get=EVERYONE),
    "trading/trades/": Row(get=EVERYONE),
    "trading/lots/<str:code>/": [Row(get=EVERYONE, like=_lot), Row(absent=EVERYONE, like=_no_lot)],
    "trading/lots/<str:code>/replay/": Row(get=EVERYONE, like=_lot),
    "trading/lots/<str:code>/register/": Row(post={"buyer"}, like=_lot),
    "trading/lots/<str:code>/bid/": Row(post={"buyer"}, like=_lot),
    "desk/bids/": Row(get={"buyer"}),
    "desk/lots/": Row(get=_SELLERS),
    "desk/lots/new/": Row(get=_SELLERS, post=_SELLERS),
    "desk/lots/<str:code>/cancel/": Row(post={"merchant"}, absent=_SELLERS - {"merchant"}, like=_lot),
    "desk/trades/<str:code>/pay/": Row(post={"buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/trades/<str:code>/cancel/": Row(post={"merchant", "buyer"}, absent=_TRADERS - {"merchant", "buyer"}, like=_trade),
    "desk/filings/new/": Row(get=_TRADERS, post=_TRADERS),
    "api/lots/": Row(get=EVERYONE),
    "api/lots/<str:code>/": Row(absent=EVERYONE, like=_no_lot),
    "api/lots/<str:code>/ticks/": Row(absent=EVERYONE, like=_no_lot),
    "api/lots/<str:code>/bids/": Row(post={"buyer"}, like=_no_lot, note="the body is read before the lot; GET: no such lot"),
    "api/lots/<str:code>/bidders/": Row(absent={"buyer"}, like=_no_lot),
    "api/trades/": Row(get=SIGNED_IN),
    "api/trades/<str:code>/": Row(absent=SIGNED_IN, like=_no_trade),
    "api/trades/<str:code>/pay/": Row(absent=SIGNED_IN, like=_no_trade),
}
