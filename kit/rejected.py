"""Refusals: a rule said no, and the person is told which rule, on what facts, and what to do next.

Each room writes its refusals as data (``refusals.py``) and registers them here; an operation raises
``Rejected(code, **params)``. The texts are law and product wording in zh and en, not interface gettext.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FieldFault", "Refusal", "Rejected", "refusal", "register_refusals", "registered_refusals"]


@dataclass(frozen=True)
class Refusal:
    """One way an act can be refused.

    ``title``, ``detail`` and ``next_step`` are (zh, en) pairs whose ``{name}`` fields are filled from the
    raise's params; ``article`` cites the rule; ``next_href`` is a path template; ``status`` is the HTTP status
    (400 wrong field, 403 lacks capability, 404 absent or foreign, 409 state or race, 422 rule refused).

    A refusal never leaves without a way on: where the data names none, the step that its status always allows stands in. A 403 and
    a 422 have no such step (who may not, or whom a rule stops, needs the way out of that rule) and name their own.
    """

    code: str
    status: int
    title: tuple[str, str]
    detail: tuple[str, str] = ("", "")
    article: str = ""
    next_step: tuple[str, str] = ("", "")
    next_href: str = ""

    def __post_init__(self) -> None:
        if self.next_step == ("", ""):
            object.__setattr__(self, "next_step", _STEP_OF_STATUS.get(self.status, ("", "")))


#: What helps whoever got this status, whatever the matter; (zh, en).
_STEP_OF_STATUS: dict[int, tuple[str, str]] = {
    400: ("改正后再次提交", "Mend it and send it again"),
    404: ("核对编号，或从列表中打开", "Check the code, or open it from its list"),
    409: ("刷新后按现在的状态办理", "Reload and act on the state it is in now"),
    429: ("稍候再试", "Wait and try again"),
    503: ("稍后再试", "Try again shortly"),
}

_REGISTRY: dict[str, Refusal] = {}


def register_refusals(refusals: Iterable[Refusal]) -> None:
    """This will make refusals known by code; the same code with another text is a programming error."""
    for one in refusals:
        known = _REGISTRY.get(one.code)
        assert known is None or known == one, f"refusal {one.code} is written twice"
        _REGISTRY[one.code] = one


def refusal(code: str) -> Refusal:
    """This will return the registered refusal; an unknown code is a programming error."""
    assert code in _REGISTRY, f"no refusal is registered under {code}"
    return _REGISTRY[code]


def registered_refusals() -> Mapping[str, Refusal]:
    """This will return all refusals by code, for the rulebook page and the completeness test."""
    return dict(_REGISTRY)


@dataclass(frozen=True)
class FieldFault:
    """One faulty field: its name as the caller sent it, a short code, and a (zh, en) text."""

    field: str
    code: str
    text: tuple[str, str]


@dataclass
class Rejected(Exception):
    """An anticipated refusal. ``code`` is prefixed by the room, e.g. ``trading.bid.too_low``."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    errors: tuple[FieldFault, ...] = ()

    def __init__(self, code: str, *, errors: Iterable[FieldFault] = (), **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.errors = tuple(errors)

    @property
    def refusal(self) -> Refusal:
        return refusal(self.code)

    @property
    def status(self) -> int:
        return self.refusal.status

    def text(self, which: str, language: str) -> str:
        """This will fill ``title``, ``detail`` or ``next_step`` in ``zh`` or ``en`` from the params."""
        pair: tuple[str, str] = getattr(self.refusal, which)
        return pair[0 if language.startswith("zh") else 1].format_map(_Params(self.params, language))

    @property
    def article(self) -> str:
        """The rule that is cited, its blanks filled from the params."""
        return self.refusal.article.format_map(_Params(self.params, "zh"))

    @property
    def next_href(self) -> str:
        return self.refusal.next_href.format_map(_Params(self.params, "en"))

    def __str__(self) -> str:
        return f"{self.code}: {self.text('title', 'en')} {self.text('detail', 'en')}".strip()


class _Params(dict[str, Any]):
    """Params with fen shown as yuan (names ending in ``_fen``) and (zh, en) pairs resolved."""

    def __init__(self, params: Mapping[str, Any], language: str) -> None:
        super().__init__(params)
        self.language = language

    def __getitem__(self, name: str) -> Any:
        from kit.money import yuan

        value = super().__getitem__(name)
        if name.endswith("_fen") and isinstance(value, int):
            return yuan(value)
        if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, str) for v in value):
            return value[0 if self.language.startswith("zh") else 1]
        return value
