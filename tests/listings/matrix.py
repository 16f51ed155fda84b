"""Who may what at the addresses of listings: what is on sale is everyone's to see, a draft is its seller's alone."""

from tests.matrix import EVERYONE, Row, World


def _listed(world: World) -> dict[str, str]:
    return {"code": world.listed.code}


def _unlisted(world: World) -> dict[str, str]:
    return {"code": world.unlisted.code}


ROWS: dict[str, Row | list[Row]] = {
    "listings/": Row(get=EVERYONE),
    "listings/<str:code>/why/": [Row(get=EVERYONE, like=_listed), Row(absent=EVERYONE, like=_unlisted)],
    "listings/registrations/": Row(get=EVERYONE),
    "listings/registrations/<str:code>/": Row(absent=EVERYONE, like=lambda world: {"code": "REG-0000000000"}),
    "api/listings/": Row(get=EVERYONE),
    "api/listings/<str:code>/": [Row(get=EVERYONE, like=_listed), Row(absent=EVERYONE, like=_unlisted)],
}
