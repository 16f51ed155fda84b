"""Who may what at the addresses of the floor: lots and the tape are everyone's, bids a buyer's, a trade its two parties'."""

from tests.matrix import EVERYONE, SIGNED_IN, Row, World


def _no_lot(world: World) -> dict[str, str]:
    return {"code": "LOT-0000000000"}


def _no_trade(world: World) -> dict[str, str]:
    return {"code": "TRD-0000000000"}


ROWS: dict[str, Row | list[Row]] = {
    "trading/": Row(get=EVERYONE),
    "trading/trades/": Row(get=EVERYONE),
    "api/lots/": Row(get=EVERYONE),
    "api/lots/<str:code>/": Row(absent=EVERYONE, like=_no_lot),
    "api/lots/<str:code>/ticks/": Row(absent=EVERYONE, like=_no_lot),
    "api/lots/<str:code>/bids/": Row(post={"buyer"}, like=_no_lot, note="the body is read before the lot; GET: no such lot"),
    "api/lots/<str:code>/bidders/": Row(absent={"buyer"}, like=_no_lot),
    "api/trades/": Row(get=SIGNED_IN),
    "api/trades/<str:code>/": Row(absent=SIGNED_IN, like=_no_trade),
    "api/trades/<str:code>/pay/": Row(absent=SIGNED_IN, like=_no_trade),
}
