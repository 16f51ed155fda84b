"""Who may what at the addresses of settlement: each party's own money; the fee table is everyone's."""

from tests.matrix import EVERYONE, SIGNED_IN, Row

ROWS: dict[str, Row | list[Row]] = {
    "desk/account/": Row(get=SIGNED_IN, absent={"admin"}, note="a sign-in without an organisation has no account"),
    "desk/account/movements.csv": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/account/deposit/": Row(post=SIGNED_IN, absent={"admin"}, note="the amount is read first; who may book it says the operation"),
    "desk/statements/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/statements/<str:code>/": Row(get={"merchant", "buyer"}, absent=(SIGNED_IN | {"admin"}) - {"merchant", "buyer"},
                                       like=lambda world: {"code": world.settlement.code}),
    "desk/shares/": Row(get=SIGNED_IN, absent={"admin"}),
    "desk/public-shares/": Row(get={"publicdata"}),
    "desk/public-shares.csv": Row(get={"publicdata"}),
    "rules/fees/": Row(get=EVERYONE),
}
