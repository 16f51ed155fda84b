"""Whoever registers for a lot has paid its registration as a buyer."""

from django.db import migrations

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0032_enrolment'),
        ('trading', '0001_house'),
    ]

    operations = [
        install("trading", "register_bidder.sql"),
    ]
