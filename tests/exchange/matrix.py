"""Who may what at the addresses of the hall."""

from typing import Any

from tests.matrix import DESKS, EVERYONE, PARTIES, PROGRAMS, SIGNED_IN, Row, World


def _listed(world: World) -> dict[str, str]:
    return {"code": world.listed.code}


def _unlisted(world: World) -> dict[str, str]:
    return {"code": world.unlisted.code}


def _trade(world: World) -> dict[str, str]:
    return {"code": world.delivery.trade.code}


_MONEY = {"operator", "compliance", "regulator", "auditor"}


def _receipt(world: World) -> dict[str, str]:
    """A receipt of what the buyer paid the merchant; a row of the book, since the world's settlement need not be settled."""
    from settlement.models import Receipt
    from settlement.receipts import Paid, _written
    from tests.matrix import STANDING
    from trading.books import sha256_of

    if "receipt" not in world.things:
        one = world.settlement
        last = Receipt.objects.filter(venue=one.trade.venue, year=STANDING.year).count()
        paid = Paid("trade", one.code, one.trade.venue, one.buyer, one.seller, one.price_fen, STANDING, "", one.trade)
        said = _written(paid, code="RCP-MATRIX0000", year=STANDING.year, number=last + 1, at=STANDING)
        world.things["receipt"] = Receipt.objects.create(
            code=said["receipt"], venue=paid.venue, year=STANDING.year, number=last + 1, kind=paid.kind, subject=paid.subject,
            payer=paid.payer, payee=paid.payee, amount_fen=paid.amount_fen, happened_at=STANDING, issued_at=STANDING, content=said,
            content_hash=sha256_of(said), signature="00", key_id="-")
    return {"code": world.things["receipt"].code}


def _agreement(world: World) -> dict[str, str]:
    from tests.trading.matrix import deed_of

    return {"code": deed_of(world).code}


def _consent(world: World) -> dict[str, str]:
    return {"code": str(world.things["consent"])}


def extend(world: World) -> None:
    """What was recorded is sealed, as it is within seconds, so that papers have their bundle."""
    from evidence.clock import MARKET_CLOCK
    from evidence.sealing import seal_batch

    assert world.delivery
    _consented(world)
    _hooked(world)
    seal_batch(clock=MARKET_CLOCK)


def _hooked(world: World) -> None:
    """An address of the merchant's that did not answer."""
    from evidence.clock import MARKET_CLOCK
    from kit.ids import new_code
    from participants.models import Webhook

    ours = world.users["merchant"].acting_for
    assert ours is not None
    hook = Webhook(code=new_code("WHK"), organization=ours, url="https://example.com/in", secret="whsec_AAAA", position=0,
                   created_at=MARKET_CLOCK.now())
    hook.save()
    hook.status, hook.status_reason = "paused", "对方停机"
    hook.save(update_fields=["status", "status_reason"])
    world.things["webhook"] = hook.code


def _consented(world: World) -> None:
    """A consent that the trustee gave for a principal, and what it asked of the holder."""
    from datetime import timedelta

    from evidence.clock import MARKET_CLOCK
    from listings.operations import give_consent, import_principals, open_subject_request
    from participants.actors import actor_of

    trustee = world.users["trustee"]
    by: dict[str, Any] = {"actor": actor_of(trustee), "clock": MARKET_CLOCK}
    assert trustee.acting_for is not None
    taken = import_principals(organization=trustee.acting_for,
                              content="编号,姓名,证件号,委托至\n甲,赵一,11010519491231002X,2039-12-31\n".encode(), **by)
    one = give_consent(product=world.delivery.version.listing.product, purpose="industry", kinds=["位置"], recipients=["买方"],
                       effective_to=MARKET_CLOCK.now() + timedelta(days=300), principal=taken.made[0], **by)
    world.things["consent"] = one.code
    world.things["subject_request"] = open_subject_request(consent=one, kind="correct", text="地址有误", **by).code


