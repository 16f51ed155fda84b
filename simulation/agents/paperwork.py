"""What the demo's offices write: letters, complaints that came in, and the words of two authorities on one matter. Data, no acts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMPLAINTS", "JOINTS", "LETTERS", "Filed", "Joined", "Letter"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class Letter:
    """A letter template: drafted so many days before the present; one that is not approved waits for its second person."""

    days: int
    key: str
    names: Pair
    bodies: Pair
    approved: bool = True


LETTERS: tuple[Letter, ...] = (
    Letter(62, "ask-papers", ("请补充材料", "Request for papers"), (
        "{party}：\n关于“{title}”（{code}），请在{due}前补充能够说明来源、授权与质量的材料。逾期未补的，按现有材料办理。\n{today}",
        "To {party}: about “{title}” ({code}), please hand in by {due} what shows source, authorisation and quality. After that we go "
        "on with what is on file.\n{today}")),
    Letter(60, "hearing", ("告知陈述申辩权利", "Notice of the right to be heard"), (
        "{party}：\n本所正在办理“{title}”（{code}），现状态为{state}。贵机构可以陈述、申辩并提交证据，期限至{due}；不陈述不视为承认。\n{today}",
        "To {party}: we are dealing with “{title}” ({code}), now {state}. You may be heard and bring evidence until {due}; silence is no "
        "admission.\n{today}")),
    Letter(57, "closed", ("办结告知", "Notice of the end of a case"), (
        "{party}：\n“{title}”（{code}）已办结，结果：{state}。不服的，可以按规则提出异议。\n{today}",
        "To {party}: “{title}” ({code}) is closed, with the result: {state}. You may object under the rules.\n{today}")),
    Letter(5, "mend", ("限期改正", "To be mended in time"), (
        "{party}：\n请于{due}前改正“{title}”（{code}）中指明的问题；首次轻微且按期改正的，不予处理。\n{today}",
        "To {party}: please mend by {due} what is named in “{title}” ({code}); a first minor fault mended in time has no "
        "consequence.\n{today}"),
        approved=False),
)


@dataclass(frozen=True)
class Filed:
    """A complaint of an outsider, filed so many days before the present, and the desk's answer ('' = still handled)."""

    days: int
    kind: str
    about: str
    text: str
    name: str = ""
    contact: str = ""
    taken_in: bool = True
    answer: str = ""


COMPLAINTS: tuple[Filed, ...] = (
    Filed(38, "rights", "zhiche", "产品说明中的图表与本机构去年公开的报告相同，未注明出处。", "唐予安", "tang@example.cn",
          answer="已核对来源说明与公开许可：图表按开放许可使用，卖方已补注出处。"),
    Filed(30, "unlawful_data", "haoyue", "样本中出现疑似贷款逾期明细，可能来自未经授权的征信信息。",
          answer="与金融监管机关联合核查：样本为合成数据，来源与授权齐全；已要求卖方在说明中写明。"),
    Filed(11, "privacy", "haoyue", "接口返回的字段组合可能识别到个人，请核查脱敏是否充分。", "沈知微", "shen@example.cn"),
    Filed(3, "unfair_trade", "hengzhi", "同一数据集对中小企业报价明显高于大型企业，未见理由。", taken_in=False),
)


@dataclass(frozen=True)
class Joined:
    """Joint work on a complaint: why, who holds what (a view and its reasons; no view = not given yet), and the conclusion."""

    days: int
    about: Filed
    title: Pair
    reason: str
    joins: str
    theirs: Pair
    ours: Pair
    concludes: str = ""


JOINTS: tuple[Joined, ...] = (
    Joined(28, COMPLAINTS[1], ("数据来源或内容违法", "Unlawful source or content"),
           "所涉数据兼属金融业，来源是否需要征信许可由贵局判断。", "属本局职责，同意共同办理。",
           ("in_order", "样本为合成数据，不属于征信信息；来源机构持牌，授权链完整。"),
           ("finding", "来源合法，但产品说明未写明样本为合成，买方可能误解，应当更正。"),
           "来源合法，以贵局意见为准；说明不清一节由本机关要求更正，按首次轻微处理，不立案。"),
    Joined(8, COMPLAINTS[2], ("侵害个人信息权益", "Personal information"),
           "接口字段涉及账户活跃度，脱敏标准按金融业规范，请共同核查。", "同意共同办理，本局核查脱敏标准。",
           ("in_order", "字段组合经抽测不能识别到个人，符合金融数据脱敏规范。"), ("", "")),
)
