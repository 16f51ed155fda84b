"""What a national venue does for everyone 基础服务 (Data Twenty article 9, R52): register, certificate, dispute, statistics at cost.

A fee in proportion to a price is never at cost. A fixed fee is, where a figure of what one case costs stands on file with its audited
statement, and the fee is not above it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from kit.coverage import covers
from kit.rejected import Rejected
from participants.charges import is_charge
from participants.models import Parameter, Venue
from participants.predicates import in_force
from participants.roles import VenueLevel

__all__ = ["COSTS", "FUNCTIONS", "function_of", "refuse_priced"]

#: function -> what it is called
FUNCTIONS: dict[str, tuple[str, str]] = {
    "registration": ("登记", "registration"), "certificate": ("凭证", "certificates"), "dispute": ("争议处理", "disputes"),
    "statistics": ("统计", "statistics")}
#: figures of what one case of a function costs, in fen
COSTS: dict[str, str] = {f"cost.{name}_fen": name for name in FUNCTIONS}
_KEY = re.compile(rf"(?:fee|levy)\.(?P<function>{'|'.join(FUNCTIONS)})(?:_|$)")


def function_of(key: str) -> str:
    """This will return the basic function a fee is for, or ''."""
    found = _KEY.match(key)
    return found["function"] if found else ""


def _figure(venue: Venue, key: str, at: datetime) -> int | None:
    row = Parameter.objects.filter(in_force(at), venue=venue, key=key, scope="").first()
    return int(row.value) if row is not None else None


@covers("R52")
def refuse_priced(venue: Venue, key: str, value: Any, *, begins: datetime) -> None:
    """This will refuse a fee by which a national venue would earn on a basic function, and a cost lowered below its fee."""
    if venue.level != VenueLevel.NATIONAL:
        return
    if key in COSTS:
        fees = [row for row in Parameter.objects.filter(in_force(begins), venue=venue, key__startswith=f"fee.{COSTS[key]}_")
                if not is_charge(row.key) and int(row.value) > int(value)]
        if fees:
            raise Rejected("participants.parameter.cost_below_fee", key=key, fee=fees[0].key, value=str(fees[0].value))
        return
    function = function_of(key)
    if not function:
        return
    said = FUNCTIONS[function]
    if is_charge(key):
        whole = [value] if not isinstance(value, dict) else [value.get(name) or 0 for name in ("bps", "min_fen", "max_fen")]
        if any(whole):
            raise Rejected("participants.parameter.not_at_cost", key=key, function=said)
        return
    cost = _figure(venue, f"cost.{function}_fen", begins)
    if int(value) > (cost or 0):
        raise Rejected("participants.parameter.above_cost", key=key, function=said, cost=str(cost if cost is not None else "-"))
