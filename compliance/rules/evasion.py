"""Characters that hide a term: full width, look-alike forms, traditional script, invisible characters and spaces.

One table says what each hiding character stands for (nothing, for spaces and invisible ones); every other character
stands for itself. It is built once from Unicode's own data plus our list of traditional forms.
"""

from __future__ import annotations

import unicodedata
from functools import cache

__all__ = ["HIDING", "normalise"]

_TRADITIONAL = (
    "萬與專業東絲兩嚴喪個豐臨為麗舉麼義烏樂喬習鄉書買亂爭於虧雲亞產畝親億僅從侖倉儀們價眾優夥會傘偉傳傷倫偽佇體餘傭兒黨蘭"
    "關興養獸內岡冊寫軍農馮沖決況凍淨涼減湊凱別刪剛創劃劇劉劍劑勁勞勢勵勻區醫華協單賣盧衛卻廠廳歷厲壓厭縣參雙發變敘葉號嘆"
    "嗎聽啟吳員聞響問喚嗇國圖圓團園圍聖場壞塊堅壇墳墜壟壯聲殼壺處備復夠頭夾奪奮獎婦媽嬰孫學寧寶實寵審憲宮寬賓對尋導將爾塵"
    "嘗層屬歲島峽嶺幣師帳帶幫幹並廣莊慶庫應廟廢開異棄張彌彎彈強歸當錄徹徑後懷態憂愛憑懸戰戲戶撲執擴掃揚擾撫拋搶護報擔擬攏"
    "擁攔擇掛摯撥擊擋據損換搗攜攝擺搖撐敗敵數齋斷無舊時曠曉暫曬術樸機殺雜權條來楊極構槍楓標棧棟樹樣橋檢樓橫櫻歡歐殘毀畢氣"
    "漢湯溝沒滬淚澤潔濃測濟渾濕溫灣滅燈靈災爐點煉爍爛燒燭煙煩熱爺牽獨獄獵貓獻環現璽瓊電畫暢療瘋癢瘡癥皚盜鹽監蓋盤睜瞞矚礦"
    "碼磚礎確碩礙禮禍種稱積穩窮竊窯競筆築篩簡簽籃籌類糧緊糾紅約級紀緯純紗納紛紙紋紡紐線組細織終絆紹經結繞給絡絕統繼績緒續"
    "維綿綜緩編緣縫縮總繩繪繳網羅罰罷職聯聰肅腸膚腎腫脈臟膽勝腦臉膠臺艦藝節薦藥蕩薩藍虛蟲螞蠶補襯襲裝褲見觀規視覽覺觸譽計"
    "訂訊討訓議記講許論設訪證評識詐訴診詞譯試詩誠話誕詢該詳誤說請諸諾讀課調諒談謀謊謝謠謹譜質貝貞負貢財責賢賬貨販貪貧購貫"
    "貯貴貸貿費賀賊賄資賦賭賞賜賠賴賺賽贈贊贏趕趨躍踐車軌軒轉輪軟轟載輕較輔輛輝輩輸轄辭邊遼達遷過邁運還這進遠違連遲適選遺"
    "郵鄭鄰醜醬釀採釋裏鑒針釘鈕鈔鈣鋼鑰欽鈉鉀鐵鉛銅鋁銀鋪銷鎖鋒鍋錯錢錦鍵鍛鎮鏈鏡長門閃閉闖閒間閱隊陽陰陣階際陸陳險隨隱難"
    "雞離霧靜韓頁頂項順須頑顧頓預領頗頻題額顏願顛風飛飯飲飾飽餅館饋馬馭馱馴駁駐駕駛騙騎驗驚驟骯魚魯鮮鳥鳴鴻鵬麥黃齊齒龍龜"
    "鑑鏟滙匯迴週麵製複係繫鬆餵囑幾撿徵誌註佈倣姦彙槓礮砲獲營銹讓隻鐘鬥衝蔔籤裡麪徧燬燻闆嚮嚐贓賍禦籲鬱髮髒纔鹼蘇範蔣薑濾"
    "瀏滿漲澆渦滯潛瀉濺殲滲鑽鎢鈾鈈彊脅軀綁綫攷驅彫盃佔喫嚥噁囌塗堃夢妝姪娛嬌孃寢屍崗嶄巖幟廬弔彥徬恆悅惡惱慘慣慮憤懇懶戀"
    "邏輯譴腳蹤蹟跡疊祕閥櫃顱瀆贗贋滾謄睏盡緻瀋準凈淩裊袞頒頌頸頰顆顯顫飄飢餃饑饒駒駱騰騷髏鬧鯨鰲鷹鹹麴"
)
_SIMPLIFIED = (
    "万与专业东丝两严丧个丰临为丽举么义乌乐乔习乡书买乱争于亏云亚产亩亲亿仅从仑仓仪们价众优伙会伞伟传伤伦伪伫体余佣儿党兰"
    "关兴养兽内冈册写军农冯冲决况冻净凉减凑凯别删刚创划剧刘剑剂劲劳势励匀区医华协单卖卢卫却厂厅历厉压厌县参双发变叙叶号叹"
    "吗听启吴员闻响问唤啬国图圆团园围圣场坏块坚坛坟坠垄壮声壳壶处备复够头夹夺奋奖妇妈婴孙学宁宝实宠审宪宫宽宾对寻导将尔尘"
    "尝层属岁岛峡岭币师帐带帮干并广庄庆库应庙废开异弃张弥弯弹强归当录彻径后怀态忧爱凭悬战戏户扑执扩扫扬扰抚抛抢护报担拟拢"
    "拥拦择挂挚拨击挡据损换捣携摄摆摇撑败敌数斋断无旧时旷晓暂晒术朴机杀杂权条来杨极构枪枫标栈栋树样桥检楼横樱欢欧残毁毕气"
    "汉汤沟没沪泪泽洁浓测济浑湿温湾灭灯灵灾炉点炼烁烂烧烛烟烦热爷牵独狱猎猫献环现玺琼电画畅疗疯痒疮症皑盗盐监盖盘睁瞒瞩矿"
    "码砖础确硕碍礼祸种称积稳穷窃窑竞笔筑筛简签篮筹类粮紧纠红约级纪纬纯纱纳纷纸纹纺纽线组细织终绊绍经结绕给络绝统继绩绪续"
    "维绵综缓编缘缝缩总绳绘缴网罗罚罢职联聪肃肠肤肾肿脉脏胆胜脑脸胶台舰艺节荐药荡萨蓝虚虫蚂蚕补衬袭装裤见观规视览觉触誉计"
    "订讯讨训议记讲许论设访证评识诈诉诊词译试诗诚话诞询该详误说请诸诺读课调谅谈谋谎谢谣谨谱质贝贞负贡财责贤账货贩贪贫购贯"
    "贮贵贷贸费贺贼贿资赋赌赏赐赔赖赚赛赠赞赢赶趋跃践车轨轩转轮软轰载轻较辅辆辉辈输辖辞边辽达迁过迈运还这进远违连迟适选遗"
    "邮郑邻丑酱酿采释里鉴针钉钮钞钙钢钥钦钠钾铁铅铜铝银铺销锁锋锅错钱锦键锻镇链镜长门闪闭闯闲间阅队阳阴阵阶际陆陈险随隐难"
    "鸡离雾静韩页顶项顺须顽顾顿预领颇频题额颜愿颠风飞饭饮饰饱饼馆馈马驭驮驯驳驻驾驶骗骑验惊骤肮鱼鲁鲜鸟鸣鸿鹏麦黄齐齿龙龟"
    "鉴铲汇汇回周面制复系系松喂嘱几捡征志注布仿奸汇杠炮炮获营锈让只钟斗冲卜签里面遍毁熏板向尝赃赃御吁郁发脏才碱苏范蒋姜滤"
    "浏满涨浇涡滞潜泻溅歼渗钻钨铀钚强胁躯绑线考驱雕杯占吃咽恶苏涂坤梦妆侄娱娇娘寝尸岗崭岩帜庐吊彦彷恒悦恶恼惨惯虑愤恳懒恋"
    "逻辑谴脚踪迹迹叠秘阀柜颅渎赝赝滚誊困尽致沈准净凌袅衮颁颂颈颊颗显颤飘饥饺饥饶驹骆腾骚髅闹鲸鳌鹰咸曲"
)
#: Looks like a space or is not seen at all, beside what Unicode itself calls space, format or separator.
_UNSEEN = "\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u2800" + "".join(map(chr, range(0xFE00, 0xFE10)))
#: Code points looked through: the first plane and the ideograph variants of the second.
_RANGES = (range(0x21, 0xD800), range(0xE000, 0x10000), range(0x1D400, 0x1D800), range(0x1F100, 0x1F200), range(0x2F800, 0x2FA20))


def _standing_for(character: str) -> str:
    if character.isspace() or character in _UNSEEN or unicodedata.category(character) in {"Cf", "Zs", "Zl", "Zp", "Cc"}:
        return ""
    plain = unicodedata.normalize("NFKC", character).casefold()
    return "".join(_SIMPLE.get(one, one) for one in plain if not one.isspace())


_SIMPLE = {old: new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if old != new}


@cache
def hiding() -> dict[str, str]:
    """This will return what each hiding character stands for; a few thousand entries, built once."""
    table = {}
    for code in (*range(0x21), *(code for span in _RANGES for code in span), 0xE0001, *range(0xE0020, 0xE0080), *range(0xE0100, 0xE01F0)):
        character = chr(code)
        plain = _standing_for(character)
        if plain != character and (plain == "" or any(one.isalnum() for one in plain)):
            table[character] = plain
    return table


HIDING = hiding()


def normalise(text: str) -> str:
    """This will write ``text`` in the one form terms are compared in."""
    return "".join(HIDING.get(character, character) for character in text)
