"""Who may what at the addresses of compliance: the law book is everyone's; declarations, filings, cases are the party's own."""

from io import BytesIO

from compliance.models import CasePaper
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.models import Deposit
from tests.matrix import DESKS, EVERYONE, PARTIES, Row, World

_DECLARERS = frozenset({"merchant", "merchant_b", "publicdata", "trustee"})


def _code(thing: str):
    return lambda world: {"code": world.things[thing].code}


def _sealed_dispute(world: World) -> dict[str, str]:
    """What was recorded is sealed, as it is within seconds: a bundle is of sealed facts."""
    from evidence.clock import MARKET_CLOCK
    from evidence.sealing import seal_batch

    seal_batch(clock=MARKET_CLOCK)
    return {"code": world.things["dispute"].code}


def _complaint(world: World) -> dict[str, str]:
    return {"code": world.things["complaint"].code, "?": f"key={world.things['complaint_key']}"}


ROWS: dict[str, Row | list[Row]] = {
    "rules/": Row(get=EVERYONE),
    "rules/negative-list/": Row(get=EVERYONE),
    "rules/negative-list/<str:code>/": [
        Row(get=EVERYONE, post=EVERYONE - {"visitor", "admin"}, like=_code("proposal"), body={"text": "建议给出过渡期。"}),
        Row(absent=EVERYONE, like=_code("list_draft"), note="a draft is the authority's own"),
    ],
    "rules/circulation/": Row(get=EVERYONE),
    "rules/cross-border/": Row(get=EVERYONE),
    "rules/grading/": Row(get=EVERYONE),
    "rules/standing/": Row(get=EVERYONE),
    "complaints/new/": Row(get=EVERYONE, post=EVERYONE),
    "complaints/<str:code>/": [
        Row(get=EVERYONE, post=EVERYONE, like=_complaint,
            note="whoever holds the key, and nobody else: not even the party complained of"),
        Row(absent=EVERYONE, like=_code("complaint")),
        Row(absent=EVERYONE, like=lambda world: {"code": world.things["complaint"].code, "?": "key=0000-0000-0000"}),
    ],
    "complaints/<str:code>/papers/<int:key>/": [
        Row(get=EVERYONE, like=lambda world: {**_complaint(world), "key": world.things["complaint_paper"].pk}, note="who has the key"),
        Row(absent=EVERYONE, like=lambda world: {"code": world.things["complaint"].code, "key": world.things["complaint_paper"].pk}),
    ],
    "desk/disputes/<str:code>/": Row(get={"merchant", "buyer"}, post={"merchant", "buyer"}, absent=PARTIES - {"merchant", "buyer"},
                                     like=_code("dispute"), body={"act": "propose", "percent": "30", "text": "退三成"}),
    "desk/disputes/<str:code>/evidence/": Row(get={"merchant", "buyer"}, absent=PARTIES - {"merchant", "buyer"}, like=_sealed_dispute,
                                              note="the two sides and their arbitrator"),
    "desk/papers/<int:key>/": Row(get={"merchant", "buyer"}, absent=PARTIES - {"merchant", "buyer"},
                                  like=lambda world: {"key": world.things["paper"].pk}, note="the two sides of its matter"),
    "desk/diligence/": Row(get=PARTIES, post=PARTIES, body={"checklist": "use", "subject_code": "TRD-1", "done": [
        "licence", "meter", "access", "no_reidentify"]}),
    "desk/self-reports/": Row(get=PARTIES, post=PARTIES),
    "rules/declarations/": Row(get=EVERYONE),
    "rules/declarations/<str:code>/": Row(absent=EVERYONE, like=_code("declaration"), note="what is not signed is nobody's to read"),
    "desk/declarations/": Row(get=_DECLARERS),
    "desk/declarations/new/": Row(post=_DECLARERS),
    "desk/declarations/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent=_DECLARERS - {"merchant"}, like=_code("declaration")),
    "desk/requisitions/": Row(get=PARTIES | {"regulator"}, note="only a public body calls"),
    "desk/requisitions/<str:code>/": Row(post={"merchant"}, absent=PARTIES - {"merchant"}, like=_code("requisition"),
                                         body={"act": "supply"}, note="whoever is called upon supplies"),
    "desk/requisitions/<str:code>/file/": Row(absent=PARTIES, like=_code("requisition"), note="only the body that called reads"),
    "desk/filings/": Row(get=PARTIES),
    "desk/filings/<str:code>/": Row(get={"merchant", "buyer"}, post={"buyer"}, absent=PARTIES - {"merchant", "buyer"},
                                    like=_code("filing"), body={"act": "confirm"}, note="the named party confirms, never the reporter"),
    "desk/cases/": Row(get=PARTIES),
    "desk/cases/<str:code>/": [
        Row(get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=_code("case"), body={"text": "合同已附，自有采集。"}),
        Row(absent=PARTIES, like=_code("quiet_case"), note="a case in which the party was asked nothing is the desk's alone"),
    ],
    "desk/exports/": Row(get={"merchant", "merchant_b", "publicdata"}, post={"merchant", "merchant_b", "publicdata"}),
    "desk/exports/<str:code>/": Row(post={"merchant"}, absent={"merchant_b", "publicdata"},
                                    like=lambda world: {"code": world.things["export"].code}),
    "services/": Row(get=EVERYONE),
    "services/<str:code>/": Row(get=EVERYONE, post=EVERYONE, like=_code("offer"), note="the page is public; the order asks for a party"),
    "reports/<str:code>/": Row(get={"merchant"} | DESKS, post={"compliance", "regulator"}, absent=EVERYONE - {"merchant"} - DESKS,
                               like=_code("report"),
                               note="about no public listing: its two sides and the desks, two of which open a case about it"),
    "desk/services/": Row(get={"merchant", "merchant_b"}, post={"merchant", "merchant_b"},
                          note="third parties, and merchants that serve others"),
    "desk/services/<str:code>/withdraw/": Row(absent={"merchant", "merchant_b"}, like=_code("offer"), note="the provider's alone"),
    "desk/engagements/": Row(get=PARTIES),
    "desk/engagements/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=_code("order"),
                                        body={"act": "approve"}),
    "covenants/": Row(get=EVERYONE, note="an association publishes; the world has none of its people"),
    "covenants/<str:code>/": Row(get=EVERYONE, post=PARTIES, like=_code("covenant"), body={"act": "sign"}),
    "rules/responsibility/": Row(get=EVERYONE),
    "rules/responsibility/<str:code>/": Row(get=EVERYONE, like=_code("responsibility")),
    "desk/responsibility/": Row(get=PARTIES),
    "desk/responsibility/<str:code>/preview/": Row(get={"merchant"}, absent=PARTIES - {"merchant"}, like=_code("responsibility"),
                                                   note="a draft is its author's own"),
    "desk/credit/": Row(get=PARTIES),
    "desk/credit/<str:code>/": [
        Row(get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=_code("conduct"), body={"act": "waive"}),
        Row(absent=PARTIES, like=_code("unnotified"), note="an accusation is the party's to see from its notice on"),
    ],
}


