"""Each invariant is silent over a lived-through world and speaks when its violation is planted."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.invariants import DecidersDiffer, ListsAreAsHashed, SanctionsRestOnFindings, StandingFollowsSanctions
from compliance.operations import confirm_filing, decide_filing
from kit.coverage import covers
from tests.compliance.test_conduct import decided
from tests.compliance.worlds import filed, officer
from tests.factories import clock

pytestmark = pytest.mark.django_db(transaction=True)
ALL = (DecidersDiffer, ListsAreAsHashed, SanctionsRestOnFindings, StandingFollowsSanctions)


def live() -> Any:
    filing, _, buying = filed()
    filing = confirm_filing(filing=filing, actor=buying, clock=clock())
    decide_filing(filing=filing, outcome="verify", reason="", actor=officer(), clock=clock())
    return decided("wash_trade", "serious", "suspension")


@covers("I16", "I18", "I26")
@pytest.mark.parametrize("one, planted", [
    (DecidersDiffer, "UPDATE participants_user SET person_id = (SELECT u.person_id FROM compliance_filing f "
                     "JOIN participants_user u ON u.id = f.filed_by_id) WHERE id = (SELECT decided_by_id FROM compliance_filing)"),
    (DecidersDiffer, "UPDATE participants_membership SET effective_to = '2021-01-01' WHERE role = 'regulator'"),
    (SanctionsRestOnFindings, "UPDATE compliance_conductcase SET status = 'annulled'"),
    (SanctionsRestOnFindings, "UPDATE compliance_conductcase SET notified_at = NULL"),
    (StandingFollowsSanctions, "UPDATE participants_organization SET standing = 'good'"),
    (StandingFollowsSanctions, "DELETE FROM compliance_creditrecord"),
    (ListsAreAsHashed, "UPDATE compliance_negativelistentry SET rule = jsonb_set(rule, '{tier}', '\"restricted\"') "
                       "WHERE rule_id = 'NL-P-03'"),
], ids=lambda one: str(one)[:60])
def test_an_invariant_is_silent_until_its_violation_is_planted(one: Any, planted: str, superuser_connection: Any) -> None:
    live()
    assert [text for each in ALL for text in each().check()] == []
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(planted)
    assert list(one().check()) != []
