"""Download 下载: a copy of the registered file, by one-time token (or on a medium, told by its hash)."""

from __future__ import annotations

from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Way
from delivery.kinds.files import ByFile

__all__ = ["DOWNLOAD"]

DOWNLOAD = ByFile(
    kind="download",
    name=("下载", "Download"),
    modes=(DeliveryMode.DOWNLOAD, DeliveryMode.PHYSICAL),
    way=Way.FILE,
    arrives=("登记的文件的一份副本", "A copy of the registered file"),
    guarantees=(
        ("交付的文件与登记的指纹一致，否则不予交付", "What is delivered has the registered hash; nothing else is taken"),
        ("一次性令牌：取用一次后失效，再次出示被拒绝并记录；中断后在时限内续传不另计次",
         "One-time token: worthless after one use, a second showing is refused and recorded; resuming within its time counts nothing more"),
        ("每次取用前核对合同、期限、用途、指定使用人和个人同意",
         "Before each use the agreement, its term, purpose, seats and consents are asked"),
    ),
    limits=(
        ("交出之后的复制、转发和用途无法在技术上阻止，只能由合同、审计和处罚约束",
         "Once handed over, copying, passing on and use cannot be prevented technically; agreement, audit and sanction bind alone"),
        ("指纹一致不证明内容属实", "An equal hash does not prove that the content is true"),
        ("令牌收回后，已取走的副本仍在买方手中，须由其删除并出具证明",
         "A revoked token does not take back a copy already fetched; the buyer has to delete it and prove so"),
    ),
    entitled=("买方凭一次性令牌取用；令牌有时限，最多换发三次",
              "The buyer fetches by a one-time token of limited life; three more may be asked for"),
    metered=("一次完整或续传完成的取用计一次", "One fetch, whole or resumed, is one use"),
    ends=("到期、用尽、合同终止、同意撤回或规则变化时，未用的令牌即时收回",
          "On expiry, exhaustion, end of agreement, withdrawn consent or changed rule, unused tokens are revoked at once"),
)