def _cooperation(world: World) -> None:
    """A covenant of an association, a large party's report that is filed."""
    from compliance.covenants import publish_covenant
    from compliance.models import ResponsibilityReport
    from compliance.responsibility import file_responsibility, heads, open_report
    from evidence.clock import MARKET_CLOCK
    from participants.actors import actor_of
    from participants.roles import OrganizationKind, Role
    from tests.factories import make_organization, make_user

    house = make_organization(kind=OrganizationKind.ASSOCIATION, admitted=False, name="数据行业协会")
    speaker = actor_of(make_user(Role.ASSOCIATION, organization=house))
    world.things["covenant"] = publish_covenant(association=house, key="fair", title=("公平公约", "Fair covenant"), actor=speaker,
                                                text="成员不低价倾销，不虚报质量，不泄露交易对方的信息。", clock=MARKET_CLOCK)
    merchant = world.users["merchant"]
    made: ResponsibilityReport = open_report(organization=merchant.acting_for, year=MARKET_CLOCK.now().year - 1, clock=MARKET_CLOCK)
    world.things["responsibility"] = file_responsibility(
        report=made, answers={one.key: "本年度已开展相关工作，无重大事项，情况如实说明。" for one in heads()}, actor=actor_of(merchant),
        clock=MARKET_CLOCK)


def _reporters_paper() -> Deposit:
    return deposit(BytesIO("逐条可见".encode()), name="screenshot.txt", owner="complaint", at=MARKET_CLOCK.now())


