"""Who may what at the addresses of the hall."""

from tests.matrix import EVERYONE, PROGRAMS, SIGNED_IN, Row

ROWS: dict[str, Row] = {
    "preferences/": Row(get=EVERYONE),
    "honesty/": Row(get=EVERYONE),
    "health/": Row(get=EVERYONE),
    "health/live/": Row(get=EVERYONE),
    "health/ready/": Row(get=EVERYONE),
    "accounts/act-for/": Row(absent=PROGRAMS, note="a seat that is not held does not exist"),
    "api/": Row(get=EVERYONE),
    "api/schema/": Row(get=EVERYONE),
    "api/docs/": Row(get=EVERYONE),
    "api/docs/problems/": Row(get=EVERYONE),
}
assert SIGNED_IN
