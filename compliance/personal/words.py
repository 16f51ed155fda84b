"""Names of persons and addresses, told by their make: surnames in front, places from large to small, numbers of houses and rooms."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["is_address", "is_name"]

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章"
    "鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟"
    "艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄"
    "丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练"
    "廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙戈浦邸")
_COMPOUND = frozenset((
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "夏侯", "南宫", "端木", "百里",
    "长孙", "宇文", "轩辕"))
_HAN = re.compile(r"[\u3400-\u9fff]{2,4}")
#: Endings that no given name has: they make a firm, an office or a thing of it.
_THINGS = re.compile(r"[省市区县镇乡村街路站厂店部局所院校司场馆库桥河湖山寺组处科室]$|公司|中心|数据|信息|管理|服务|项目")
_PLACES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|"
    "甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门")
_AREA = re.compile(
    rf"(?:{_PLACES})(?:省|市|自治区|特别行政区)?|"
    r"[\u4e00-\u9fff]{2,7}?(?:自治州|自治县|地区|新区|开发区|市|区|县|旗|盟|镇|乡|街道)")
_ROAD = re.compile(r"[\u4e00-\u9fff\d]{1,10}?(?:大道|大街|路|街|巷|弄|胡同|里|村|屯|社区|小区|花园|苑|公寓|家园|庄)")
_HOUSE = re.compile(r"\d{1,5}\s*(?:号院|号楼|号|栋|幢|座|单元|楼|层|室|户|组|队|弄)|[一二三四五六七八九十\d]{1,3}组")
_STREET = re.compile(
    r"\b\d{1,6}[A-Za-z]?\s+(?:[\w.'’-]+\s+){1,5}?(?:st|street|rd|road|ave|avenue|dr|drive|ln|lane|blvd|boulevard|way|court|ct|place|"
    r"pl|square|sq|terrace|parkway|hwy|highway|circle|hoog|close|crescent)\b\.?|\bp\.?\s?o\.?\s+box\s+\d+|"
    r"\b(?:apt|suite|unit)\.?\s+\d+\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _is_a_thing(text: str) -> bool:
    """Begins with a word of the dictionary that names no person: 方便面, 白砂糖, 金属件."""
    import rjieba  # reads its dictionary when it is first asked, not when a process starts

    first, tag = rjieba.tag(text, hmm=False)[0]
    return len(first) > 1 and not tag.startswith("nr")


def is_name(text: str) -> bool:
    """This will tell whether a cell is made like a Chinese name: a surname and one or two characters. One cell proves nothing."""
    text = text.strip().replace("·", "").replace("先生", "").replace("女士", "")
    if not _HAN.fullmatch(text) or _THINGS.search(text) or _is_a_thing(text):
        return False
    return (text[:2] in _COMPOUND and len(text) > 2) or (text[0] in _SURNAMES and len(text) <= 3)


def is_address(text: str) -> bool:
    """This will tell whether a text holds an address down to a house, a room or a village group."""
    if _STREET.search(text):
        return True
    house = _HOUSE.search(text)
    return bool(house and (_ROAD.search(text[: house.start()]) or len(_AREA.findall(text[: house.start()])) > 1))
