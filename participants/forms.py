"""Forms of this room: they read and tidy what people type; rules stand in operations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from kit.ids import read_code
from kit.money import parse_yuan, yuan
from participants.checklists import AdmissionClass, Checklist, Item
from participants.models import OwnershipType, SuccessionKind
from participants.names import tidy_name
from participants.ownership import Turnover
from participants.people import TOKEN_SCOPES
from participants.predicates import OVERSIGHT
from participants.roles import Capability, OrganizationKind, Role
from participants.sizes import industries

__all__ = [
    "AnswersForm",
    "ApplyForm",
    "CodesField",
    "FigureForm",
    "HoldForm",
    "InviteForm",
    "KeyForm",
    "PaperForm",
    "ProfileForm",
    "ProjectForm",
    "ProofForm",
    "SecondFactorForm",
    "SignInForm",
    "SponsorForm",
    "StakeForm",
    "SuccessionForm",
    "YuanField",
    "class_choices",
]

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


class CodesField(forms.CharField):
    """Codes of organisations, one a line or separated by commas; tidied, each once."""

    def to_python(self, value: Any) -> Any:
        found = []
        for one in (super().to_python(value) or "").replace("，", ",").replace(",", " ").split():
            try:
                found.append(read_code(one))
            except ValueError as fault:
                raise forms.ValidationError(_("编号有误：%(code)s"), params={"code": one[:20]}) from fault
        return list(dict.fromkeys(found))


class SuccessionForm(forms.Form):
    """Who ends, how, who takes over, and the two documents that prove it (R39)."""

    kind = forms.ChoiceField(label=_("承继类型"), choices=[one for one in SuccessionKind.choices if one[0] != SuccessionKind.LEAVING])
    predecessor = TidyField(label=_("终止的机构编号"), max_length=16, help_text=_("形如 ORG-7K3QW9ZD2Z"))
    heirs = CodesField(label=_("承继方机构编号"), max_length=400, required=False,
                       help_text=_("合并填一个，分立填两个以上，逐个以空格或逗号分开；解散、破产无人承继时留空"))
    agreement = forms.FileField(label=_("协议、决议或裁定"), help_text="PDF")
    extract = forms.FileField(label=_("登记机关的登记信息"), help_text="PDF")
    note = forms.CharField(label=_("说明"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    disposal_plan = forms.CharField(label=_("重要数据处置方案"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
                                    help_text=_("无人承继且有重要数据时必填：交给谁、怎样销毁、何时完成"))

    def clean_predecessor(self) -> str:
        try:
            return read_code(self.cleaned_data["predecessor"])
        except ValueError as fault:
            raise forms.ValidationError(_("编号有误：%(code)s"), params={"code": self.cleaned_data["predecessor"][:20]}) from fault


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


_KINDS = [(kind, OrganizationKind(kind).label) for kind in (
    OrganizationKind.ENTERPRISE, OrganizationKind.PUBLIC_BODY, OrganizationKind.FOREIGN, OrganizationKind.ASSOCIATION)]


class ApplyForm(forms.Form):
    """The first page of an application: the organisation, its first member and the class sought."""

    name = TidyField(label=_("机构全称"), max_length=120, help_text=_("与营业执照一致"))
    name_en = TidyField(label=_("英文名称"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("机构性质"), choices=_KINDS)
    uscc = TidyField(label=_("统一社会信用代码"), max_length=20, required=False, help_text=_("18 位；境外机构可不填"))
    lei = TidyField(label=_("全球法人识别编码（LEI）"), max_length=24, required=False,
                    help_text=_("境外机构填写；20 位，没有的填所在地登记号"))
    registry_place = TidyField(label=_("境外登记地"), max_length=2, required=False, help_text=_("国家或地区代码，如 SG"))
    registry_number = TidyField(label=_("境外登记号"), max_length=40, required=False)
    category = forms.ChoiceField(label=_("申请类别"))
    person = TidyField(label=_("经办人姓名"), max_length=60)
    identity = forms.CharField(label=_("经办人身份证件号"), max_length=40, help_text=_("只用于识别同一自然人，仅保存加密摘要"),
                               widget=forms.TextInput(attrs={"autocomplete": "off"}))
    username = forms.SlugField(label=_("用户名"), max_length=40)
    password = forms.CharField(label=_("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
                               help_text=_("至少 12 个字符"))

    def __init__(self, *args: Any, version: Checklist, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["category"] = forms.ChoiceField(label=_("申请类别"), choices=class_choices(version, chinese))


def class_choices(version: Checklist, chinese: bool, kind: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """This will list the classes by their group, for a choice; with ``kind``, those open to that kind of organisation."""
    which = 0 if chinese else 1
    grouped = [(texts[which], [(one.key, one.text[which]) for one in version.classes.values()
                               if one.group == group and (not kind or kind in one.kinds)]) for group, texts in version.groups.items()]
    return [row for row in grouped if row[1]]


class AnswersForm(forms.Form):
    """The questions of a class, in the language of the page."""

    def __init__(self, *args: Any, version: Checklist, of_class: AdmissionClass, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        which = 0 if chinese else 1
        for key in of_class.questions:
            question = version.questions[key]
            label = question.text[which]
            if question.choices is not None:
                choices = [("", "—"), *((value, texts[which]) for value, texts in question.choices.items())]
                self.fields[key] = forms.ChoiceField(label=label, choices=choices, required=False)
            else:
                widget = forms.Textarea(attrs={"rows": 3}) if question.type == "text" else forms.TextInput()
                self.fields[key] = TidyField(label=label, required=False, max_length=500, widget=widget, help_text=question.article)


_DAY = forms.DateInput(attrs={"type": "date"})


class ProofForm(forms.Form):
    """One document: its kind, its file, its own number, level and term."""

    item = forms.ChoiceField(label=_("材料"))
    file = forms.FileField(label=_("文件"), help_text=_("PDF、PNG 或 JPEG"))
    number = TidyField(label=_("证书编号"), max_length=80, required=False)
    level = forms.IntegerField(label=_("证书等级"), min_value=1, max_value=5, required=False)
    effective_to = forms.DateField(label=_("有效期至"), required=False, widget=_DAY)

    def __init__(self, *args: Any, version: Checklist, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        self.auto_id = "proof_%s"
        which = 0 if chinese else 1
        self.fields["item"] = forms.ChoiceField(label=_("材料"), choices=[(one.key, one.text[which]) for one in version.items.values()])


class PaperForm(forms.Form):
    """One kind of document among others on a page: only what this kind asks for; left alone, it is not handed in."""

    file = forms.FileField(label=_("文件"), help_text=_("PDF、PNG 或 JPEG"), error_messages={"required": _("请选择文件")},
                           widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}))
    number = TidyField(label=_("证书编号"), max_length=80, required=False)
    level = forms.IntegerField(label=_("证书等级"), required=False)
    effective_to = forms.DateField(label=_("有效期至"), required=False, widget=_DAY)

    def __init__(self, data: Any = None, files: Any = None, *, item: Item) -> None:
        super().__init__(data, files, prefix=item.key, empty_permitted=True, use_required_attribute=False)
        if item.levels is None:
            del self.fields["level"]
        else:
            self.fields["level"].help_text = _("%(low)s 至 %(high)s 级") % {"low": item.levels[0], "high": item.levels[1]}
        if item.term == "none":
            del self.fields["number"], self.fields["effective_to"]


class ProfileForm(forms.Form):
    """The organisation's profile; who owns it is asked for statistics alone."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    region = TidyField(label=_("行政区划代码"), max_length=6, required=False, help_text=_("六位；由统一社会信用代码预填"))
    sector = TidyField(label=_("行业门类"), max_length=2, required=False)
    ownership_type = forms.ChoiceField(label=_("所有制类型"), choices=[("", "—"), *OwnershipType.choices], required=False,
                                       help_text=_("仅用于统计；任何规则、收费与排序都不读取"))
    chief_data_officer = TidyField(label=_("首席数据官"), max_length=60, required=False)
    incident_contact = TidyField(label=_("安全事件联系人与电话"), max_length=120, required=False, help_text=_("7×24 小时"))
    intermediary_kinds = forms.MultipleChoiceField(label=_("中介类型"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, version: Checklist, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        choices = version.questions["intermediary_kind"].choices or {}
        kinds = self.fields["intermediary_kinds"]
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = [(key, texts[0 if chinese else 1]) for key, texts in choices.items()]


class SizeForm(forms.Form):
    """A firm's figures of a year; only those that its industry is measured by are kept."""

    industry = forms.ChoiceField(label=_("划型行业"))
    year = forms.IntegerField(label=_("数据年度"), min_value=2000, max_value=2100)
    staff = forms.IntegerField(label=_("从业人员（人）"), min_value=0, max_value=10_000_000, required=False)
    turnover_fen = YuanField(label=_("营业收入（元）"), required=False)
    assets_fen = YuanField(label=_("资产总额（元）"), required=False)
    basis = TidyField(label=_("依据"), max_length=200, help_text=_("如年度财务报表、社保缴纳人数"))

    def __init__(self, *args: Any, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        self.auto_id = "size_%s"
        self.fields["industry"] = forms.ChoiceField(label=_("划型行业"), choices=[
            ("", "—"), *((one.key, one.text[0 if chinese else 1]) for one in industries().values())])


class SponsorForm(forms.Form):
    """Whom one vouches for."""

    supplier = TidyField(label=_("供方机构编号"), max_length=16)


class ProjectForm(forms.Form):
    """A government project one works or worked on."""

    authority = TidyField(label=_("委托机关"), max_length=120)
    project = TidyField(label=_("项目名称"), max_length=160)
    source = TidyField(label=_("依据"), max_length=160, help_text=_("合同、中标公告或自行申报"))
    begins = forms.DateField(label=_("开始日期"), widget=_DAY)
    ends = forms.DateField(label=_("结束日期"), required=False, widget=_DAY)


class StakeForm(forms.Form):
    """A holding: who holds how much of whom."""

    owner = TidyField(label=_("持有方机构编号"), max_length=16)
    share = forms.DecimalField(label=_("持股比例（%）"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    source = TidyField(label=_("依据"), max_length=120)
    turnover_year = forms.IntegerField(label=_("营业额年度"), required=False, min_value=2000, max_value=2200,
                                       help_text=_("持股使控制权变更时填写以下各项：用于判断是否须申报经营者集中"))
    world_fen = YuanField(label=_("参与各方全球营业额合计（元）"), required=False)
    china_fen = YuanField(label=_("参与各方中国境内营业额合计（元）"), required=False)
    owner_china_fen = YuanField(label=_("持有方中国境内营业额（元）"), required=False)
    owned_china_fen = YuanField(label=_("本机构中国境内营业额（元）"), required=False)

    def turnover(self) -> Turnover | None:
        """This will return the figures when any of them was filled in; what is missing among them is refused at its field."""
        good = self.cleaned_data
        names = ("world_fen", "china_fen", "owner_china_fen", "owned_china_fen")
        if good.get("turnover_year") is None and all(good.get(name) is None for name in names):
            return None
        return Turnover(good.get("turnover_year") or 0, *(good[name] if good.get(name) is not None else -1 for name in names))


class InviteForm(forms.Form):
    """A person, a role, a period."""

    person = TidyField(label=_("姓名"), max_length=60)
    identity = forms.CharField(label=_("身份证件号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}),
                               help_text=_("只用于识别同一自然人，仅保存加密摘要"))
    username = forms.SlugField(label=_("用户名"), max_length=40)
    role = forms.ChoiceField(label=_("角色"))
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=1095, required=False, help_text=_("不填为长期"))
    sectors = TidyField(label=_("监管行业"), max_length=60, required=False, help_text=_("行业门类字母，以空格分开；不填为全部行业"))
    regions = TidyField(label=_("监管地区"), max_length=120, required=False, help_text=_("行政区划代码，以空格分开；不填为全部地区"))

    def __init__(self, *args: Any, roles: tuple[str, ...] = (), **named: Any) -> None:
        super().__init__(*args, **named)
        self.auto_id = "invite_%s"
        self.fields["role"] = forms.ChoiceField(label=_("角色"), choices=[(role, Role(role).label) for role in roles])
        if not set(roles) & OVERSIGHT:
            del self.fields["sectors"], self.fields["regions"]

    def codes(self, name: str) -> list[str]:
        """A supervisor's sectors or regions, one code each; none where the organisation gives none."""
        given = str(self.cleaned_data.get(name, ""))
        return given.replace("，", " ").replace("、", " ").replace(",", " ").upper().split()


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
    scope = TidyField(label=_("适用范围"), max_length=60, required=False,
                      help_text=_("留空即一律适用；收费项目可限于成交方式与数据类别，例：channel=award;class=public"))
    value = forms.JSONField(label=_("新值"), help_text=_(
        '整数；带上下限的费率 {"bps": 250, "min_fen": 100, "max_fen": 500000}；'
        '随成交价递减的费率 {"bps": 500, "tiers": [{"above_fen": 10000000, "bps": 300}]}'))
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
