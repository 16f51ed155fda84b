"""The one Celery app. Rooms write ``@shared_task``; beat's schedule stands here, in code, as a safety net.

Redis and Celery are a doorbell, never the truth: every task finds its work in the database and may run twice or never.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")
app = Celery("exchange")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {}
