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


def _payout(world: World) -> dict[str, str]:
    """A payout of the merchant's, within its hold."""
    from evidence.clock import MARKET_CLOCK
    from kit.actors import SYSTEM
    from participants.actors import actor_of
    from settlement.operations import book_deposit
    from settlement.payouts import request_payout

    if "payout" not in world.things:
        ours = world.users["merchant"].acting_for
        book_deposit(organization=ours.code, amount_fen=1_000_000, reference="FND-MATRIX0003", actor=SYSTEM, clock=MARKET_CLOCK)
        world.things["payout"] = request_payout(organization=ours, amount_fen=100, to_account="6222020200112345",
                                                actor=actor_of(world.users["merchant"]), clock=MARKET_CLOCK)
    return {"code": world.things["payout"].code}


def _refund(world: World) -> dict[str, str]:
    """A refund the buyer asks of the merchant; a row of the book, since the world's settlement need not be settled."""
    from settlement.models import RefundRequest
    from tests.matrix import STANDING

    one = world.settlement
    made, _ = RefundRequest.objects.get_or_create(code="RFR-MATRIX0000", defaults={
        "settlement": one, "seller": one.seller, "buyer": one.buyer, "amount_fen": 1, "reason": "缺列", "requested_at": STANDING})
    return {"code": made.code}


def _suspense(world: World) -> dict[str, str]:
    """Money of an unknown owner."""
    from settlement.models import Suspense
    from tests.settlement.money import tell

    if "suspense" not in world.things:
        tell("credit", reference="STRAY-MATRIX", party="ORG-TYPO", amount_fen=100)
        world.things["suspense"] = Suspense.objects.get(notice__reference="STRAY-MATRIX")
    return {"code": world.things["suspense"].code}


def _offered(world: World) -> dict[str, str]:
    """A draft of the merchant's that is shared with another one."""
    from listings.models import ShareAgreement
    from tests.listings.matrix import shared

    return {"code": ShareAgreement.objects.get(code=shared(world)).version.listing.code}


def _reckoned(world: World) -> dict[str, str]:
    """A contribution the merchant reckoned by a table of utility."""
    from evidence.clock import MARKET_CLOCK
    from listings.models import ShareAgreement
    from participants.actors import actor_of
    from settlement.contributing import reckon_contribution
    from tests.listings.matrix import shared

    if "reckoned" not in world.things:
        one, (a, b) = ShareAgreement.objects.get(code=shared(world)), ("merchant", "merchant_b")
        codes = [world.users[name].acting_for.code for name in (a, b)]
        worths = [[[codes[0]], 3], [[codes[1]], 2], [codes, 4]]
        world.things["reckoned"] = reckon_contribution(version=one.version, inputs={"kind": "utility", "worths": worths},
                                                       actor=actor_of(world.users[a]), clock=MARKET_CLOCK)
    return {"code": world.things["reckoned"].code}


def _year(world: World) -> dict[str, str]:
    from evidence.clock import MARKET_CLOCK
    from participants.queries import LOCAL

    return {"year": str(MARKET_CLOCK.now().astimezone(LOCAL).year)}


def money_words(world: World) -> None:
    """What people write about money: why a payout is held, why a price is asked back."""
    from evidence.clock import MARKET_CLOCK
    from participants.actors import actor_of
    from settlement.models import Payout, Suspense
    from settlement.payouts import hold_payout
    from settlement.suspending import ask_clearing

    ask_clearing(suspense=Suspense.objects.get(**_suspense(world)), organization=world.users["buyer"].acting_for, basis="回单户名一致",
                 actor=actor_of(world.users["operator"]), clock=MARKET_CLOCK)
    _refund(world)
    one = Payout.objects.get(**_payout(world))
    hold_payout(payout=one, basis="反洗钱核查", actor=actor_of(world.users["regulator"]), clock=MARKET_CLOCK)


_DESK = {"operator", "regulator"}
_MONEY = {"operator", "compliance", "regulator", "auditor"}

