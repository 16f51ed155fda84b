"""``/ws/experiments/<EXP>/``: where one's own experiment stands after each run. It carries numbers only; the page fetches its pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from asgiref.sync import sync_to_async

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from participants.actors import actor_of
from participants.models import User
from participants.permissions import allowed
from simulation.experiments.telling import experiment_group, progress_of
from simulation.models import Experiment
from trading.consumers import ABSENT, RIGHTS_ENDED, Me

__all__ = ["Progress"]


def _standing(user: int, code: str) -> dict[str, Any] | None:
    """Where it stands, for whoever asked for it and still has the door to the laboratory; another's is not there."""
    held = User.objects.select_related("person").get(pk=user)
    if not allowed(actor_of(held), "simulation.laboratory.see", at=MARKET_CLOCK.now()):
        return None
    one = Experiment.objects.filter(code=code, asked_by_id=user).first()
    return None if one is None else {"status": one.status, **asdict(progress_of(one)), "server_now": rfc3339(MARKET_CLOCK.now())}


@covers("CAP-I2", "T43")
class Progress(Me):
    """An experiment's own feed: ``{"type": "progress", "status", "kept", "running", "runs"}`` after each run and each act.

    Rights are those of the private doorbell and of the laboratory, looked up before each word; who has lost one is closed out (4403).
    """

    async def connect(self) -> None:
        if not await self.admitted():
            return
        self.code: str = self.scope["url_route"]["kwargs"]["code"]
        await self.join(experiment_group(self.code))  # before the state is read, so that no run falls between
        standing = await sync_to_async(_standing)(self.right.user, self.code)
        if standing is None:
            await self.close(code=ABSENT)
            return
        await self.accept()
        await self.send_json({"type": "hello", **standing})

    async def progress(self, message: dict[str, Any]) -> None:
        if not await self.still_may_listen():
            return
        standing = await sync_to_async(_standing)(self.right.user, self.code)
        if standing is None:
            await self.close(code=RIGHTS_ENDED)
        else:
            await self.send_json({"type": "progress", **standing})
