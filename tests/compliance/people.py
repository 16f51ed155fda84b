"""Made-up persons and firms, the same for a seed: numbers with right check digits, names, addresses; and look-alikes that are none."""

from __future__ import annotations

import random
from collections.abc import Callable

from stdnum import luhn
from stdnum.cn import ric, uscc

__all__ = ["MAKERS", "innocent"]

_PLACES = ["110105", "310104", "320102", "330106", "440305", "510107", "340103", "610113", "640104", "420106"]
_CITIES = ["上海市徐汇区", "江苏省南京市玄武区", "浙江省杭州市西湖区", "广东省深圳市南山区", "安徽省合肥市庐阳区",
           "宁夏银川市兴庆区", "陕西省西安市雁塔区"]
_ROADS = ["中山北路", "人民大道", "解放街", "和平里", "建设路", "长江西路", "文化巷", "学府大街"]
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英"


def _resident(rnd: random.Random) -> str:
    born = f"{rnd.randint(1940, 2012)}{rnd.randint(1, 12):02d}{rnd.randint(1, 28):02d}"
    number = f"{rnd.choice(_PLACES)}{born}{rnd.randint(1, 999):03d}"
    return number + ric.calc_check_digit(number + "0")


def _card(rnd: random.Random) -> str:
    start = rnd.choice(["622202", "621700", "622848", "623058", "4392", "5187"])
    body = start + "".join(rnd.choices("0123456789", k=(18 if start.startswith("62") else 15) - len(start)))
    number = body + luhn.calc_check_digit(body)
    return number if rnd.random() < 0.5 else " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def _mobile(rnd: random.Random) -> str:
    number = rnd.choice(["138", "150", "186", "199", "177"]) + "".join(rnd.choices("0123456789", k=8))
    return rnd.choice([number, f"+86 {number}", f"{number[:3]}-{number[3:7]}-{number[7:]}", f"{number[:3]} {number[3:7]} {number[7:]}"])


def _landline(rnd: random.Random) -> str:
    area = rnd.choice(["010", "021", "0551", "0951", "029"])
    number = str(rnd.randint(2, 8)) + "".join(rnd.choices("0123456789", k=7 if len(area) == 3 else 6))
    return rnd.choice([f"{area}-{number}", f"({area}){number}", f"{area}-{number}-{rnd.randint(1, 999)}"])


def _firm(rnd: random.Random) -> str:
    body = "91" + rnd.choice(_PLACES) + "".join(rnd.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=9))
    return body + uscc.calc_check_digit(body)


def _email(rnd: random.Random) -> str:
    who, number = rnd.choice(["li.lei", "zhang_wei", "wang88", "chen-ming"]), rnd.randint(1, 99)
    return f"{who}{number}@{rnd.choice(['example.com', 'mail.example.cn'])}"


def _address(rnd: random.Random) -> str:
    house = rnd.choice([f"{rnd.randint(1, 900)}号", f"{rnd.randint(1, 60)}号院{rnd.randint(1, 20)}号楼"
                        f"{rnd.randint(1, 6)}单元{rnd.randint(101, 2804)}室",
                        f"{rnd.randint(1, 300)}弄{rnd.randint(1, 60)}号{rnd.randint(101, 990)}室"])
    return rnd.choice(_CITIES) + rnd.choice(_ROADS) + house


def _name(rnd: random.Random) -> str:
    return rnd.choice(_SURNAMES) + "".join(rnd.choices(_GIVEN, k=rnd.choice([1, 2])))


#: kind -> (heading that says nothing, how one is made)
MAKERS: dict[str, Callable[[random.Random], str]] = {
    "resident_id": _resident, "bank_card": _card, "mobile": _mobile, "phone": _landline, "uscc": _firm, "email": _email,
    "address": _address,
    "name": _name,
}


def innocent(rnd: random.Random) -> dict[str, str]:
    """A row of things that look a little like personal data and are none."""
    return {
        "编码": f"{rnd.randint(10**17, 10**18 - 1)}", "订单": f"DD{rnd.randint(10**10, 10**11 - 1)}",
        "金额": f"{rnd.randint(100, 10**7)}.{rnd.randint(0, 99):02d}",
        "日期": f"{rnd.randint(2001, 2026)}-{rnd.randint(1, 12):02d}-{rnd.randint(1, 28):02d}",
        "时刻": f"{rnd.randint(0, 23):02d}:{rnd.randint(0, 59):02d}:00",
        "地区": rnd.choice(["高新区", "金山区", "和平区", "白云区", "江北区"]), "等级": rnd.choice(["高级", "中级", "初级", "特等"]),
        "品名": rnd.choice(["方便面", "白砂糖", "金属件", "石灰石", "毛巾"]),
        "经度": f"{rnd.randint(73, 135)}.{rnd.randint(0, 999999):06d}",
        "版本": f"{rnd.randint(1, 9)}.{rnd.randint(0, 20)}.{rnd.randint(0, 20)}",
    }
