"""States of an experiment: drafted, running, paused, and how it ended."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["EXPERIMENT", "OPEN", "ExperimentStatus"]


class ExperimentStatus(TextChoices):
    """Policies tried side by side in the laboratory; what was computed once stays, whoever computed it."""

    DRAFTED = "drafted", _("起草")
    RUNNING = "running", _("运行中")
    PAUSED = "paused", _("已暂停")
    FINISHED = "finished", _("已完成")
    CANCELLED = "cancelled", _("已取消")
    FAILED = "failed", _("未能完成")
    DISCARDED = "discarded", _("已弃置")


EXPERIMENT: dict[tuple[ExperimentStatus, str], ExperimentStatus] = {
    (ExperimentStatus.DRAFTED, "start"): ExperimentStatus.RUNNING,
    (ExperimentStatus.DRAFTED, "discard"): ExperimentStatus.DISCARDED,
    (ExperimentStatus.RUNNING, "pause"): ExperimentStatus.PAUSED,
    (ExperimentStatus.PAUSED, "resume"): ExperimentStatus.RUNNING,
    (ExperimentStatus.RUNNING, "cancel"): ExperimentStatus.CANCELLED,
    (ExperimentStatus.PAUSED, "cancel"): ExperimentStatus.CANCELLED,
    (ExperimentStatus.RUNNING, "finish"): ExperimentStatus.FINISHED,
    (ExperimentStatus.RUNNING, "fail"): ExperimentStatus.FAILED,  # a run broke off three times, or nobody computed it in time
}
#: Somebody has something to do, by a date.
OPEN = (ExperimentStatus.DRAFTED, ExperimentStatus.RUNNING, ExperimentStatus.PAUSED)
