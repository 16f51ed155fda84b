"""Rooms above ask by what names an organisation abroad is known; what the desks read of parties is kept and reviewed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from evidence.guards import append_only, install

KINDS = [("proof", "所交准入材料"), ("succession", "承继文件"), ("report", "第三方报告文件"), ("condition", "条件凭据"), ("objection", "异议证据"),
         ("trade", "成交协议与结算")]


class Migration(migrations.Migration):

    dependencies = [("participants", "0011_takeouts"), ("evidence", "0001_initial")]

    operations = [
        install("participants", "abroad.sql"),
        migrations.CreateModel(
            name="StaffRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("subject", models.CharField(help_text="code of what was read", max_length=20)),
                ("reader_code", models.CharField(help_text="actor code: for whom, and who", max_length=40)),
                ("ground", models.CharField(help_text="the permission it was read by", max_length=60)),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="staff_reads",
                                            to="participants.organization")),
                ("reader", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(kind__in=[word for word, _ in KINDS]), name="read_kind_known")],
                "indexes": [models.Index(fields=["owner", "-id"], name="read_of_owner"),
                            models.Index(fields=["reader", "kind", "subject", "at"], name="read_of_reader")]},
        ),
        migrations.CreateModel(
            name="ReadReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fitting", models.BooleanField()),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("read", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="review",
                                              to="participants.staffread")),
                ("reviewer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"constraints": [models.CheckConstraint(condition=Q(fitting=True) | ~Q(note=""), name="read_unfit_says_why")]},
        ),
        append_only("participants_staffread"),
        append_only("participants_readreview"),
        install("participants", "reads.sql"),
    ]
