"""交易所 The house: wiring and lobby, no models."""

from exchange.celery import app as celery_app

__all__ = ["celery_app"]
