"""What a seller chooses for the agreement of its buyers: one of the four official forms, and what they may do with the data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["ALLOWANCES", "DEFAULT_TEMPLATE", "RECIPROCAL", "AgreementTemplate"]


class AgreementTemplate(models.TextChoices):
    """The four official forms of agreement about data (rules E)."""

    PROVISION = "provision", _("数据提供合同")
    PROCESSING = "processing", _("数据委托处理服务合同")
    DEVELOPMENT = "development", _("数据融合开发合同")
    INTERMEDIARY = "intermediary", _("数据中介服务合同")


DEFAULT_TEMPLATE = AgreementTemplate.PROVISION
#: Two-way fair licence 双向公平授权 (Data Twenty 5): the buyer licenses back, on terms no worse, what it makes of the data.
RECIPROCAL = "reciprocal"
#: What is barred unless the version allows it.
ALLOWANCES = ("train", "fine_tune", "publish_weights", "own_outputs", "derivatives", "sublicence", "export")
