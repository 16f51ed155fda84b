"""Forms of this room: they read and tidy what people type; rules stand in operations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from kit.money import parse_yuan, yuan
from participants.admissions import QUESTIONS
from participants.names import tidy_name
from participants.people import TOKEN_SCOPES
from participants.predicates import PARTIES
from participants.roles import Capability, OrganizationKind, Role

__all__ = ["AnswersForm", "ApplyForm", "FigureForm", "HoldForm", "InviteForm", "KeyForm", "SecondFactorForm", "SignInForm", "YuanField"]

_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class TidyField(forms.CharField):
    """A line of text without invisible marks."""

    def to_python(self, value: Any) -> str:
        return tidy_name(super().to_python(value) or "")


class YuanField(forms.CharField):
    """An amount typed in yuan and kept in whole fen; empty is not stated. Shown again as people write it: 48,000 or 48,000.50."""

    def __init__(self, **named: Any) -> None:
        named.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "24"}))
        super().__init__(**named)

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        try:
            return parse_yuan(text)
        except ValueError as fault:
            raise forms.ValidationError(_("请填写金额，如 1,290,000 或 1290000.50。")) from fault

    def prepare_value(self, value: Any) -> Any:
        return yuan(value).removeprefix("¥") if isinstance(value, int) else value


class SignInForm(AuthenticationForm):
    """Name and password; the one fault message does not tell which was wrong."""

    error_messages = {
        "invalid_login": _("用户名或密码不正确。"),
        "inactive": _("用户名或密码不正确。"),
    }

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")


class SecondFactorForm(forms.Form):
    code = forms.CharField(label=_("验证码或恢复词"), max_length=20, widget=forms.TextInput(attrs=_CODE))


_SEEKING = [(role, Role(role).label) for role in PARTIES]
_KINDS = [(kind, OrganizationKind(kind).label) for kind in (
    OrganizationKind.ENTERPRISE, OrganizationKind.PUBLIC_BODY, OrganizationKind.FOREIGN)]


class ApplyForm(forms.Form):
    """The first page of an application: the organisation, its first member and the class sought."""

    name = TidyField(label=_("机构全称"), max_length=120, help_text=_("与营业执照一致"))
    name_en = TidyField(label=_("英文名称"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("机构性质"), choices=_KINDS)
    uscc = TidyField(label=_("统一社会信用代码"), max_length=20, required=False, help_text=_("18 位；境外机构可不填"))
    role = forms.ChoiceField(label=_("申请类别"), choices=_SEEKING)
    person = TidyField(label=_("经办人姓名"), max_length=60)
    identity = forms.CharField(label=_("经办人身份证件号"), max_length=40, help_text=_("只用于识别同一自然人，仅保存加密摘要"),
                               widget=forms.TextInput(attrs={"autocomplete": "off"}))
    username = forms.SlugField(label=_("用户名"), max_length=40)
    password = forms.CharField(label=_("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
                               help_text=_("至少 12 个字符"))


class AnswersForm(forms.Form):
    """The questions every applicant answers."""

    def __init__(self, *args: Any, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        for name, texts in QUESTIONS.items():
            widget = forms.Textarea(attrs={"rows": 3}) if name == "business" else forms.TextInput()
            self.fields[name] = TidyField(label=texts[0 if chinese else 1], required=False, max_length=500, widget=widget)


class InviteForm(forms.Form):
    """A person, a role, a period."""

    person = TidyField(label=_("姓名"), max_length=60)
    identity = forms.CharField(label=_("身份证件号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}),
                               help_text=_("只用于识别同一自然人，仅保存加密摘要"))
    username = forms.SlugField(label=_("用户名"), max_length=40)
    role = forms.ChoiceField(label=_("角色"))
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=1095, required=False, help_text=_("不填为长期"))

    def __init__(self, *args: Any, roles: tuple[str, ...] = (), **named: Any) -> None:
        super().__init__(*args, **named)
        self.auto_id = "invite_%s"
        self.fields["role"] = forms.ChoiceField(label=_("角色"), choices=[(role, Role(role).label) for role in roles])


class KeyForm(forms.Form):
    """A program's key: its name, what it may do, when it ends."""

    name = TidyField(label=_("名称"), max_length=60)
    scopes = forms.MultipleChoiceField(label=_("范围"), choices=[(one, one) for one in TOKEN_SCOPES], initial=["read"],
                                       widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=365, initial=90)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.auto_id = "key_%s"


class FigureForm(forms.Form):
    """A figure of the venue's rules as it shall hold from a day on; its value as JSON (250, or a rate with bounds)."""

    key = TidyField(label=_("参数"), max_length=60, help_text=_("新收费项目：fee.名称_seller_bps、fee.名称_buyer_bps 或 levy.名称_bps"))
    scope = TidyField(label=_("适用范围"), max_length=60, required=False)
    value = forms.JSONField(label=_("新值"), help_text=_('整数，或带上下限的费率 {"bps": 250, "min_fen": 100, "max_fen": 500000}'))
    effective_on = forms.DateField(label=_("自何日起生效"), widget=forms.DateInput(attrs={"type": "date"}))
    source = TidyField(label=_("依据"), max_length=200)
    name_zh = TidyField(label=_("中文名称"), max_length=60, required=False)
    name_en = TidyField(label=_("英文名称"), max_length=120, required=False)


class HoldForm(forms.Form):
    """A cut of one capability, with reason and term."""

    capability = forms.ChoiceField(label=_("权能"), choices=Capability.choices)
    reason = TidyField(label=_("原因"), max_length=300)
    basis = TidyField(label=_("依据"), max_length=120)
    days = forms.IntegerField(label=_("天数"), min_value=1, max_value=60)
