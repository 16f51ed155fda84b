"""Addresses of the live feeds."""

from typing import Any

from django.urls import path, re_path

from simulation.consumers import Progress
from trading import consumers

__all__ = ["feeds"]

#: plain ASGI applications; Django's types know views only
_board: Any = consumers.board
_lot: Any = consumers.lot

feeds = [
    path("ws/board/", _board),
    re_path(r"^ws/lots/(?P<code>LOT-[0-9A-Z]{10})/$", _lot),
    path("ws/me/", consumers.Me.as_asgi()),
    re_path(r"^ws/experiments/(?P<code>EXP-[0-9A-Z]{10})/$", Progress.as_asgi()),
]
