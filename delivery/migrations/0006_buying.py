"""Nothing is handed over, and no token is made, for a buyer who may not have it; a licence may limit its use to named people."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from evidence.guards import frozen_columns, install, no_delete

OUTCOMES = [("used", "已取用"), ("exhausted", "已用过，拒绝"), ("expired", "已到期，拒绝"), ("revoked", "已撤销，拒绝"), ("suspended", "已暂停，拒绝"),
            ("unseated", "不是指定使用人，拒绝")]


class Migration(migrations.Migration):

    dependencies = [("delivery", "0005_ratings"), ("trading", "0009_buying"), ("participants", "0012_abroad"), ("evidence", "0001_initial")]

    operations = [
        install("delivery", "buying.sql"),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(help_text="the person's code, as tokens and evidence name it", max_length=16)),
                ("named_at", models.DateTimeField()),
                ("named_by", models.CharField(help_text="actor code", max_length=40)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=40)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                ("delivery", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="delivery.delivery")),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="participants.person")),
            ],
            options={"constraints": [
                models.UniqueConstraint(condition=Q(ended_at__isnull=True), fields=("delivery", "person"), name="seat_once_a_person"),
                models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="seat_ended_by_somebody")]},
        ),
        migrations.AlterField(model_name="grantuse", name="outcome", field=models.CharField(choices=OUTCOMES, max_length=10)),
        migrations.RemoveConstraint(model_name="grantuse", name="use_outcome_known"),
        migrations.AddConstraint(model_name="grantuse", constraint=models.CheckConstraint(
            condition=Q(outcome__in=[word for word, _ in OUTCOMES]), name="use_outcome_known")),
        no_delete("delivery_seat"),
        frozen_columns("delivery_seat", "delivery_id", "person_id", "holder", "named_at", "named_by"),
        install("delivery", "seats.sql"),
    ]
