"""The rules as pages for docs/rules and for print, in both languages, made from the data that judges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compliance.catalogue import conducts, credit_events, measures, templates
from compliance.rules.base import Rule, Tier, facts_of
from compliance.rules.circulation import circulation
from compliance.rules.classes import rule_classes
from compliance.rules.negative_list import RuleSet, shipped_rules
from compliance.rules.vocabulary import vocabulary
from compliance.rules.wording import say
from participants.timers import every

__all__ = ["list_page", "pages"]

Pair = tuple[str, str]
ZH, EN = 0, 1
_HEAD = (
    "由 `make docs` 从规则数据生成，请勿手改。《数据二十条》第十四条：不能交易或严格限制交易的数据项。未经律师审定。",
    "Made by `make docs` from the rules' data; do not edit. Data Twenty, item 14: data that may not be traded, or only under strict "
    "limits. Not reviewed by a lawyer.",
)
_TIERS = {Tier.PROHIBITED: ("不能交易", "Prohibited"), Tier.RESTRICTED: ("严格限制交易", "Restricted")}
_MADE = ("由 `make docs` 从规则数据生成，请勿手改。", "Made by `make docs` from the rules' data; do not edit. ")
#: The clause a whole page stands on, where its rows have none of their own.
_CLAUSES: dict[str, Pair] = {
    "circulation": ("数据二十条 第八、九条（R43）。每一格自有条款。", "Data Twenty, items 8 and 9 (R43); each cell has its own clause."),
    "measures": ("数据二十条 第十六条（R94）；各项措施和行为自有依据。",
                 "Data Twenty, item 16 (R94); each measure and each conduct has its own basis."),
    "events": ("数据二十条 第十五、十六条（R87、R94）：评分决定抽查比例和状态。",
               "Data Twenty, items 15 and 16 (R87, R94): the score decides how often is sampled, and the standing."),
    "declarations": ("数据二十条 第十五条（R88、R115）：数据来源、数据产权、数据质量、数据使用的声明和承诺。",
                     "Data Twenty, item 15 (R88, R115): declarations and commitments on source, rights, quality and use."),
}
#: Where each row of a table is tested under its own name.
_ROWS = "tests/compliance/test_rule_rows.py"
_LABELS: dict[str, Pair] = {
    "basis": ("条款", "Clause"), "fact": ("事实", "Facts"), "way": ("出路", "Way out"), "conditions": ("条件", "Conditions"),
    "from": ("施行自", "In force from"), "check": ("核对", "Compared with its text"), "code": ("程序", "Code"), "test": ("测试", "Test"),
    "asks": ("须查明", "To be known"), "terms": ("提示词", "Words that hint"),
}


def pages() -> dict[Path, str]:
    """This will return path below docs/ -> text, for ``write_docs``."""
    folder = Path("rules")
    found = {}
    for language, suffix in ((ZH, "zh-CN"), (EN, "en")):
        found[folder / f"negative-list.{suffix}.md"] = list_page(shipped_rules(), language)
        found[folder / f"classes.{suffix}.md"] = _classes_page(language)
        found[folder / f"circulation.{suffix}.md"] = _circulation_page(language)
        found[folder / f"facts.{suffix}.md"] = _facts_page(language)
        found[folder / f"conduct.{suffix}.md"] = _conduct_page(language)
        found[folder / f"declarations.{suffix}.md"] = _declarations_page(language)
    return found


def _page(lines: Iterator[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def list_page(rules: RuleSet, language: int) -> str:
    """This will write a list in one language (0 Chinese, 1 English)."""
    return _page(_list_lines(rules, language))


def _list_lines(rules: RuleSet, language: int) -> Iterator[str]:
    title = ("负面清单", "Negative list")[language]
    start = f"{_LABELS['from'][language]} {rules.effective_from.isoformat()}\n\n" if rules.effective_from else ""
    yield f"# {title} {rules.version}\n\n{_HEAD[language]}\n\n{start}SHA-256 `{rules.hash}`\n"
    for tier, name in _TIERS.items():
        chosen = [rule for rule in rules.rules if rule.tier is tier]
        yield f"## {name[language]} ({len(chosen)})\n"
        for rule in chosen:
            yield from _rule_lines(rule, language)


def _rule_lines(rule: Rule, language: int) -> Iterator[str]:
    words = vocabulary()
    mark = words.evidence[rule.evidence][language]
    waivable = (("可豁免", "不可豁免"), ("waivable", "not waivable"))[language][0 if rule.waivable else 1]
    yield f"### {rule.id} {rule.name[language]}\n"
    rows = {
        "basis": "; ".join(pair[language] for pair in rule.basis) + f" ({mark}; {waivable})", "fact": say(rule.when)[language],
        "conditions": "; ".join(words.conditions[code][language] for code in rule.conditions),
        "way": "; ".join(words.remedies[code][language] for code in rule.remedy),
        "check": _months(rule.evidence, language), "test": f"`tests/compliance/test_negative_list.py` ({rule.id})",
        "asks": ", ".join(f"`{name}`" for name in sorted(facts_of(rule.when))), "terms": ", ".join(rule.terms),
    }
    for key, text in rows.items():
        if text:
            yield f"- {_LABELS[key][language]}: {text}"
    yield ""


def _classes_page(language: int) -> str:
    return _page(_class_lines(language))


def _class_lines(language: int) -> Iterator[str]:
    yield f"# {('程序中的规则', 'Rules in code')[language]}\n\n{_HEAD[language]}\n"
    for one in rule_classes():
        mark = vocabulary().evidence[one.evidence][language]
        yield f"### {one.id} {one.name[language]}\n"
        yield f"- {_LABELS['basis'][language]}: {one.basis[language]} ({mark})"
        yield f"- {_LABELS['from'][language]}: {one.effective_from.isoformat()}"
        yield f"- {_LABELS['check'][language]}: {_months(one.evidence, language)}"
        yield f"- {_LABELS['code'][language]}: `{one.code}`"
        yield f"- {_LABELS['test'][language]}: `{one.test}`\n"


def _months(evidence: str, language: int) -> str:
    """How often a rule of this mark is compared with its text."""
    held = next(row for row in every() if row.key == f"rule.check.{evidence}")
    return (f"每 {held.value} 个月", f"every {held.value} months")[language]


def _made(page: str, language: int) -> str:
    """How a page came about, and the clause that all of it stands on."""
    return f"{_MADE[language]}{_CLAUSES[page][language]}"


def _tested(row: str, where: str = _ROWS) -> str:
    """The file and the row's own name there."""
    return f"`{where}` ({row})"


