"""Parts of the frame that are the same for every visitor of an address: made once, then told again (P13).

A part is known by its template, the language, the looks and whatever it is said to depend on; nothing else may be read in it. Whoever is
signed in has a frame of their own, made anew each time.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

__all__ = ["part"]

register = template.Library()

#: Parts kept by a process; the one asked for least lately goes first. An address longer than this is made anew.
_MOST, _LONGEST = 256, 120
_KEPT: OrderedDict[tuple[Any, ...], SafeString] = OrderedDict()


@register.simple_tag(takes_context=True)
def part(context: Any, name: str, *depends: Any) -> SafeString:
    """The part of the frame by this name, as a visitor sees it; what it is made from beside language and looks stands after the name."""
    user = getattr(context.get("request"), "user", None)
    signed_in = user is not None and user.is_authenticated
    told = tuple(map(str, depends))
    if signed_in or any(len(one) > _LONGEST for one in told):
        return _made(context, name)
    asked = (name, get_language(), context.get("looks"), context.get("request") is None, *told)
    found = _KEPT.get(asked)
    if found is None:
        found = _KEPT[asked] = _made(context, name)
        while len(_KEPT) > _MOST:
            _KEPT.pop(next(iter(_KEPT)), None)
    return found


def _made(context: Any, name: str) -> SafeString:
    inner: Any = get_template(name)
    with context.push():
        made: SafeString = inner.template.render(context)
    return made
