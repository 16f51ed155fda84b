"""Who may what at the addresses of listings: what is on sale is everyone's to see; the supply desk is the supplier's own."""

from collections.abc import Callable

from tests.matrix import DESKS, EVERYONE, PROGRAMS, SIGNED_IN, Row, World

#: members of supplying organisations
_SUPPLIERS = frozenset({"merchant", "merchant_b", "publicdata"})
#: who sees the supply desk at all (a buyer may hold rights); what it does there is the operation's gate, told on the page
_AT_DESK = _SUPPLIERS | {"buyer"}

#: desks that take what people write off a page, with a reason
_MODERATORS = frozenset({"operator", "compliance", "regulator"})


def _listed(world: World) -> dict[str, str]:
    return {"code": world.listed.code}


def _unlisted(world: World) -> dict[str, str]:
    return {"code": world.unlisted.code}


def _opened(world: World) -> dict[str, str]:
    return {"code": world.things["opened"].code}


def _word(thing: str, word: str, name: str) -> Callable[[World], dict[str, str]]:
    return lambda world: {"code": str(world.things[thing]), name: word}


def _acts(thing: str, name: str, *words: str) -> list[Row]:
    return [Row(post={"merchant"}, absent=_AT_DESK - {"merchant"}, like=_word(thing, word, name)) for word in words]


def _ours(post: bool = False) -> Row:
    mine = {"merchant"}
    return Row(get=set() if post else mine, post=mine, absent=_AT_DESK - mine, like=_unlisted)


