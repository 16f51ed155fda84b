"""Report 报告: a signed paper of a third party or the merchant, made from the data; its file is fetched like a download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.models import EngagementReport
from compliance.states import ReportStanding
from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Way
from delivery.kinds.files import ByFile
from evidence.events import rfc3339

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["REPORT"]


class SignedReport(ByFile):
    """A file that a third party signed as the report of an engagement, or that the merchant answers for by handing it over."""

    def signed(self, one: Delivery) -> list[dict[str, str]]:
        rows = EngagementReport.objects.filter(file_sha256=one.expected_sha256, status=ReportStanding.VALID).select_related(
            "engagement__provider")
        third = [{"organization": row.engagement.provider.code, "name": row.engagement.provider.name, "as": "third_party",
                  "report": row.code, "signed_at": rfc3339(row.signed_at)} for row in rows.order_by("signed_at", "pk")]
        return third or [{"organization": one.seller.code, "name": one.seller.name, "as": "merchant", "report": "",
                          "signed_at": rfc3339(one.delivered_at) if one.delivered_at else ""}]


REPORT = SignedReport(
    kind="report",
    name=("报告", "Report"),
    modes=(DeliveryMode.REPORT,),
    way=Way.FILE,
    arrives=("由商户或第三方署名的报告文件", "A report file that the merchant or a third party put its name to"),
    guarantees=(
        ("报告与登记的指纹一致，交付者的署名与时间都在交付凭证上",
         "The report has the registered hash; who delivered it under whose name, and when, is on its voucher"),
        ("只交付报告，所依据的数据不交出", "The report alone is delivered; the data behind it is not"),
    ),
    limits=(
        ("署名说明谁对报告负责，不证明结论正确", "A name says who answers for the report, not that it is right"),
        ("交出之后的复制和转发无法在技术上阻止", "Once handed over, copying and passing on cannot be prevented technically"),
    ),
    entitled=("买方凭一次性令牌取用；令牌有时限，最多换发三次",
              "The buyer fetches by a one-time token of limited life; three more may be asked for"),
    metered=("一次完整或续传完成的取用计一次", "One fetch, whole or resumed, is one use"),
    ends=("到期、用尽、合同终止或规则变化时，未用的令牌即时收回",
          "On expiry, exhaustion, end of agreement or changed rule, unused tokens are revoked at once"),
)
