"""What the desk is refused of its own papers and of its day, in both languages; ``refusals.py`` registers them."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

ROWS = [
    Refusal("compliance.saved_view.name", 400, ("请给视图起名", "Give the view a name"),
            ("名称至多 {most} 字，不含控制字符。", "A name has at most {most} characters and no control characters.")),
    Refusal("compliance.saved_view.too_many", 409, ("视图太多", "Too many views"),
            ("每个队列至多保存 {most} 个视图。", "At most {most} views are kept of one queue."), "",
            ("先删除不用的视图", "Drop one you no longer use")),
    Refusal("compliance.saved_view.not_yours", 403, ("不是您的视图", "Not your view"),
            ("“{name}”由他人保存或已删除，只有保存的人可以删除。", "“{name}” is another person's or is gone; only its owner drops it."), "",
            ("另存为自己的视图", "Save a view of your own")),
    Refusal("compliance.letter.incomplete", 400, ("函件没有写全", "The letter is incomplete"),
            ("写明代号（小写字母开头，字母、数字与连字符，2 至 20 位）、中英文名称和正文。",
             "State a key (2 to 20 lower-case letters, digits, hyphens; a letter first), its name and text in both languages.")),
    Refusal("compliance.letter.too_long", 422, ("正文太长", "The text is too long"),
            ("每种语言至多 {most} 字。", "At most {most} characters in each language."), "",
            ("缩短文字后再次提交", "Shorten the text and send it again")),
    Refusal("compliance.letter.unknown_field", 422, ("字段无法填充", "A field cannot be filled"),
            ("没有字段“{field}”；可用的字段：{fields}。", "There is no field “{field}”; fields are: {fields}."),
            "监管台办理规范 第5条",
            ("改用所列字段", "Use one of those fields")),
    Refusal("compliance.letter.one_waiting", 409, ("上一版尚待复核", "The last version still waits"),
            ("{key} 第 {version} 版等待第二人复核，决定后才能起草下一版。",
             "Version {version} of {key} waits for its second person; the next is drafted after that."), "四眼原则 I18"),
    Refusal("compliance.letter.not_waiting", 409, ("已经决定", "Decided already"),
            ("{key} 第 {version} 版不在等待复核。", "Version {version} of {key} does not wait for a decision.")),
    Refusal("compliance.bulk.changed", 409, ("预览后有变化", "It changed after the preview"),
            ("{case} 在预览之后已由他人办理。", "{case} was worked on by somebody else after the preview."), "",
            ("重新预览", "Preview again")),
    Refusal("compliance.bulk.nothing", 400, ("没有选择案件", "No case is chosen"),
            ("勾选 1 至 {most} 件，并选择一项操作。", "Tick 1 to {most} cases and choose an act.")),
    # ---- the operator's day
    Refusal("compliance.day.ahead", 422, ("那一天还没有到", "That day has not come"),
            ("{day} 尚未开始，不能日终。", "{day} has not begun and cannot be closed."), "",
            ("待该日结束后再日终", "Close it once the day is over")),
    Refusal("compliance.day.left_open", 422, ("还有未完成的事项", "Something is still open"),
            ("{number} 项检查未通过；先办理，或写明为何留到次日。", "{number} checks are open: do them, or say why they are left."), "",
            ("写明理由，至少四个字", "State the reason, four characters at least")),
    Refusal("compliance.day.closed_already", 409, ("当日已经日终", "The day is closed"),
            ("{day} 已经日终，不能再次办理。", "{day} was closed already.")),
    Refusal("compliance.job.unreasoned", 400, ("请写明理由", "Give the reason"),
            ("重试前写明查明的原因，至少四个字。", "Say what the cause was, four characters at least.")),
    Refusal("compliance.job.none_parked", 409, ("没有挂起的任务", "Nothing is parked"),
            ("{subscriber} 没有挂起的事项，可能已由他人重试。", "Nothing of {subscriber} is parked; somebody may have retried it.")),
]
