"""Simulated markets begin on a market clock that stands still, years ahead."""

from tests.trading.conftest import floor  # noqa: F401
