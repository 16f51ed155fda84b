"""Which transactions wrote what gates read, so that a hot act need not ask every gate again."""

from django.db import migrations, models

from evidence import guards


class Migration(migrations.Migration):

    dependencies = [("evidence", "0002_subject_keys")]

    operations = [
        migrations.CreateModel(
            name="GateMove",
            fields=[
                ("number", models.BigIntegerField(help_text="the database's own number of the transaction", primary_key=True, serialize=False)),
            ],
        ),
        guards.append_only("evidence_gatemove"),
        guards.install("evidence", "gates.sql"),
        guards.install("evidence", "keys.sql"),
    ]
