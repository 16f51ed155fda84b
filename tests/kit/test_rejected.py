"""Every refusal of the house says what, why and what next, in both languages."""

import re
from string import Formatter

from kit.rejected import Refusal, registered_refusals

STATUSES = {400, 401, 403, 404, 405, 406, 409, 415, 416, 422, 423, 428, 429, 500, 503}


def blanks(text: str) -> set[str]:
    """The blanks of a text; ``why_zh`` and ``why_en`` are one, as are ``zh`` and ``en``."""
    return {re.sub("(^|_)(zh|en)$", "", name) for _, name, _, _ in Formatter().parse(text) if name}


def test_every_refusal_names_its_fault_and_the_next_step_in_both_languages() -> None:
    rows = registered_refusals()
    assert len(rows) > 900
    silent = [code for code, one in rows.items() if not (all(one.title) and all(one.next_step) and one.status in STATUSES)]
    assert silent == [], "write a next step: who may not, or whom a rule stops, needs the way out of that rule"


def test_a_refusal_says_the_same_in_both_languages() -> None:
    """The blanks of the two texts are the same, and the English one holds no Chinese."""
    unlike = []
    for code, one in registered_refusals().items():
        for zh, en in (one.title, one.detail, one.next_step):
            if blanks(zh) != blanks(en) or bool(zh) != bool(en) or re.search("[\u4e00-\u9fff]", en):
                unlike.append((code, zh, en))
    assert unlike == []


def test_where_no_step_is_written_the_step_of_the_status_stands_in_save_where_a_rule_said_no() -> None:
    assert Refusal("test.a", 409, ("题", "t")).next_step == ("刷新后按现在的状态办理", "Reload and act on the state it is in now")
    assert Refusal("test.b", 409, ("题", "t"), next_step=("步", "s")).next_step == ("步", "s")
    assert Refusal("test.c", 422, ("题", "t")).next_step == Refusal("test.d", 403, ("题", "t")).next_step == ("", "")
