"""Query 查询: typed questions in a clean room and approved algorithms at the holder; aggregates come back, never rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Adapter, Way
from delivery.room_models import CHARGED, Room
from delivery.states import JobStatus, QueryStatus, RoomStatus
from evidence.prepared import ask
from kit.rejected import Rejected
from participants.gates import Gate

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["QUERY"]


class ByQuestion(Adapter):
    """Questions and jobs over data that stays where it lies."""

    def ready(self, one: Delivery, *, at: datetime) -> Iterator[Gate]:
        if one.mode == DeliveryMode.CLEAN_ROOM:
            opened = Room.objects.filter(version=one.version, status=RoomStatus.OPEN, file_sha256=one.expected_sha256).exists()
            yield Gate(("密室已开放", "The clean room is open"),
                       None if opened else Rejected("delivery.room.not_open", version=one.version.code))

    def spent(self, one: Delivery) -> int:
        ((used,),) = ask("SELECT count(*) FROM delivery_roomquery WHERE delivery_id = %s AND status = ANY(%s)", [one.pk, list(CHARGED)])
        return int(used)

    def served(self, one: Delivery, *, lock: bool) -> int:
        return one.jobs.filter(status=JobStatus.DONE).count() + one.queries.filter(status=QueryStatus.DONE).count()


QUERY = ByQuestion(
    kind="query",
    name=("查询", "Query"),
    modes=(DeliveryMode.QUERY, DeliveryMode.CLEAN_ROOM, DeliveryMode.API_AGGREGATE),
    way=Way.ROOM,
    arrives=("带噪声的汇总结果，人数过少的分组不显示", "Aggregates with noise; small groups are not shown"),
    guarantees=(
        ("原始数据不出域，没有任何一行被返回", "The data stays where it lies; no row of it is answered"),
        ("隐私预算先扣后算，不足或出错即拒绝，不给更粗的答案",
         "The privacy budget is charged before it runs; shortage or fault refuses, never answers more coarsely"),
        ("同样的问题得到同样的答案，不再计费", "The same question gets the same answer and costs nothing more"),
    ),
    limits=(
        ("预算不是零泄露；与别的数据结合仍可能推断",
         "A budget is not zero leakage; combined with other data something may still be inferred"),
        ("持有方申报的列、界限和个人标识若有错，保护就有缺口",
         "Where the holder declared columns, bounds or ids wrongly, the protection has a gap"),
        ("答案带有噪声，小数目不准", "Answers carry noise; small numbers are inexact"),
    ),
    entitled=("买方的人在密室按表单提问，或提交两道审核通过的算法",
              "The buyer's people ask by a form, or send an algorithm that passed two reviews"),
    metered=("一个有答案的问题或任务计一次", "One question or job answered is one use"),
    ends=("到期、预算或次数用尽、合同终止、同意撤回或密室关闭时，新的提问被拒绝",
          "On expiry, spent budget or count, end of agreement, withdrawn consent or a closed room, new questions are refused"),
)
