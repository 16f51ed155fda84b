"""One list of every change of a rule, a right or a setting: what an auditor reads first, newest first, by key and never by total."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evidence import queries as evidence
from evidence.models import Record

__all__ = ["GROUPS", "changes"]

#: group -> (its words, what its facts' kinds begin with)
GROUPS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "rules": (_("规则与名单"), ("compliance.negative_list.", "compliance.rules.", "compliance.terms.", "compliance.control_list.",
                         "compliance.recognition.", "compliance.jurisdiction.")),
    "rights": (_("成员、角色与登录"), ("participants.membership.", "participants.signin.", "participants.token.",
                            "participants.capability.", "participants.spending.", "participants.timed_grant.",
                            "participants.networks.", "compliance.joint.")),
    "settings": (_("参数、费率与日历"), ("participants.parameter.", "participants.calendar.", "participants.venue.",
                            "listings.guided_price.", "participants.billing.", "trading.venue_pilot.")),
    "approvals": (_("双人审批"), ("participants.approval.",)),
    "keeping": (_("保存与删除"), ("participants.retention.", "participants.person.", "participants.export.")),
}


def changes(group: str = "", *, until: datetime | None = None, limit: int = 50) -> list[Record]:
    """This will return the newest changes before ``until`` (one more than ``limit``, so that a page knows whether it is the last)."""
    beginnings = [one for name, (_words, ones) in GROUPS.items() if not group or name == group for one in ones]
    wanted = Q()
    for one in beginnings:
        wanted |= Q(kind__startswith=one)
    return list(evidence.records(until=until).filter(wanted)[: limit + 1])