def extend(world: World) -> None:
    """Of the merchant's: a declaration's draft, a filing naming the buyer, a desk's question, conduct cases, a complaint, a dispute."""
    from compliance.operations import (
        ask_party,
        begin_list,
        claim_case,
        draft_declaration,
        file_complaint,
        file_trade,
        notify_accused,
        open_case,
        open_conduct_case,
        open_dispute,
        open_export,
        propose_list,
        retire_rule,
    )
    from compliance.screening import Profile
    from evidence.clock import MARKET_CLOCK
    from kit.actors import SYSTEM
    from kit.ids import new_code
    from participants.actors import VISITOR, actor_of
    from tests.compliance.profiles import clean
    from tests.compliance.worlds import called
    from tests.factories import clock

    merchant, buyer = world.users["merchant"], world.users["buyer"]
    drafter, label = actor_of(world.users["regulator"]), new_code("NLV")
    world.things["list_draft"] = begin_list(version=label, summary=("起草", "Draft"), actor=drafter, clock=MARKET_CLOCK)
    proposal = begin_list(version=new_code("NLV"), summary=("修订", "Revision"), actor=drafter, clock=MARKET_CLOCK)
    proposal = retire_rule(version=proposal, edition=1, rule_id="NL-R-16", actor=drafter, clock=MARKET_CLOCK)
    world.things["proposal"] = propose_list(version=proposal, actor=drafter, clock=MARKET_CLOCK)
    actor = actor_of(merchant)
    world.things["declaration"] = draft_declaration(organization=merchant.acting_for, answers={}, actor=actor, clock=clock())
    world.things["filing"] = file_trade(report=new_code("TRR"), profile=Profile(facts=clean(), title="充电桩利用率数据"),
                                        reporter=merchant.acting_for, counterparty=buyer.acting_for, actor=actor, clock=clock())
    world.things["export"] = open_export(exporter=merchant.acting_for, product_code="PRD-1", recipient="海外接收方", country="SG",
                                         facts=clean(cross_border=True), safeguards="同等保护", actor=actor, clock=MARKET_CLOCK)
    _cooperation(world)
    world.things["requisition"] = called(holder=merchant.acting_for)
    party, officer = merchant.acting_for, actor_of(world.users["compliance"])
    for name, subject in (("case", "DCL-1"), ("quiet_case", "DCL-2")):
        world.things[name] = open_case(kind="sample", subject_kind="declaration", subject_code=subject, organization=party,
                                       title=("来源存疑", "Source in doubt"), actor=SYSTEM, clock=MARKET_CLOCK)
    claim_case(case=world.things["case"], actor=officer, clock=MARKET_CLOCK)
    ask_party(case=world.things["case"], text="请补充来源协议。", actor=officer, clock=MARKET_CLOCK)
    for name in ("conduct", "unnotified"):
        world.things[name] = open_conduct_case(organization=party, conduct="late_payment", subject_code=f"TRD-{name}", text="逾期",
                                               actor=officer, clock=MARKET_CLOCK)
    notify_accused(case=world.things["conduct"], actor=officer, clock=MARKET_CLOCK)
    world.things["complaint"], world.things["complaint_key"] = file_complaint(
        kind="privacy", text="该数据含可识别个人的信息，请核查。", subject_code=party.code, papers=[_reporters_paper()], actor=VISITOR,
        clock=MARKET_CLOCK)
    world.things["complaint_paper"] = CasePaper.objects.get(subject=world.things["complaint"].code)
    world.things["dispute"] = open_dispute(subject_code="TRD-1", opener=buyer.acting_for, respondent=party, claim="质量低于声明",
                                           actor=actor_of(buyer), clock=MARKET_CLOCK)
    _hand_in(world)
    _engage(world)


def _hand_in(world: World) -> None:
    """The respondent's statement in the dispute, with a paper."""
    import io

    from compliance.models import CasePaper
    from compliance.operations import submit_to_dispute
    from evidence.clock import MARKET_CLOCK
    from evidence.files import deposit
    from participants.actors import actor_of
    from tests.factories import PDF

    merchant = actor_of(world.users["merchant"])
    paper = deposit(io.BytesIO(PDF), name="说明书.pdf", owner=merchant.organization, at=MARKET_CLOCK.now())
    submit_to_dispute(dispute=world.things["dispute"], text="质量与声明一致", papers=[paper], actor=merchant, clock=MARKET_CLOCK)
    world.things["paper"] = CasePaper.objects.get(subject=world.things["dispute"].code, deposit=paper)


def _engage(world: World) -> None:
    """A third party's offer, and an order of the merchant's whose report waits for it."""
    from kit.actors import SYSTEM
    from ledger.operations import fund
    from participants.actors import actor_of
    from tests.compliance.engagements import Ordered
    from tests.factories import clock

    client = world.users["merchant"].acting_for
    fund(organization=client.code, amount_fen=100_000_000, reference="FND-MATRIX0001", actor=SYSTEM, clock=clock())
    made = Ordered(client_of=(client, actor_of(world.users["merchant"]))).accepted()
    world.things["report"], world.things["order"], world.things["offer"] = made.report(), made.order, made.offer
