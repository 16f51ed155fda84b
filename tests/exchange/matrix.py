"""Who may what at the addresses of the hall."""

from tests.matrix import DESKS, EVERYONE, PROGRAMS, Row, World


def _listed(world: World) -> dict[str, str]:
    return {"code": world.listed.code}


def _unlisted(world: World) -> dict[str, str]:
    return {"code": world.unlisted.code}


def _trade(world: World) -> dict[str, str]:
    return {"code": world.delivery.trade.code}


def extend(world: World) -> None:
    """What was recorded is sealed, as it is within seconds, so that papers have their bundle."""
    from evidence.clock import MARKET_CLOCK
    from evidence.sealing import seal_batch

    assert world.delivery
    seal_batch(clock=MARKET_CLOCK)


ROWS: dict[str, Row | list[Row]] = {
    "": Row(get=EVERYONE),
    "turnover/": Row(get=EVERYONE),
    "find/": Row(get=EVERYONE),
    "listings/<listing_code:code>/": [
        Row(get=EVERYONE, like=_listed),
        Row(get={"merchant"}, absent=EVERYONE - {"merchant"}, like=_unlisted, note="another's draft does not exist"),
    ],
    "listings/<listing_code:code>/sample/": [
        Row(get=EVERYONE, like=_listed),
        Row(get={"merchant"}, absent=EVERYONE - {"merchant"}, like=_unlisted, note="another's draft does not exist"),
    ],
    "bulletins/": Row(get=EVERYONE),
    "bulletins/sanctions/": Row(get=EVERYONE),
    "verify/": Row(get=EVERYONE, post=EVERYONE),
    "verify/<str:code>": Row(get=EVERYONE, like=lambda world: {"code": world.listed.certificate.code}),
    "verify/<str:code>/bundle/": [
        Row(get=EVERYONE, like=_trade, note="what is not the reader's stands in it by its hash only"),
        Row(absent=EVERYONE, like=lambda world: {"code": "TRD-0000000000"}, note="no such paper"),
    ],
    "honesty/": Row(get=EVERYONE),
    "desk/": Row(get=PROGRAMS, note="a sign-in without a role sees an empty desk"),
    "desk/first-listing/": Row(get={"merchant", "merchant_b", "publicdata"}),
    "desk/notices/": Row(get=PROGRAMS),
    "desk/trades/<trade_code:code>/": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_trade),
    "desk/trades/<trade_code:code>/accounting/": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_trade),
    "desk/trades/<trade_code:code>/accounting.csv": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_trade),
    "favicon.ico": Row(get=EVERYONE),
    "preferences/": Row(get=EVERYONE),
    "health/": Row(get=EVERYONE),
    "health/live/": Row(get=EVERYONE),
    "health/ready/": Row(get=EVERYONE),
    "accounts/act-for/": Row(post={"merchant"}, absent=EVERYONE - {"merchant"}, note="a seat that is not held does not exist",
                             body=lambda world: {"organization": world.users["merchant"].acting_for.code}),
    "api/": Row(get=EVERYONE),
    "api/schema/": Row(get=EVERYONE),
    "api/docs/": Row(get=EVERYONE),
    "api/docs/problems/": Row(get=EVERYONE),
}