ROWS: dict[str, Row | list[Row]] = {
    "desk/account/": Row(get=SIGNED_IN, absent={"admin"}, note="a sign-in without an organisation has no account"),
    "desk/statements.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/account/movements.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/account/registration/": Row(post={"buyer"}, absent={"admin"}),
    "desk/account/deposit/": Row(post=SIGNED_IN, absent={"admin"}, note="the amount is read first; who may book it says the operation"),
    "desk/statements/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/statements/<str:code>/": Row(get={"merchant", "buyer"}, absent=(SIGNED_IN | {"admin"}) - {"merchant", "buyer"},
                                       like=lambda world: {"code": world.settlement.code}),
    "desk/shares/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/shares.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/shares/pledge/": Row(post=SIGNED_IN, absent={"admin"}, note="who may pledge says the operation; a refusal is said on the page"),
    "redistribution/": Row(get=EVERYONE),
    "redistribution.csv": Row(get=EVERYONE),
    "desk/listings/<str:code>/contribution/": Row(get={"merchant"}, post={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=_offered,
                                                  body=lambda world: {"kind": "coverage", "key": "id"}),
    "desk/listings/<str:code>/contribution/coalitions.csv": Row(
        get={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=lambda world: _offered(world) | {"?": "parties=A,B&orders=2"}),
    "desk/contributions/<str:code>/": Row(get={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=_reckoned),
    "desk/contributions/<str:code>/inputs.json": Row(get={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=_reckoned),
    "redistribution/<int:year>/": Row(get=EVERYONE, like=_year),
    "redistribution/<int:year>.csv": Row(get=EVERYONE, like=_year),
    "desk/redistribution/<int:year>/postings.csv": Row(get=_MONEY, like=_year),
    "desk/public-shares/": Row(get={"publicdata"}),
    "desk/public-shares.csv": Row(get={"publicdata"}),
    "subsidies/": Row(get=EVERYONE),
    "desk/subsidies/": Row(get=_DESK, post=_DESK, note="the form is read first; who may propose says the operation"),
    "desk/subsidies/<str:code>/<str:act>/": Row(post=_DESK, like=lambda world: _fund(world) | {"act": "open"}),
    "desk/engagements/<str:code>/subsidy/": Row(get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=_order,
                                                body=lambda world: {"fund": _fund(world)["code"]}),
    "desk/payouts/": Row(get=PARTIES, post=PARTIES),
    "desk/payouts/transfer-in/": Row(post=PARTIES),
    "desk/payouts/<str:code>/<str:act>/": Row(post={"merchant"}, absent=PARTIES - {"merchant"},
                                              like=lambda world: _payout(world) | {"act": "cancel"}),
    "desk/refunds/": Row(get=PARTIES),
    "desk/refunds/<str:code>/<str:act>/": Row(post={"merchant"}, absent=PARTIES - {"merchant", "buyer"},
                                              like=lambda world: _refund(world) | {"act": "approve"}),
    "desk/statements/<str:code>/refund/": Row(post={"buyer"}, absent=PARTIES - {"buyer"},
                                              like=lambda world: {"code": world.settlement.code}),
    "desk/money/": Row(get=_MONEY),
    "desk/payouts.csv": Row(get=PARTIES),
    "desk/refunds.csv": Row(get=PARTIES),
    "desk/money/trial-balance/": Row(get=_MONEY),
    "desk/money/trial-balance.csv": Row(get=_MONEY),
    "desk/money/tax/": Row(get=_MONEY),
    "desk/money/tax.csv": Row(get=_MONEY),
    "desk/money/suspense/": Row(get=_MONEY),
    "desk/money/suspense.csv": Row(get=_MONEY),
    "desk/money/suspense/<str:code>/<str:word>/": Row(
        post={"operator"}, like=lambda world: _suspense(world) | {"word": "ask"},
        body=lambda world: {"organization": world.users["buyer"].acting_for.code, "basis": "银行回单"},
        note="the desk's door lets the overseers in; each act asks for its own permission"),
    "desk/money/<str:thing>/<str:code>/<str:word>/": Row(
        post={"operator"}, like=lambda world: {"thing": "books", "code": "now", "word": "reconcile"},
        note="the desk's door lets the overseers in; each act asks for its own permission"),
    "api/payouts/": Row(get=PARTIES, post=PARTIES),
    "api/bank/notices/": Row(post=EVERYONE, note="the bank's signature is its permission: without it 400"),
    "rules/fees/": Row(get=EVERYONE),
}