def _circulation_page(language: int) -> str:
    return _page(_circulation_lines(language))


def _circulation_lines(language: int) -> Iterator[str]:
    table = circulation()
    yield f"# {('流通方式与渠道', 'Ways of circulation and channels')[language]}\n\n{_made('circulation', language)}\n"
    heads = (("方式与渠道", "可做", "订单", "收费", "备案", "审核", "说明", "条款", "测试"),
             ("Way and channel", "Admits", "Order", "Money", "Filing", "Review", "What it is", "Clause", "Test"))[language]
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for flow in table.flows.values():
        acts = ("、", ", ")[language].join(table.acts[one].text[language] for one in flow.acts)
        cells = (flow.name, (acts, acts), table.orders[flow.order], table.monies[flow.money], table.filings[flow.filing],
                 table.reviews[flow.review], flow.text, flow.basis, (_tested(flow.key, "tests/compliance/test_circulation.py"),) * 2)
        yield f"| {' | '.join(cell[language] for cell in cells)} |"


def _facts_page(language: int) -> str:
    return _page(_fact_lines(language))


def _fact_lines(language: int) -> Iterator[str]:
    yield f"# {('事实', 'Facts')[language]}\n\n{_HEAD[language].split('。')[0].split(';')[0]}{'。' if language == ZH else '.'}\n"
    heads = (("名称", "含义", "类型", "自何环节起须说明", "由何规则查问", "测试"),
             ("Name", "Meaning", "Type", "Due from", "Asked by", "Test"))[language]
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for kind in vocabulary().facts.values():
        values = f": {', '.join(kind.values)}" if kind.values else ""
        asking = ", ".join(rule.id for rule in shipped_rules().rules if kind.name in facts_of(rule.when))
        in_code = ("程序中的规则", "rules in code")[language]
        yield (f"| `{kind.name}` | {kind.text[language]} | {kind.type}{values} | {kind.gate} | {asking or in_code} "
               f"| {_tested(kind.name)} |")


def _conduct_page(language: int) -> str:
    return _page(_conduct_lines(language))


def _conduct_lines(language: int) -> Iterator[str]:
    yield f"# {('信用与惩戒', 'Credit and sanctions')[language]}\n\n{_made('measures', language)}\n"
    yield f"## {('措施清单', 'Table of measures')[language]}\n"
    heads = (("措施", "程度", "状态", "等级", "月数", "依据", "测试"),
             ("Measure", "Severity", "Standing", "Band", "Months", "Basis", "Test"))[language]
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for key, one in measures().items():
        yield (f"| {one.text[language]} | {one.severity} | {one.standing} | {one.band or '-'} | {one.months[0]}–{one.months[1]} "
               f"| {one.basis[language]} | {_tested(key)} |")
    yield f"\n## {('行为目录', 'Catalogue of conduct')[language]}\n"
    yield ("| 行为 | 程度 | 依据 | 测试 |", "| Conduct | Severity | Basis | Test |")[language] + "\n|---|---|---|---|"
    for key, act in conducts().items():
        yield f"| {act.text[language]} | {act.severity} | {act.basis[language]} | {_tested(key)} |"
    yield f"\n## {('评分事项', 'Credit events')[language]}\n\n{_CLAUSES['events'][language]}\n"
    yield ("| 事项 | 分 | 测试 |", "| Event | Points | Test |")[language] + "\n|---|---|---|"
    for key, event in credit_events().items():
        yield f"| {event.text[language]} | {event.points:+d} | {_tested(key)} |"


def _declarations_page(language: int) -> str:
    return _page(_declaration_lines(language))


def _declaration_lines(language: int) -> Iterator[str]:
    yield f"# {('声明与承诺', 'Declarations and commitments')[language]}\n\n{_made('declarations', language)}\n"
    heads = (("问题", "测试"), ("Question", "Test"))[language]
    for form in templates().values():
        yield f"## {form.text[language]} {form.version}\n\nSHA-256 `{form.hash}`\n"
        for part in form.parts:
            yield f"### {part.text[language]}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
            for question in part.questions:
                optional = "" if question.required else (" (选填)", " (optional)")[language]
                yield f"| {question.text[language]}{optional} | {_tested(f'{form.key}-{question.key}')} |"
            yield ""
