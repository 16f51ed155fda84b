"""Who may what at the addresses of compliance: the law book is everyone's; declarations, filings, cases are the party's own."""

from tests.matrix import EVERYONE, PARTIES, Row, World

_DECLARERS = frozenset({"merchant", "merchant_b", "publicdata", "trustee"})


def _code(thing: str):
    return lambda world: {"code": world.things[thing].code}


ROWS: dict[str, Row | list[Row]] = {
    "rules/": Row(get=EVERYONE),
    "rules/negative-list/": Row(get=EVERYONE),
    "rules/standing/": Row(get=EVERYONE),
    "complaints/new/": Row(get=EVERYONE, post=EVERYONE),
    "complaints/<str:code>/": Row(absent=EVERYONE, like=lambda world: {"code": "CMP-0000000000"}),
    "desk/disputes/<str:code>/": Row(absent=PARTIES, like=lambda world: {"code": "DSP-0000000000"}),
    "desk/declarations/": Row(get=_DECLARERS),
    "desk/declarations/new/": Row(post=_DECLARERS),
    "desk/declarations/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent=_DECLARERS - {"merchant"}, like=_code("declaration")),
    "desk/filings/": Row(get=PARTIES),
    "desk/filings/<str:code>/": Row(get={"merchant", "buyer"}, post={"buyer"}, absent=PARTIES - {"merchant", "buyer"},
                                    like=_code("filing"), body={"act": "confirm"}, note="the named party confirms, never the reporter"),
    "desk/cases/": Row(get=PARTIES),
    "desk/cases/<str:code>/": Row(absent=PARTIES, like=lambda world: {"code": "CASE-0000000000"}),
    "desk/credit/": Row(get=PARTIES),
    "desk/credit/<str:code>/": Row(absent=PARTIES, like=lambda world: {"code": "CND-0000000000"}),
}


def extend(world: World) -> None:
    """A declaration's draft and a filing of the merchant's that names the buyer."""
    from compliance.operations import draft_declaration, file_trade
    from compliance.screening import Profile
    from kit.ids import new_code
    from participants.actors import actor_of
    from tests.compliance.profiles import clean
    from tests.factories import clock

    merchant, buyer = world.users["merchant"], world.users["buyer"]
    actor = actor_of(merchant)
    world.things["declaration"] = draft_declaration(organization=merchant.acting_for, answers={}, actor=actor, clock=clock())
    world.things["filing"] = file_trade(report=new_code("TRR"), profile=Profile(facts=clean(), title="充电桩利用率数据"),
                                        reporter=merchant.acting_for, counterparty=buyer.acting_for, actor=actor, clock=clock())
