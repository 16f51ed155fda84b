"""Closed periods: their totals, and a guard that lets nothing in behind them."""

from django.db import migrations, models

from evidence.guards import append_only, install


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_set_off'),
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField(unique=True)),
                ('at', models.DateTimeField()),
                ('totals', models.JSONField()),
                ('totals_hash', models.CharField(max_length=64)),
            ],
        ),
        append_only("ledger_closing"),
        install("ledger", "periods.sql"),
    ]
