"""API 接口: rows of the registered table, asked page by page with the buyer's keys; the columns are the ones the agreement lists."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Adapter, Way
from delivery.revoking import end_keys
from delivery.states import KeyStatus
from kit.actors import Actor

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["API"]


class ByCall(Adapter):
    """Rows by keyed calls: the number of the last served one is how often it was used."""

    def spent(self, one: Delivery) -> int:
        return one.calls.filter(refused="").order_by("-number").values_list("number", flat=True).first() or 0

    def served(self, one: Delivery, *, lock: bool) -> int:
        return self.spent(one)

    def stands_open(self, one: Delivery) -> bool:
        return one.keys.filter(status=KeyStatus.ACTIVE).exists()

    def shut(self, one: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
        end_keys(one, cause=cause, actor=actor, at=at)


API = ByCall(
    kind="api",
    name=("接口", "API"),
    modes=(DeliveryMode.API, DeliveryMode.API_RAW),
    way=Way.CALL,
    arrives=("登记的表中被问到的行，逐页返回", "The rows asked for of the registered table, page by page"),
    guarantees=(
        ("只返回约定的列；筛选不能触及其余的列", "Only the agreed columns are answered; filters cannot reach any other"),
        ("每次调用先核对密钥、合同、额度和时限，记一次用量，再返回；同一请求重发不另计",
         "Each call is judged (key, agreement, quota, rate), metered once, then answered; the same request sent again counts nothing"),
        ("数据版本的指纹、当日延迟和余量随每次返回给出",
         "Every answer tells the hash of the data version and what is left; latency is measured and shown"),
    ),
    limits=(
        ("返回的行就是副本：之后的复制、转发和用途无法在技术上阻止",
         "Rows answered are copies: copying, passing on and use afterwards cannot be prevented technically"),
        ("所测延迟是本所的，不含买方网络；不承诺永不中断",
         "The latency measured is the house's, without the buyer's network; it is no promise of no outage"),
        ("留存的印记能指出哪个密钥取过哪些行，不能证明是谁泄露",
         "The mark kept tells which key took which rows; it does not prove who leaked them"),
    ),
    entitled=("买方自建密钥：只显示一次，可轮换、可撤销", "The buyer makes its keys: shown once, rotated and revoked at will"),
    metered=("一次被答复的调用计一次，所返回的行另计入行数额度",
             "One answered call is one use; the rows answered count against the quota of rows"),
    ends=("到期、额度用尽、合同终止、同意撤回、资格或规则变化时，密钥即时失效",
          "On expiry, exhaustion, end of agreement, withdrawn consent, changed standing or rule, the keys are worthless at once"),
)
