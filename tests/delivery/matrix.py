"""Who may what at the addresses of delivery: the two sides of the trade; for everybody else it does not exist."""

from collections.abc import Callable

from participants.actors import actor_of
from tests.matrix import EVERYONE, PARTIES, PROGRAMS, Row, World

_SIDES = {"merchant", "buyer"}


def _one(world: World) -> dict[str, str]:
    return {"code": world.delivery.code}


def _good_token(world: World) -> dict[str, str]:
    from tests.delivery.worlds import token_for

    if "token" not in world.things:
        world.things["token"] = token_for(world.delivery)
    return {"token": world.things["token"]}


def _post(*sides: str) -> Row:
    return Row(post=set(sides) or _SIDES, absent=PROGRAMS - _SIDES, like=_one)


def _review(act: str) -> Callable[[World], dict[str, str]]:
    """A review of another trade of the same two."""

    def like(world: World) -> dict[str, str]:
        if "rating" not in world.things:
            from delivery.models import SCORED
            from delivery.operations import accept_delivery
            from delivery.ratings import rate_delivery
            from evidence.clock import MARKET_CLOCK
            from participants.actors import actor_of
            from tests.delivery.worlds import delivered

            by = {"actor": actor_of(world.users["buyer"]), "clock": MARKET_CLOCK}
            one = accept_delivery(delivery=delivered(listing=world.delivery.version.listing, buyer=by["actor"]), **by)
            world.things["rating"] = rate_delivery(delivery=one, scores=dict.fromkeys(SCORED, 4), text="口径清楚，更新及时。", **by).code
        return {"code": world.things["rating"], "act": act}

    return like


def _job(world: World) -> dict[str, str]:
    """A job of the buyer's over the merchant's data."""
    if "job" not in world.things:
        from tests.delivery.computing import computed_listing, ordered

        world.things["job"] = ordered(computed_listing(world.users["merchant"].acting_for), actor_of(world.users["buyer"]))
    return {"code": world.things["job"].code}


def _room(world: World) -> dict[str, str]:
    """The buyer's delivery by clean room of the merchant's product."""
    if "room" not in world.things:
        from tests.delivery.rooms import opened, room_listing, sold

        listing = room_listing(world.users["merchant"].acting_for)
        opened(listing)
        world.things["room"] = sold(listing, actor_of(world.users["buyer"]))
    return {"code": world.things["room"].code}


def _room_version(world: World) -> dict[str, str]:
    _room(world)
    return {"code": world.things["room"].version.code}


def _room_query(world: World) -> dict[str, str]:
    """A question that waits; each row asks its own."""
    from delivery.models import RoomQuery
    from tests.delivery.rooms import asked, question

    code = _room(world)["code"]
    count = RoomQuery.objects.count()
    made = asked(world.things["room"], question(where=[{"column": "用电", "op": "ge", "value": str(count)}]), 10_000)
    return {"code": code, "query": made.code}