def _around() -> list[Row]:
    return [Row(post=SIGNED_IN, like=_listed), Row(post={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=_unlisted)]


def _resource(world: World) -> dict[str, str]:
    return {"code": str(world.things["resource"])}


def _asked(world: World) -> dict[str, str]:
    from tests.exchange.matrix import _consented

    if "subject_request" not in world.things:
        _consented(world)
    return {"code": str(world.things["subject_request"])}


def _anonymised(world: World) -> dict[str, str]:
    """A product of the merchant's made of persons' data, which one of them opted out of."""
    if "opt_out" not in world.things:
        from evidence.clock import MARKET_CLOCK
        from listings.opting_out import open_opt_out
        from participants.actors import actor_of
        from tests.trading.worlds import make_listing

        listing = make_listing(world.users["merchant"].acting_for, facts={"contains_pi": True, "pi_anonymised": True})
        world.things["anonymised"] = listing.code
        world.things["opt_out"] = open_opt_out(product=listing.product, reference="客户 17", actor=actor_of(world.users["researcher"]),
                                               clock=MARKET_CLOCK).code
    return {"code": str(world.things["anonymised"])}


def _opted_out(world: World) -> dict[str, str]:
    _anonymised(world)
    return {"code": str(world.things["opt_out"])}


def _authorisation(world: World) -> dict[str, str]:
    return {"code": str(world.things["authorisation"])}


ROWS: dict[str, Row | list[Row]] = {
    "listings/": Row(get=EVERYONE),
    "listings/<str:code>/why/": [Row(get=EVERYONE, like=_listed), Row(absent=EVERYONE, like=_unlisted)],
    "listings/<str:code>/quality/": [Row(get=EVERYONE, like=_listed), Row(absent=EVERYONE, like=_unlisted)],
    "listings/<str:code>/watch/": _around(),
    "listings/<str:code>/ask/": _around(),
    "desk/watches/": Row(get=SIGNED_IN),
    "desk/share-agreements/": Row(get=SIGNED_IN),
    "^desk/share-agreements/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>sign|dispute|answer|withdraw)/$": [
        Row(post={"merchant", "merchant_b"}, absent=SIGNED_IN - {"merchant", "merchant_b"}, like=_word("agreement", act, "act"),
            note="what either may not do is said on the page") for act in ("sign", "dispute", "answer", "withdraw")],
    "desk/listings/<str:code>/agreement/": _ours(),
    "desk/pilots/": Row(get=_SUPPLIERS | {"regulator"}, post=_SUPPLIERS),
    "^desk/pilots/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>withdraw|grant|refuse|end|release|report)/$": [
        Row(post={"merchant", "regulator"}, absent=_SUPPLIERS - {"merchant"}, like=_word("pilot", act, "act"),
            note="what either may not do is said on the page") for act in ("withdraw", "grant", "refuse", "end", "release", "report")],
    "desk/questions/": Row(get=SIGNED_IN),
    "^desk/questions/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>answer|withdraw|hide|show)/$": [
        Row(post={"merchant"}, absent=SIGNED_IN - {"merchant"}, like=_word("question", "answer", "act")),
        Row(post={"buyer"}, absent=SIGNED_IN - {"buyer", "merchant"}, like=_word("question", "withdraw", "act")),
        *(Row(post=_MODERATORS, absent=SIGNED_IN - _MODERATORS - {"merchant", "buyer"}, like=_word("question", act, "act"),
              note="its two sides see it and may not") for act in ("hide", "show"))],
    "listings/found/": Row(get=EVERYONE),
    "listings/resources/<str:code>/": Row(absent=EVERYONE, like=_resource, note="a merchant's own resource is in no public catalogue"),
    "listings/register/": Row(get=EVERYONE),
    "listings/registrations/": Row(get=EVERYONE),
    "listings/registrations/<str:code>/": [
        Row(get=EVERYONE, post=SIGNED_IN, like=lambda world: {"code": world.things["noticed"]}, note="whoever is signed in may object"),
        Row(absent=EVERYONE, like=lambda world: {"code": world.things["registration"]}, note="an application is the applicant's own"),
    ],
    "open/": Row(get=EVERYONE),
    "open/<str:code>/corrections/": [
        Row(get=EVERYONE, post=SIGNED_IN, like=_opened, note="whoever is signed in may suggest"), Row(absent=EVERYONE, like=_unlisted)],
    "^open/corrections/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>answer|withdraw)/$": [
        Row(post={"merchant"}, absent={"merchant_b", "publicdata"}, like=_word("correction", "answer", "act"),
            note="whoever supplies answers, each of its own"),
        Row(post={"merchant_b"}, absent=SIGNED_IN - DESKS - {"merchant", "merchant_b"}, like=_word("correction", "withdraw", "act"),
            note="those who may answer see it and may not withdraw it")],
    "api/open/feed.atom": Row(get=EVERYONE),
    "api/open/<str:code>/data.csv": [Row(get=EVERYONE, like=_opened), Row(absent=EVERYONE, like=_unlisted)],
    "api/open/<str:code>/data.json": [Row(get=EVERYONE, like=_opened), Row(absent=EVERYONE, like=_unlisted)],
    "interconnect/": Row(get=EVERYONE, post={"regulator"}, note="anyone reads who is recognised; the authority recognises"),
    "api/interconnect/registrations/": Row(get=EVERYONE),
    "api/interconnect/standings/": Row(get=EVERYONE),
    "api/prices/": Row(get=EVERYONE),
    "api/listings/": Row(get=EVERYONE),
    "api/catalogue.ttl": Row(get=EVERYONE),
    "api/catalogue.jsonld": Row(get=EVERYONE),
    "api/catalogue.json": Row(get=EVERYONE),
    "api/listings/<str:code>/": [Row(get=EVERYONE, like=_listed), Row(absent=EVERYONE, like=_unlisted)],
    "desk/resources/": Row(get=_AT_DESK),
    "desk/resources/import/": Row(post=_AT_DESK),
    "desk/products/new/": Row(post=_AT_DESK),
    "desk/resources/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent=_AT_DESK - {"merchant"}, like=_resource),
    "desk/resources/<str:code>/product/": Row(post={"merchant"}, absent=_AT_DESK - {"merchant"}, like=_resource),
    "desk/rights/": Row(get=_AT_DESK, post=_AT_DESK),
    "^desk/rights/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>grant|suspend|lift|revoke)/$": _acts(
        "right", "act", "grant", "suspend", "lift", "revoke"),
    "^desk/products/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>source|input)/$": _acts("product", "act", "source", "input"),
    "^desk/sources/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/revoke/$": Row(
        post={"merchant"}, absent=_AT_DESK - {"merchant"}, like=lambda world: {"code": world.things["source"]}),
    "desk/registrations/": Row(get=_AT_DESK, post=_AT_DESK),
    "^desk/registrations/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>proof|apply|withdraw|reply)/$": [
        *_acts("registration", "act", "proof", "apply", "withdraw"), *_acts("noticed", "act", "reply")],
    "desk/requests/": Row(get=SIGNED_IN, post=SIGNED_IN),
    "^desk/requests/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>answer|withdraw)/$": [
        Row(post={"merchant", "merchant_b"}, absent=SIGNED_IN - {"merchant", "merchant_b"}, like=_word("request", act, "act"))
        for act in ("answer", "withdraw")],
    "desk/requests/<str:code>/file/": Row(absent=SIGNED_IN, like=lambda world: {"code": world.things["request"]},
                                          note="nothing was handed over yet"),
    "desk/authorisations/": Row(get={"publicdata"}, post={"publicdata"}),
    "desk/authorisations/<str:code>/cap/": Row(absent={"publicdata"}, like=_authorisation,
                                               note="the grantor's; the world has no public body"),
    "desk/authorisations/<str:code>/report/": Row(post={"publicdata"}, like=lambda world: {"code": world.things["operation_report"]}),
    "^desk/authorisations/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>confirm|refuse|revoke)/$": [
        Row(absent={"publicdata"}, like=_word("authorisation", word, "act"), note="the grantor's") for word in ("confirm", "refuse",
                                                                                                                "revoke")],
    "desk/subject-requests/": Row(get=_SUPPLIERS),
    "desk/listings/<str:code>/buyers/": Row(get={"merchant", "regulator", "auditor"}, post={"regulator"},
                                            absent=_SUPPLIERS - {"merchant"},
                                            like=lambda world: {"code": str(world.things["closed"])}),
    "desk/conditions/<str:code>/prove/": Row(post={"merchant"}, absent=_AT_DESK - {"merchant"},
                                             like=lambda world: {"code": str(world.things["condition"])}),
    "conditions/<str:code>/proof/": Row(get={"merchant", "compliance", "regulator", "auditor"}, absent=_SUPPLIERS - {"merchant"},
                                        like=lambda world: {"code": str(world.things["condition"])}),
    "desk/opt-outs/<str:code>/": Row(post={"merchant"}, absent=_SUPPLIERS - {"merchant"}, like=_opted_out),
    "listings/<str:code>/opt-out/": Row(get=EVERYONE, post=SIGNED_IN, like=_anonymised),
    "desk/subject-requests/<str:code>/": Row(post={"merchant"}, absent=_SUPPLIERS - {"merchant"}, like=_asked),
    "desk/listings/": Row(get=_AT_DESK),
    "desk/listings/<str:code>/edit/": _ours(),
    "desk/listings/<str:code>/file/": _ours(post=True),
    "desk/listings/<str:code>/retest/": _ours(post=True),
    "desk/listings/<str:code>/shares/": _ours(post=True),
    "desk/listings/<str:code>/declaration/": _ours(post=True),
    "desk/listings/<str:code>/price/": _ours(),
    "desk/listings/<str:code>/submit/": _ours(post=True),
    "desk/listings/<str:code>/versions/": Row(get={"merchant"}, absent=_AT_DESK - {"merchant"}, like=_unlisted),
    "^desk/listings/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<word>revise|discard|withdraw|publish|suspend|resume|delist)/$": _acts(
        "listing", "word", "revise", "discard", "withdraw", "publish", "suspend", "resume", "delist"),
}
assert PROGRAMS


def extend(world: World) -> None:
    """Of the merchant's: a resource, a right, an application, one in public notice that somebody objected to, and a draft."""
    from evidence.clock import MARKET_CLOCK
    from kit.ids import new_code
    from listings.models import DataResource, Registration, Source
    from listings.operations import ask_question, file_request
    from participants.actors import actor_of
    from tests.factories import EPOCH
    from tests.listings.worlds import make_deposit, make_noticed, make_product, make_right, objected

    owner = world.users["merchant"].acting_for
    product = make_product(owner)
    world.things["resource"] = DataResource.objects.create(
        code=new_code("RES"), organization=owner, title="港口日报", created_at=EPOCH).code
    world.things["right"] = make_right(product, "hold").code
    world.things["product"] = product.code
    world.things["source"] = Source.objects.create(
        code=new_code("SRC"), organization=owner, kind="contract", title="采购合同", provider="上游", effective_from=EPOCH,
        created_at=EPOCH).code
    world.things["registration"] = Registration.objects.create(
        code=new_code("REG"), venue=owner.venue, organization=owner, product=product, regime="enterprise",
        created_at=EPOCH).code
    world.things["listing"] = world.unlisted.code
    noticed = make_noticed(owner, actor_of(world.users["merchant"]), MARKET_CLOCK)
    objected(noticed, actor=actor_of(world.users["merchant_b"]), clock=MARKET_CLOCK)
    world.things["noticed"] = noticed.code
    other = world.users["merchant_b"]
    assert other.person is not None
    world.things["question"] = ask_question(listing=world.listed, text="数据按哪个口径统计？", actor=actor_of(world.users["buyer"]),
                                            clock=MARKET_CLOCK).code
    world.things["request"] = file_request(
        product=product, kind="access", scope="我方码头设备促成产生的作业记录。", name=other.person.name,
        proof=make_deposit(other.acting_for), actor=actor_of(other), clock=MARKET_CLOCK).code
    _public_data(world)
    _open_data(world)
    _pilot(world)
    _shared(world)
    _conditioned(world)
    _closed(world)


def _pilot(world: World) -> None:
    """A pilot that the merchant asks for, for a listing of its own."""
    from datetime import timedelta

    from evidence.clock import MARKET_CLOCK
    from listings.operations import ask_pilot
    from participants.actors import actor_of
    from tests.trading.worlds import make_listing

    seller = world.users["merchant"]
    world.things["pilot"] = ask_pilot(
        listing=make_listing(seller.acting_for), novelty="首次以查询次数计价", safeguards="每日限额，全程留痕",
        most_trades=2, most_buyers=2, most_fen=1_000_000,
        ends_at=MARKET_CLOCK.now() + timedelta(days=30), actor=actor_of(seller), clock=MARKET_CLOCK).code


def _shared(world: World) -> None:
    """A share agreement that the merchant proposes to another one."""
    from evidence.clock import MARKET_CLOCK
    from listings.models import Part
    from listings.operations import propose_shares
    from listings.sharing import Line
    from participants.actors import actor_of
    from tests.delivery.worlds import make_listing

    seller, other = world.users["merchant"], world.users["merchant_b"]
    assert seller.acting_for is not None and other.acting_for is not None
    version = make_listing(seller.acting_for).version
    world.things["agreement"] = propose_shares(
        version=version, lines=[Line(seller.acting_for, Part.SOURCE, 3), Line(other.acting_for, Part.PROCESSING, 1)],
        actor=actor_of(seller),
        clock=MARKET_CLOCK).code


def shared(world: World) -> str:
    """The code of the share agreement that the merchant proposes to another one, made at the first asking."""
    if "agreement" not in world.things:
        _shared(world)
    return str(world.things["agreement"])


def _closed(world: World) -> None:
    """A listing of the merchant's that only admitted units see."""
    from kit.ids import new_code
    from listings.models import Listing, ListingVersion
    from tests.factories import EPOCH
    from tests.listings.worlds import make_product

    owner = world.users["merchant"].acting_for
    one = Listing.objects.create(code=new_code("LST"), venue=owner.venue, organization=owner, product=make_product(owner), closed=True,
                                 created_at=EPOCH)
    ListingVersion.objects.create(code=new_code("LSV"), organization=owner, listing=one, number=1, title_zh="只对获准单位开放的数据",
                                  created_at=EPOCH, updated_at=EPOCH)
    world.things["closed"] = one.code


def _conditioned(world: World) -> None:
    """A condition of the merchant's draft, proven with a paper that waits for the desk."""
    from io import BytesIO

    from evidence.clock import MARKET_CLOCK
    from evidence.files import deposit
    from kit.ids import new_code
    from listings.models import Condition
    from participants.actors import actor_of

    at, owner = MARKET_CLOCK.now(), actor_of(world.users["merchant"])
    world.things["condition"] = Condition.objects.create(
        code=new_code("CDT"), version=world.unlisted.versions.get(), condition="pipia_report", rules=["NL-R-04"], proof="document",
        status="provided", statement="影响评估报告", provided_by_id=owner.user_id, provided_at=at, asked_at=at,
        deposit=deposit(BytesIO("编号\n1\n".encode()), name="pipia.csv", owner=owner.organization or "", at=at)).code


def _open_data(world: World) -> None:
    """A listing of the merchant's that is open to everyone, with its file."""
    from io import BytesIO

    from evidence.clock import MARKET_CLOCK
    from evidence.files import deposit
    from listings.operations import suggest_correction
    from participants.actors import actor_of
    from tests.trading.worlds import make_listing

    owner = world.users["merchant"].acting_for
    held = deposit(BytesIO("日期,利用率\n2026-01-01,0.31\n".encode()), name="open.csv", owner=owner.code, at=MARKET_CLOCK.now())
    world.things["opened"] = make_listing(
        owner, circulation="open", sale_mode="fixed", price_fen=0, delivery_mode="download", facts={"contains_pi": False}, deposit=held,
        file_sha256=held.sha256, file_name="open.csv", file_bytes=held.size, use_terms={"licence": "CC-BY-4.0"},
        published_at=MARKET_CLOCK.now())
    world.things["correction"] = suggest_correction(
        listing=world.things["opened"], place="利用率", wrong="第二行的单位不一致", proposed="按百分比填写",
        actor=actor_of(world.users["merchant_b"]), clock=MARKET_CLOCK).code


def _public_data(world: World) -> None:
    """An authorisation of the operator of public data in force, one it has filed, a cap, and a report owed."""
    from evidence.clock import MARKET_CLOCK
    from kit.ids import new_code
    from listings.models import OperationReport
    from participants.actors import actor_of
    from tests.listings.public_worlds import capped, filed, granted, make_grantor
    from tests.listings.worlds import Seller, make_product

    operator = world.users["publicdata"].acting_for
    seller, body = Seller(operator, actor_of(world.users["publicdata"]), MARKET_CLOCK), make_grantor()  # type: ignore[arg-type]
    one, _ = granted(seller, body, subject=("全市公共交通数据", "City transit data"))
    capped(seller, one, body, make_product(operator))
    filed(seller, body)
    world.things["authorisation"] = one.code
    world.things["operation_report"] = OperationReport.objects.create(
        code=new_code("OPR"), authorisation=one, year=2030, due_at=MARKET_CLOCK.now()).code
