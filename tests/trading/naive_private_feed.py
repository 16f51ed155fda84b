"""The private socket as one writes it first: rights are looked up when it opens and never again. A twin for T43's tests."""

from __future__ import annotations

from typing import Any

from exchange.asgi import application
from trading import consumers

__all__ = ["application"]


async def _hears_no_bell(self: consumers.Me, message: dict[str, Any]) -> None:
    return


async def _asks_nobody(self: consumers.Me) -> bool:
    return True


consumers.Me.rights_changed = _hears_no_bell  # type: ignore[method-assign]
consumers.Me.still_may_listen = _asks_nobody  # type: ignore[method-assign]
