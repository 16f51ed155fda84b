"""The floor's tests start on a market clock that stands still, years ahead."""

import pytest


@pytest.fixture
def floor(db):
    import psycopg

    from tests import clones
    from tests.trading.worlds import stand_still

    with psycopg.connect(clones.mine().admin_url, autocommit=True) as c:  # TEMPORARY until compliance lands
        if c.execute("select 1 from pg_proc where proname='compliance_declaration_in_force'").fetchone() is None:
            c.execute("create function compliance_declaration_in_force(bigint,text,timestamptz) returns boolean "
                      "language sql as $$ select true $$")
    stand_still()