def _called(world: World) -> dict[str, str]:
    """The buyer's delivery by API of the merchant's table, with a key."""
    if "called" not in world.things:
        from evidence.clock import MARKET_CLOCK
        from kit.actors import SYSTEM
        from kit.ids import new_code
        from ledger.operations import fund
        from tests.delivery.calls import api_listing, hand_over, keyed

        buyer = actor_of(world.users["buyer"])
        fund(organization=buyer.organization, amount_fen=10_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
        world.things["called"] = one = hand_over(api_listing(seller=world.users["merchant"].acting_for), buyer)
        keyed(one, buyer)
    return {"code": world.things["called"].code}


def _fetching(world: World) -> dict[str, str]:
    """A token of the buyer's that was never used: nothing of it is under way."""
    from delivery.models import AccessGrant

    _good_token(world)
    return {"code": world.delivery.code, "grant": AccessGrant.objects.filter(delivery=world.delivery).latest("pk").code}


def _output(world: World) -> dict[str, str]:
    """A table the merchant's people made for the buyer."""
    if "output" not in world.things:
        from tests.delivery.outputs import handed_in

        world.things["output"] = handed_in(world.delivery, actor=actor_of(world.users["merchant"]))
    return {"code": world.things["output"].code}


def _service(world: World) -> dict[str, str]:
    """The buyer's delivery by verification of the merchant's records."""
    if "service" not in world.things:
        from tests.delivery.services import verifying

        world.things["service"] = verifying(seller=world.users["merchant"].acting_for, buyer=actor_of(world.users["buyer"]))
    return {"code": world.things["service"].code}


_CALL = {"inputs": {"手机号": "13900000001"}, "subject": "甲1", "purpose": "贷前核验", "basis": "授权书 2031-1"}

ROWS: dict[str, Row | list[Row]] = {
    "desk/deliveries/oversight/": Row(get={"compliance", "regulator"}),
    "desk/deliveries/<str:code>/key/": Row(post={"buyer"}, absent=PROGRAMS - _SIDES, like=_called, body={"name": "报表系统"}),
    "desk/deliveries/<str:code>/key/revoke/": Row(absent=PROGRAMS, like=_called, note="it names no key: there is none"),
    "desk/deliveries/<str:code>/voucher/": Row(get=_SIDES, absent=PROGRAMS - _SIDES, like=_called),
    "desk/deliveries/<str:code>/voucher.json": Row(get=_SIDES, absent=PROGRAMS - _SIDES, like=_called),
    "desk/deliveries/<str:code>/file/<str:grant>/": Row(absent=PROGRAMS, like=_fetching, note="no fetch is under way"),
    "api/data/<str:code>/rows/": Row(absent=EVERYONE, like=_called, note="without its key no delivery answers rows, not even to its buyer"),
    "api/deliveries/<str:code>/file/": Row(absent=EVERYONE, like=_one, note="without a token there is no file"),
    "desk/computing/": Row(get=PARTIES, post=set(), note="what is posted names its act"),
    "desk/computing/jobs/<str:code>/": Row(get=_SIDES, post={"buyer"}, absent=PARTIES - _SIDES, like=_job),
    "desk/computing/review/": Row(get={"compliance", "regulator"}),
    "api/compute/jobs/": Row(get=PARTIES),
    "api/compute/jobs/<str:code>/take/": Row(post={"merchant"}, absent=PARTIES - {"merchant"}, like=_job,
                                            note="refused while no key of a runner is on file"),
    "api/compute/jobs/<str:code>/answer/": Row(post={"merchant"}, absent=PARTIES - {"merchant"}, like=_job),
    "desk/outputs/": Row(get=PARTIES | {"compliance", "regulator"}),
    "desk/outputs/<str:code>/": Row(get=_SIDES | {"compliance", "regulator"}, post=set(), absent=PARTIES - _SIDES, like=_output,
                                    note="what is posted names its act"),
    "desk/outputs/<str:code>/file/": Row(post={"compliance", "regulator"}, absent=PARTIES - _SIDES, like=_output,
                                         note="nobody of its two sides looks at it while it is reviewed"),
    "api/outputs/": Row(get=PARTIES | {"compliance", "regulator"}),
    "api/outputs/<str:code>/": Row(get=_SIDES | {"compliance", "regulator"}, absent=PARTIES - _SIDES, like=_output),
    "desk/deliveries/<str:code>/outputs/new/": Row(get={"merchant"}, post={"merchant"}, absent=PARTIES - {"merchant"}, like=_one,
                                                   note="its author confirms a checklist"),
    "desk/model-services/": Row(get=PARTIES | {"compliance"}, post=set(), note="what is posted names its act"),
    "desk/deliveries/<str:code>/calls/": Row(get=_SIDES, post={"buyer"}, absent=PARTIES - _SIDES, like=_service, body={
        "subject": "甲1", "in-手机号": "13900000001", "purpose": "贷前核验", "basis": "授权书 2031-1"}),
    "api/deliveries/<str:code>/calls/": Row(post={"buyer"}, absent=PARTIES - {"buyer"}, like=_service, body=_CALL),
    "desk/workbench/": Row(get=PARTIES, note="one's own licences, so most see an empty place"),
    "desk/uses/": Row(get=PARTIES, note="uses of one's own data"),
    "desk/marks/": Row(get=PARTIES, note="one's own files"),
    "desk/marks/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent={"merchant_b", "publicdata"}, like=_room_version,
                                  note="a version by room has no copies to mark: what is posted is refused with words"),
    "desk/computing/jobs/<str:code>/answer.json": Row(absent=PARTIES, like=_job, note="not answered yet"),
    "desk/rooms/": Row(get=PARTIES),
    "desk/rooms/oversight/": Row(get={"compliance", "regulator"}),
    "desk/rooms/<str:code>/": Row(get={"merchant"}, post={"merchant"}, absent={"merchant_b", "publicdata"}, like=_room_version),
    "desk/deliveries/<str:code>/room/": Row(get={"buyer"}, post=set(), absent=PARTIES - {"buyer"}, like=_room),
    "desk/deliveries/<str:code>/room/<str:query>/": Row(get=_SIDES, post={"buyer"}, absent=PARTIES - _SIDES, like=_room_query),
    "desk/deliveries/<str:code>/room/<str:query>/answer.json": Row(absent=PARTIES, like=_room_query, note="not answered yet"),
    "desk/deliveries/<str:code>/room/<str:query>/answer.csv": Row(absent=PARTIES, like=_room_query, note="not answered yet"),
    "api/deliveries/<str:code>/queries/": Row(get={"buyer"}, post=set(), absent=PARTIES - {"buyer"}, like=_room),
    "api/queries/<str:code>/": Row(get={"buyer"}, absent=PARTIES - {"buyer"}, like=lambda world: {"code": _room_query(world)["query"]}),
    "desk/deliveries/": Row(get=PROGRAMS, note="one's own, so a stranger sees an empty list"),
    "desk/deliveries/<str:code>/": Row(get=_SIDES, absent=PROGRAMS - _SIDES, like=_one),
    "desk/deliveries/<str:code>/why/": Row(get=_SIDES, absent=PROGRAMS - _SIDES, like=_one),
    "desk/deliveries/<str:code>/deliver/": Row(post={"merchant"}, absent=PROGRAMS - _SIDES, like=_one, body={"registered": "1"}),
    "desk/deliveries/<str:code>/accept/": _post("buyer"),
    "desk/deliveries/<str:code>/reject/": _post("buyer"),
    "desk/deliveries/<str:code>/concede/": _post("merchant"),
    "desk/deliveries/<str:code>/part/": _post("buyer"),
    "desk/deliveries/<str:code>/part/answer/": Row(post={"merchant"}, absent=PROGRAMS - _SIDES, like=_one, body={"act": "agree"}),
    "desk/deliveries/<str:code>/dispute/": Row(post=_SIDES, absent=PROGRAMS - _SIDES, like=_one),
    "desk/deliveries/<str:code>/sample/": _post("buyer"),
    "desk/deliveries/<str:code>/statement.json": Row(absent=PROGRAMS, like=_one, note="no licence under it has ended"),
    "desk/deliveries/<str:code>/token/": _post("buyer"),
    "desk/deliveries/<str:code>/seats/": _post("buyer"),
    "desk/deliveries/<str:code>/seats/release/": Row(absent=PROGRAMS, like=_one, note="its agreement names no seats: there is none"),
    "desk/deliveries/<str:code>/rate/": _post("buyer"),
    "^desk/ratings/(?P<code>RTG-[0-9A-Z]{10})/(?P<act>reply|hide|show)/$": [
        Row(post={"merchant"}, absent=PARTIES - {"merchant", "buyer"}, like=_review("reply")),
        *(Row(post={"operator", "compliance", "regulator"}, like=_review(act)) for act in ("hide", "show"))],
    "desk/deliveries/<str:code>/deletion/": Row(absent=PROGRAMS, like=_one,
                                                note="no consent under it has ended: there is nothing to confirm"),
    "desk/deliveries/<str:code>/file/": [
        Row(post={"buyer"}, absent=PROGRAMS - {"buyer"}, like=_one, body=_good_token,
            note="the token opens the file for its buyer alone, also in the seller's hand"),
        Row(absent=PROGRAMS, like=_one, body={"token": "nonsense"}, note="without a good token there is no file"),
    ],
}
