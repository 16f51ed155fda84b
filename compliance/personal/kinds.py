"""The kinds of personal data that are looked for, how sensitive each is, and which words of a heading suggest it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["KINDS", "Kind", "Weight", "kind", "kinds_of_heading"]

Pair = tuple[str, str]


class Weight(StrEnum):
    """What a kind makes of data: nothing yet (an organisation's own), personal, or sensitive personal information."""

    ORGANISATION = "organisation"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True)
class Kind:
    """``level`` is that of GB/T 43697-2024 annex H within general data (informative); ``basis`` says why it counts, zh and en."""

    name: str
    text: Pair
    weight: Weight
    level: int
    basis: Pair
    heading: re.Pattern[str]


_PIPL4 = ("个人信息保护法 第4条", "Personal Information Protection Law, art. 4")
_PIPL28 = ("个人信息保护法 第28条", "Personal Information Protection Law, art. 28")
_USCC = ("GB 32100-2015", "GB 32100-2015")


def _kind(name: str, zh: str, en: str, weight: Weight, level: int, heading: str) -> Kind:
    basis = {Weight.SENSITIVE: _PIPL28, Weight.PERSONAL: _PIPL4, Weight.ORGANISATION: _USCC}[weight]
    return Kind(name, (zh, en), weight, level, basis, re.compile(heading, re.IGNORECASE))


_S, _P, _O = Weight.SENSITIVE, Weight.PERSONAL, Weight.ORGANISATION
KINDS: tuple[Kind, ...] = (
    _kind("resident_id", "居民身份证号", "resident identity number", _S, 4,
          r"身份证|证件号|公民身份号|^sfz(h|hm)?$|id_?card|national_?id|resident_?id|identity_?n"),
    _kind("passport", "护照号", "passport number", _S, 4, r"护照|passport"),
    _kind("us_ssn", "美国社会安全号", "US social security number", _S, 4, r"\bssn\b|social_?security"),
    _kind("bank_card", "银行卡号", "bank card number", _S, 4, r"银行卡|银行账|卡号|^yhkh$|card_?(no|num)|cc_?num|bank_?acc|account_?n"),
    _kind("mobile", "手机号", "mobile number", _P, 3, r"手机|移动电话|^sjh(m)?$|^lxdh$|mobile|cell_?phone"),
    _kind("phone", "电话号码", "telephone number", _P, 3, r"电话|座机|传真|phone|^tel|_tel|fax"),
    _kind("email", "电子邮箱", "e-mail address", _P, 3, r"邮箱|电子邮件|e-?mail"),
    _kind("name", "姓名", "name of a person", _P, 3,
          r"姓名|联系人|户主|法定代表人|负责人姓名|患者名|学生名|^xm$|"
          r"full_?name|first_?name|last_?name|given_?name|surname|"
          r"maiden|person_?name"),
    _kind("address", "住址", "address", _P, 3,
          r"住址|家庭地址|居住地|通讯地址|^地址$|详细地址|home_?address|street_?address|^address|residence"),
    _kind("birth_date", "出生日期", "date of birth", _P, 3, r"出生|生日|^csrq$|birth|\bdob\b"),
    _kind("plate", "机动车号牌", "vehicle plate", _P, 3, r"车牌|号牌|plate_?n|licen[cs]e_?plate"),
    _kind("ip_address", "IP 地址", "IP address", _P, 2, r"^ip$|ip_?addr|客户端ip"),
    _kind("web_account", "网络账号", "web account", _P, 3, r"微信号|qq号|用户名|^user_?name$|^login$|网名|昵称"),
    _kind("password", "口令", "password", _S, 4, r"密码|口令|password|passwd"),
    _kind("health", "医疗健康", "medical and health", _S, 4, r"诊断|病历|疾病|病史|处方|血型|blood_?type|diagnos|medical_?rec|disease"),
    _kind("biometric", "生物识别", "biometrics", _S, 4, r"人脸|指纹|虹膜|声纹|掌纹|face_?id|fingerprint|iris_?(code|template)|voiceprint"),
    _kind("religion", "宗教信仰", "religious belief", _S, 4, r"宗教|信仰|religio"),
    _kind("track", "行踪轨迹", "whereabouts", _S, 4, r"轨迹|行踪|trajector|gps_?track"),
    _kind("minor", "不满十四周岁", "under fourteen", _S, 4, r"儿童姓名|学生姓名|家长|监护人|guardian|pupil"),
    _kind("uscc", "统一社会信用代码", "unified social credit code", _O, 1, r"统一社会信用|信用代码|uscc"),
)
_BY_NAME = {one.name: one for one in KINDS}


def kind(name: str) -> Kind:
    """This will return a kind by its name."""
    return _BY_NAME[name]


def kinds_of_heading(heading: str) -> list[str]:
    """This will name the kinds a column's heading suggests."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading.strip()).replace(" ", "_").replace("-", "_")
    return [one.name for one in KINDS if one.heading.search(words) or one.heading.search(heading.strip())]
