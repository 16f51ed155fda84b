"""Classification and grading words of the market, in both languages (Data Twenty items 3 and 4; GB/T 43697-2024).

Values are the fact values of the negative list, so a listing's columns can be handed to screening as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["CALLED", "ROWS_LEAVE", "SERVICES", "Channel", "CirculationMode", "DataCategory", "DataGrade", "DeliveryMode", "Gate",
           "LegalBasis", "OpenStatus", "ProcessingStage", "Purpose", "Right", "SourceType", "highest_grade"]


class DataCategory(TextChoices):
    """Whose data it is (item 3); the fact ``subject_class``."""

    PUBLIC = "public", _("公共数据")
    ENTERPRISE = "enterprise", _("企业数据")
    PERSONAL = "personal", _("个人数据")


class ProcessingStage(TextChoices):
    """How far it is processed; a service counts as a product."""

    RAW = "raw", _("原始数据")
    INTERMEDIATE = "intermediate", _("中间品")
    PRODUCT = "product", _("产品与服务")


class DataGrade(TextChoices):
    """How much harm its leak would do; core data never enters the market (R19, I16)."""

    GENERAL = "general", _("一般数据")
    IMPORTANT = "important", _("重要数据")
    CORE = "core", _("核心数据")


class DeliveryMode(TextChoices):
    """How it reaches the buyer; the first three hand over copies of rows (R15)."""

    DOWNLOAD = "download", _("文件下载")
    API_RAW = "api_raw", _("接口（逐条原始数据）")
    PHYSICAL = "physical", _("存储介质")
    API = "api", _("接口（加工结果）")
    API_AGGREGATE = "api_aggregate", _("接口（汇总结果）")
    QUERY = "query", _("查询")
    MODEL = "model", _("模型")
    VERIFICATION = "verification", _("核验")
    REPORT = "report", _("报告")
    CLEAN_ROOM = "clean_room", _("数据密室")


#: Modes in which rows of the data themselves reach the buyer (Data Twenty 3, 4).
ROWS_LEAVE = frozenset({DeliveryMode.DOWNLOAD, DeliveryMode.API_RAW, DeliveryMode.PHYSICAL, DeliveryMode.API})
#: Modes in which a buyer calls an interface.
CALLED = frozenset({DeliveryMode.API_RAW, DeliveryMode.API, DeliveryMode.API_AGGREGATE, DeliveryMode.QUERY, DeliveryMode.MODEL,
                    DeliveryMode.VERIFICATION})
#: Modes in which a product or service is made from the data.
SERVICES = frozenset({DeliveryMode.MODEL, DeliveryMode.VERIFICATION, DeliveryMode.REPORT})


class Right(TextChoices):
    """The three separated rights (item 3)."""

    HOLD = "hold", _("数据资源持有权")
    USE = "use", _("数据加工使用权")
    OPERATE = "operate", _("数据产品经营权")


class LegalBasis(TextChoices):
    """Why personal information may be processed (Personal Information Protection Law 13); the last two are invalid (R28)."""

    NONE = "none", _("无")
    SEPARATE_CONSENT = "separate_consent", _("单独同意")
    CONSENT = "consent", _("一般同意")
    STATUTORY = "statutory", _("法定事由")
    CONTRACT_OR_HR = "contract_or_hr", _("订立履行合同或人力资源管理")
    LEGAL_DUTY = "legal_duty", _("履行法定职责或义务")
    EMERGENCY_HEALTH = "emergency_health", _("突发公共卫生事件或紧急情况")
    NEWS_PUBLIC_INTEREST = "news_public_interest", _("公共利益新闻报道")
    LAWFULLY_PUBLIC = "lawfully_public", _("已合法公开")
    OTHER_BY_LAW = "other_by_law", _("法律法规规定的其他情形")
    BUNDLED_CONSENT = "bundled_consent", _("一揽子授权")
    FORCED_CONSENT = "forced_consent", _("强制同意")


class OpenStatus(TextChoices):
    """Whether public data has been opened by law."""

    UNCONDITIONAL = "unconditional", _("无条件开放")
    CONDITIONAL = "conditional", _("有条件开放")
    NOT_OPEN = "not_open", _("不予开放")
    SHARED = "shared", _("仅政务共享")


class SourceType(TextChoices):
    """Where the data comes from (declaration section 数据来源)."""

    SELF_GENERATED = "self_generated", _("自行产生")
    COLLECTED = "collected", _("自行采集")
    CRAWL = "crawl", _("网络抓取")
    PURCHASED = "purchased", _("购买")
    AUTHORISED = "authorised", _("授权取得")
    PUBLIC = "public", _("公开获取")


class Purpose(TextChoices):
    """What it is bought for; the last three make a trade impossible (NL-P-23)."""

    INDUSTRY = "industry", _("产业发展")
    SECTOR = "sector", _("行业发展")
    PUBLIC_GOVERNANCE = "public_governance", _("公共治理")
    PUBLIC_WELFARE = "public_welfare", _("公益事业")
    PUBLIC_SAFETY = "public_safety", _("公共安全")
    RESEARCH = "research", _("科学研究")
    PRODUCT_DEVELOPMENT = "product_development", _("产品研发")
    MODEL_TRAINING = "model_training", _("模型训练")
    RISK_CONTROL = "risk_control", _("风险控制")
    MARKETING = "marketing", _("营销")
    INTERNAL_ANALYSIS = "internal_analysis", _("内部分析")
    REIDENTIFICATION = "reidentification", _("重新识别个人")
    DISCRIMINATORY_PRICING = "discriminatory_pricing", _("不合理差别待遇")
    FRAUD = "fraud", _("欺诈")


class Channel(TextChoices):
    """On the exchange or off it (items 8 and 9); both are lawful, both are seen."""

    ON_EXCHANGE = "on", _("场内")
    OFF_EXCHANGE = "off", _("场外")


class CirculationMode(TextChoices):
    """The four ways data circulates (R43)."""

    OPEN = "open", _("开放")
    SHARE = "share", _("共享")
    EXCHANGE = "exchange", _("交换")
    TRADE = "trade", _("交易")


class Gate(TextChoices):
    """The three compliance gates (R3): a fact is due from its gate on."""

    LISTING = "listing", _("挂牌")
    ORDER = "order", _("成交")
    USE = "use", _("使用")


_ORDER = (DataGrade.GENERAL, DataGrade.IMPORTANT, DataGrade.CORE)


def highest_grade(grades: Sequence[str]) -> DataGrade:
    """This will return the grade of a mixed set: the highest of its members (GB/T 43697-2024, 就高从严)."""
    assert grades, "a set has at least one member"
    return max((DataGrade(grade) for grade in grades), key=_ORDER.index)