ROWS: dict[str, Row | list[Row]] = {
    "": Row(get=EVERYONE),
    "turnover/": Row(get=EVERYONE),
    "prices/": Row(get=EVERYONE),
    "rules/algorithms/": Row(get=EVERYONE),
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
    "bulletins/monthly/": Row(get=EVERYONE),
    "desk/market-report/": Row(get=DESKS),
    "bulletins/sanctions/": Row(get=EVERYONE),
    "public-data/": Row(get=EVERYONE),
    "verify/": Row(get=EVERYONE, post=EVERYONE),
    "verify/<str:code>": Row(get=EVERYONE, like=lambda world: {"code": world.listed.certificate.code}),
    "verify/<str:code>/result/": Row(absent=EVERYONE, like=_trade, note="a file is held against the certificate of an answer only"),
    "verify/<str:code>/certificate.json": Row(absent=EVERYONE, like=_trade, note="only answers and deletions have one"),
    "verify/<str:code>/bundle/": [
        Row(get=EVERYONE, like=_trade, note="what is not the reader's stands in it by its hash only"),
        Row(absent=EVERYONE, like=lambda world: {"code": "TRD-0000000000"}, note="no such paper"),
    ],
    "honesty/": Row(get=EVERYONE),
    "learn/": Row(get=EVERYONE),
    "learn/<slug:key>/": Row(get=EVERYONE, like=lambda world: {"key": "three-rights"}),
    "desk/": Row(get=PROGRAMS, note="a sign-in without a role sees an empty desk"),
    "desk/first-listing/": Row(get={"merchant", "merchant_b", "publicdata"}),
    "desk/notices/": Row(get=PROGRAMS),
    "desk/consents/": Row(get={"trustee"}),
    "desk/consents/copy/": Row(get={"trustee"}),
    "desk/consents/<str:code>/withdraw/": Row(post={"trustee"}, like=_consent),
    "desk/consents/<str:code>/ask/": Row(post={"trustee"}, like=_consent),
    "desk/principals/": Row(get={"trustee"}),
    "desk/principals/import/": Row(post={"trustee"}),
    "desk/principals/consent/": Row(post={"trustee"}),
    "desk/trades/<trade_code:code>/": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_trade),
    "desk/trades/<trade_code:code>/accounting/": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_trade),
    "desk/trades/<trade_code:code>/accounting.csv": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_trade),
    "desk/trades/<trade_code:code>/fees/": Row(get={"merchant", "buyer"}, absent=PROGRAMS - {"merchant", "buyer"}, like=_trade),
    "desk/trades/<trade_code:code>/fees.csv": Row(get={"merchant", "buyer"}, absent=PROGRAMS - {"merchant", "buyer"}, like=_trade),
    "desk/money/flows/": Row(get=_MONEY),
    "desk/money/flows.csv": Row(get=_MONEY),
    "desk/receipts/": Row(get=PROGRAMS, note="each sees what it paid or was paid; those who oversee the money see all"),
    "desk/receipts.csv": Row(get=PROGRAMS),
    "desk/receipts/<str:code>/": Row(get={"merchant", "buyer"} | _MONEY, absent=PROGRAMS - {"merchant", "buyer"} - _MONEY, like=_receipt),
    "desk/receipts/<str:code>/receipt.json": Row(
        get={"merchant", "buyer"} | _MONEY, absent=PROGRAMS - {"merchant", "buyer"} - _MONEY, like=_receipt),
    "desk/income/": Row(get=SIGNED_IN, absent={"admin"}, note="of the organisation one acts for"),
    "desk/income.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/spending/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/spending.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/organisation/webhooks/": Row(get=PARTIES),
    "desk/organisation/webhooks/new/": Row(post=PARTIES),
    "desk/organisation/webhooks/<str:code>/": Row(
        post={"merchant"}, absent=PARTIES - {"merchant"}, like=lambda world: {"code": world.things["webhook"]},
        body=lambda _world: {"act": "rotate"}),
    "desk/agreements/<str:code>/": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_agreement),
    "desk/agreements/<str:code>/policy.jsonld": Row(
        get={"merchant", "buyer"} | DESKS, absent=PROGRAMS - {"merchant", "buyer"} - DESKS, like=_agreement),
    "compare/": Row(get=EVERYONE),
    "favicon.ico": Row(get=EVERYONE),
    "preferences/": Row(get=EVERYONE),
    "health/": Row(get=EVERYONE),
    "health/live/": Row(get=EVERYONE),
    "health/ready/": Row(get=EVERYONE),
    "accounts/act-for/": Row(post={"merchant"}, absent=EVERYONE - {"merchant"}, note="a seat that is not held does not exist",
                             body=lambda world: {"organization": world.users["merchant"].acting_for.code}),
    "api/": Row(get=EVERYONE),
    "api/changes/": Row(get=EVERYONE, note="each reader its own part"),
    "api/schema/": Row(get=EVERYONE),
    "api/docs/": Row(get=EVERYONE),
    "api/docs/problems/": Row(get=EVERYONE),
}
