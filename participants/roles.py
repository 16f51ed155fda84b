"""Roles, standing, bands and capabilities: the words everyone asks participants about (lifecycles §0 and §2)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["CAPABILITIES", "CAPABILITY_WORDS", "ROLE_GROUPS", "Band", "Capability", "OrganizationKind", "Role", "Standing", "VenueLevel",
           "VenueProfile"]


class Role(TextChoices):
    """What a person may be for an organisation; several at a time, each for a period."""

    DATA_MERCHANT = "data_merchant", _("数据商")
    BUYER = "buyer", _("买方")
    SERVICE_PROVIDER = "service_provider", _("第三方专业服务机构")
    PUBLIC_DATA_OPERATOR = "public_data_operator", _("公共数据运营机构")
    TRUSTEE = "trustee", _("受托者")
    DATA_SUBJECT = "data_subject", _("个人")
    ASSOCIATION = "association", _("行业协会")
    VENUE_OPERATOR = "venue_operator", _("场所运营")
    COMPLIANCE_OFFICER = "compliance_officer", _("合规专员")
    REGULATOR = "regulator", _("监管")
    SURVEILLANCE = "surveillance", _("市场监察")
    AUDITOR = "auditor", _("审计")
    RESEARCHER = "researcher", _("研究")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("系统管理员")
    SECURITY_ADMINISTRATOR = "security_administrator", _("安全管理员")
    AUDIT_ADMINISTRATOR = "audit_administrator", _("审计管理员")


#: A person holds roles of at most one of these groups (I29): trade or run or supervise or audit, never two. An association
#: sets standards and mediates; it has no trading power (R93).
ROLE_GROUPS: dict[str, str] = {
    Role.DATA_MERCHANT: "trade", Role.BUYER: "trade", Role.SERVICE_PROVIDER: "trade",
    Role.PUBLIC_DATA_OPERATOR: "trade", Role.TRUSTEE: "trade",
    Role.VENUE_OPERATOR: "venue", Role.COMPLIANCE_OFFICER: "venue",
    Role.REGULATOR: "supervise", Role.SURVEILLANCE: "supervise",
    Role.AUDITOR: "audit",
    Role.ASSOCIATION: "association",
    Role.SYSTEM_ADMINISTRATOR: "system_admin", Role.SECURITY_ADMINISTRATOR: "security_admin",
    Role.AUDIT_ADMINISTRATOR: "audit_admin",
}


class Capability(TextChoices):
    """What an admitted organisation may do; each is cut and restored on its own, with a Hold (R87, A3)."""

    LIST = "list", _("挂牌")
    BID = "bid", _("竞买")
    DELIVER = "deliver", _("交付")
    WITHDRAW = "withdraw", _("提现")


CAPABILITIES: tuple[str, ...] = tuple(Capability.values)
#: how notices and licences name them, in both languages
CAPABILITY_WORDS: dict[str, tuple[str, str]] = {
    Capability.LIST: ("挂牌", "listing"), Capability.BID: ("竞买", "bidding"), Capability.DELIVER: ("交付", "delivery"),
    Capability.WITHDRAW: ("提现", "withdrawal")}


class Standing(TextChoices):
    """Whether an organisation is in good standing; moved only by ``set_standing``, called down from compliance."""

    GOOD = "good", _("良好")
    WATCH = "watch", _("关注")
    RESTRICTED = "restricted", _("受限")
    SUSPENDED = "suspended", _("停权")


class Band(TextChoices):
    """Credit band; a newcomer starts in B."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"
    D = "D", "D"


class OrganizationKind(TextChoices):
    ENTERPRISE = "enterprise", _("企业")
    PUBLIC_BODY = "public_body", _("公共机构")
    FOREIGN = "foreign", _("境外机构")
    VENUE = "venue", _("交易场所")
    AUTHORITY = "authority", _("监管机构")
    ASSOCIATION = "association", _("行业协会")
    HOLDING = "holding", _("导入暂存")


class VenueLevel(TextChoices):
    NATIONAL = "national", _("国家级")
    REGIONAL = "regional", _("区域性")
    INDUSTRY = "industry", _("行业性")


class VenueProfile(TextChoices):
    """Which trading methods a venue may use (rules E.1)."""

    PRODUCTION = "production", _("正式")
    PILOT = "pilot", _("试点")
    SIMULATION = "simulation", _("仿真")
