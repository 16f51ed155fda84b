"""What every page needs: the market's clock, the head of the evidence log, who acts, language and theme."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

__all__ = ["house"]


def house(request: HttpRequest) -> dict[str, Any]:
    """This will give the base page its clock strip and foot."""
    return {"request_path": request.path}
