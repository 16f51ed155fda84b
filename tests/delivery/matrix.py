"""Who may what at the addresses of delivery: the two sides of the trade; for everybody else it does not exist."""

from tests.matrix import PROGRAMS, Row, World

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


ROWS: dict[str, Row | list[Row]] = {
    "desk/deliveries/": Row(get=PROGRAMS, note="one's own, so a stranger sees an empty list"),
    "desk/deliveries/<str:code>/": Row(get=_SIDES, absent=PROGRAMS - _SIDES, like=_one),
    "desk/deliveries/<str:code>/deliver/": Row(post={"merchant"}, absent=PROGRAMS - _SIDES, like=_one, body={"registered": "1"}),
    "desk/deliveries/<str:code>/accept/": _post("buyer"),
    "desk/deliveries/<str:code>/reject/": _post("buyer"),
    "desk/deliveries/<str:code>/concede/": _post("merchant"),
    "desk/deliveries/<str:code>/token/": _post("buyer"),
    "desk/deliveries/<str:code>/deletion/": Row(absent=PROGRAMS, like=_one,
                                                note="no consent under it has ended: there is nothing to confirm"),
    "desk/deliveries/<str:code>/file/": [
        Row(post={"buyer"}, absent=PROGRAMS - {"buyer"}, like=_one, body=_good_token,
            note="the token opens the file for its buyer alone, also in the seller's hand"),
        Row(absent=PROGRAMS, like=_one, body={"token": "nonsense"}, note="without a good token there is no file"),
    ],
}
