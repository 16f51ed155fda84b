"""Acts at the same instant: threads that leave one barrier together, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

__all__ = ["in_threads", "together"]


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """This will run the acts at once and return each one's result, or the exception that ended it."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[place] = act()
        except BaseException as fault:  # pytest's own outcomes too: the caller judges
            results[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_threads(count: int, act: Callable[[int], Any]) -> list[Any]:
    """This will run ``act(0..count-1)`` at once and return the results; what failed first is raised."""
    results = together([lambda number=number: act(number) for number in range(count)])
    for one in results:
        if isinstance(one, BaseException):
            raise one
    return results
