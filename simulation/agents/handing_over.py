"""What is handed over otherwise than by a plain file: rows by keyed calls, a marked copy whose sample turns up outside, a reviewed output.

Like the episodes, each step is looked up in the database and drawn from a chance of its own: the history of everybody else stays as it was.
Nothing that is decided here follows from a secret: a copy's bits and a token differ from run to run, which rows leak does not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import Random

from delivery.access import issue_grant
from delivery.calling import call_rows
from delivery.keys import make_key
from delivery.leaks import check_leak, trace_next
from delivery.marking.copies import hand_out, write_copy
from delivery.marking.plans import declare_marks, plan_of
from delivery.models import Copy, DataKey, DataUse, Delivery, LeakCheck, Output
from delivery.releasing.handing_in import CHECKLIST, hand_in_output
from delivery.releasing.reviewing import give_opinion
from delivery.states import DeliveryStatus, OutputStatus
from listings.models import ListingVersion
from simulation.agents.serving import next_calls, next_services
from simulation.catalogue import CALLED, MARKED
from simulation.market import SEED, Market
from simulation.times import Window

__all__ = ["HandingOver"]

_HERE = (DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED)
#: Calls a buyer's program makes in all, and rows of a copy that are found outside.
_CALLS, _LEAKED = 6, 60
_TABLE = "大洲,国家数,平均预期寿命\n非洲,52,54.8\n美洲,25,73.6\n亚洲,33,70.7\n欧洲,30,77.6\n".encode()


class HandingOver:
    """Plans each next step when its day has come, counted back from the present."""

    def __init__(self, market: Market, present: datetime) -> None:
        self.market, self.present = market, present

    def plan(self, window: Window) -> None:
        """This will plan the next step of each that is due in the window."""
        left = (self.present - window.end).days
        own = Window(window.heap, Random(f"{SEED}/handing/{window.start:%Y%m%d}"), window.start, window.end)  # noqa: S311 (a game)
        for days, step in ((200, self._mark), (60, self._call), (40, self._fetch), (20, self._output), (10, self._leak)):
            if left <= days and (act := step()) is not None:
                own.plan(act)
        for act in (*next_services(self.market), *(next_calls(self.market) if left <= 30 else ())):
            own.plan(act)

    def _sides(self, one: Delivery) -> tuple[str, str]:
        return self.market.key_of(one.seller_id), self.market.key_of(one.buyer_id)

    # ---- rows by keyed calls -------------------------------------------------------------------------------------------------

    def _call(self) -> Callable[[], object] | None:
        one = Delivery.objects.filter(version__file_name=f"{CALLED}.csv", mode="api", status__in=_HERE).order_by("pk").first()
        done = DataUse.objects.filter(delivery=one, refused="").count() if one else _CALLS
        return partial(self._called, one, done) if one and done < _CALLS else None

    def _called(self, one: Delivery, done: int) -> None:
        actor = self.market.actors[self._sides(one)[1]]
        rows = DataKey.objects.select_related("delivery__trade__state", "delivery__trade__venue", "delivery__version__listing",
                                              "delivery__deposit", "delivery__buyer").filter(delivery=one)
        if not rows.exists():
            self.market.act(make_key, delivery=one, name="选址报表", actor=actor)
        if (key := rows.first()) is not None:
            self.market.act(call_rows, key=key, given={"limit": ["20"]}, request=f"report-{done:06d}", actor=actor)

    # ---- a marked copy, and its sample found outside -------------------------------------------------------------------------

    def _mark(self) -> Callable[[], object] | None:
        """Declared before anybody buys; who came too late leaves the file unmarked."""
        name, columns = MARKED
        version = ListingVersion.objects.filter(file_name=f"{name}.csv", deposit__isnull=False, listing__version__isnull=False).first()
        if version is None or plan_of(version) is not None or Delivery.objects.filter(version=version).exists():
            return None
        actor = self.market.actors[self.market.key_of(version.organization_id)]
        return partial(self.market.act, declare_marks, version=version, columns=columns, actor=actor)

    def _fetch(self) -> Callable[[], object] | None:
        bought = Delivery.objects.filter(version__mark_plan__isnull=False, status__in=_HERE).exclude(grants__uses__gt=0)
        one = bought.order_by("pk").first()
        return partial(self._fetched, one) if one and Copy.objects.count() < 4 else None

    def _fetched(self, one: Delivery) -> None:
        actor = self.market.actors[self._sides(one)[1]]
        issued = self.market.act(issue_grant, delivery=one, actor=actor)
        if issued is not None and (handed := self.market.act(hand_out, delivery=one, token=issued.token, actor=actor)) is not None:
            handed.stream.close()

    def _leak(self) -> Callable[[], object] | None:
        copy = Copy.objects.select_related("plan__version__deposit").order_by("pk").first()
        return partial(self._leaked, copy) if copy and not LeakCheck.objects.exists() else None

    def _leaked(self, copy: Copy) -> None:
        """Some rows of the first copy are found on a forum; the supervisor has them compared, and a worker reads the files."""
        held = copy.plan.version.deposit
        if held is None:
            return
        with write_copy(held, copy.plan, copy.nonce).file as stream:
            heading, *rows = csv.reader(io.StringIO(stream.read().decode("utf-8-sig"), newline=""))
        sample = io.StringIO()
        csv.writer(sample).writerows([heading, *Random(f"{SEED}/leak").sample(rows, min(_LEAKED, len(rows)))])  # noqa: S311
        self.market.act(check_leak, stream=io.BytesIO(sample.getvalue().encode()), filename="found.csv",
                        found_where="某数据交流论坛，匿名帖", actor=self.market.actors["regulator"])
        while trace_next(clock=self.market.clock) is not None:
            pass

    # ---- an output that leaves by review --------------------------------------------------------------------------------------

    def _output(self) -> Callable[[], object] | None:
        made = Output.objects.order_by("pk").first()
        if made is None:
            one = Delivery.objects.filter(version__file_name="world_panel.csv", status__in=_HERE).order_by("pk").first()
            return partial(self._hand_in, one) if one else None
        if made.status != OutputStatus.IN_REVIEW:
            return None
        reader, reason = (("regulator", "汇总到大洲，没有单独国家的数值。") if made.opinions.exists()
                          else ("compliance", "四组各不少于二十五国，未见标识。"))
        return partial(self.market.act, give_opinion, output=made, verdict="release", reason=reason, actor=self.market.actors[reader])

    def _hand_in(self, one: Delivery) -> None:
        self.market.act(hand_in_output, delivery=one, title="各大洲预期寿命汇总", kind="table", content=_TABLE, name="summary.csv",
                        confirmed=list(CHECKLIST), actor=self.market.actors[self._sides(one)[0]])
