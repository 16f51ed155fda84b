"""Verification 核验: a yes or no to what the buyer already holds; nothing it did not put in comes back."""

from __future__ import annotations

from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Way
from delivery.kinds.answered import ByService

__all__ = ["VERIFICATION"]

VERIFICATION = ByService(
    kind="verification",
    name=("核验", "Verification"),
    modes=(DeliveryMode.VERIFICATION,),
    way=Way.SERVICE,
    arrives=("对买方所持信息的“一致/不一致/无法核验”", "“Agrees, differs, cannot be told” on what the buyer already holds"),
    guarantees=(
        ("只答一致与否，不返回买方没有提供的任何信息", "It answers agreement alone and returns nothing the buyer did not put in"),
        ("原始数据不出域；每次核验都有记录", "The data stays where it lies; each verification is on record"),
    ),
    limits=(
        ("一致只说明与登记的数据相同，不证明它属实", "Agreement says the same as the registered data, not that it is true"),
        ("反复猜测能缩小范围；限速与记录使之可见，不能杜绝",
         "Guessing narrows things down; limits and records make it visible and do not rule it out"),
    ),
    entitled=("买方须有被核验人的授权，并按合同的用途与次数提问",
              "The buyer needs the person's authorisation and asks within the agreement's purpose and count"),
    metered=("一次核验计一次，答案为何均同", "One verification is one use, whatever the answer"),
    ends=("到期、次数用尽、合同终止、同意撤回或规则变化时，新的核验被拒绝",
          "On expiry, exhaustion, end of agreement, withdrawn consent or changed rule, new verifications are refused"),
)
