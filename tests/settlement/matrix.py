"""Who may what at the addresses of settlement: each party's own money; the fee table is everyone's."""

from tests.matrix import EVERYONE, PARTIES, SIGNED_IN, Row, World


def _fund(world: World) -> dict[str, str]:
    from tests.settlement.subsidies import fund_proposed

    if "fund" not in world.things:
        world.things["fund"] = fund_proposed()
    return {"code": world.things["fund"].code}


def _order(world: World) -> dict[str, str]:
    """An order of the merchant's, waiting for its provider."""
    from evidence.clock import MARKET_CLOCK
    from kit.actors import SYSTEM
    from ledger.operations import fund
    from participants.actors import actor_of
    from tests.compliance.engagements import Ordered

    if "order" not in world.things:
        client = world.users["merchant"].acting_for
        fund(organization=client.code, amount_fen=100_000_000, reference="FND-MATRIX0002", actor=SYSTEM, clock=MARKET_CLOCK)
        world.things["order"] = Ordered(at=MARKET_CLOCK, client_of=(client, actor_of(world.users["merchant"]))).order
    return {"code": world.things["order"].code}


_DESK = {"operator", "regulator"}

ROWS: dict[str, Row | list[Row]] = {
    "desk/account/": Row(get=SIGNED_IN, absent={"admin"}, note="a sign-in without an organisation has no account"),
    "desk/statements.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/account/movements.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/account/deposit/": Row(post=SIGNED_IN, absent={"admin"}, note="the amount is read first; who may book it says the operation"),
    "desk/statements/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/statements/<str:code>/": Row(get={"merchant", "buyer"}, absent=(SIGNED_IN | {"admin"}) - {"merchant", "buyer"},
                                       like=lambda world: {"code": world.settlement.code}),
    "desk/shares/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/shares/pledge/": Row(post=SIGNED_IN, absent={"admin"}, note="who may pledge says the operation; a refusal is said on the page"),
    "redistribution/": Row(get=EVERYONE),
    "redistribution.csv": Row(get=EVERYONE),
    "desk/public-shares/": Row(get={"publicdata"}),
    "desk/public-shares.csv": Row(get={"publicdata"}),
    "subsidies/": Row(get=EVERYONE),
    "desk/subsidies/": Row(get=_DESK, post=_DESK, note="the form is read first; who may propose says the operation"),
    "desk/subsidies/<str:code>/<str:act>/": Row(post=_DESK, like=lambda world: _fund(world) | {"act": "open"}),
    "desk/engagements/<str:code>/subsidy/": Row(get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=_order,
                                                body=lambda world: {"fund": _fund(world)["code"]}),
    "api/bank/lines/": Row(note="the bank's signature is the door; no session and no key of ours opens it"),
    "rules/fees/": Row(get=EVERYONE),
}
