"""Fingerprints of files on sale, samples compared with them, and what goes to the authority."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from delivery.states import REFERRAL
from evidence.guards import append_only, edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0006_buying'),
        ('evidence', '0002_subject_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FilePrint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_sha256', models.CharField(max_length=64, unique=True)),
                ('rows', models.PositiveIntegerField()),
                ('exact', models.BinaryField(help_text='eight bytes a row, in order')),
                ('near', models.BinaryField(help_text='eight bytes a row and cell left out, in order')),
                ('whole', models.BooleanField(help_text='every row is in it')),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='LeakCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('found_where', models.CharField(max_length=400)),
                ('rows', models.PositiveIntegerField(help_text='distinct rows compared')),
                ('files', models.PositiveIntegerField(help_text='fingerprints it was compared with')),
                ('matches', models.JSONField(default=list)),
                ('asked_by', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
            ],
            options={
                'verbose_name': '泄露比对',
                'verbose_name_plural': '泄露比对',
            },
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('about', models.CharField(help_text='code of the check, listing or complaint', max_length=20)),
                ('authority', models.CharField(max_length=120)),
                ('grounds', models.TextField()),
                ('papers', models.JSONField(default=list, help_text='name and hash of each deposit')),
                ('status', models.CharField(choices=[('prepared', '待发出'), ('sent', '已移送'), ('acknowledged', '已收件'), ('closed', '已办结'), ('withdrawn', '已撤回')], default='prepared', max_length=14)),
                ('prepared_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('receipt', models.CharField(blank=True, help_text="the authority's number", max_length=80)),
                ('outcome', models.TextField(blank=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('prepared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '移送',
                'verbose_name_plural': '移送',
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['prepared', 'sent', 'acknowledged', 'closed', 'withdrawn'])), name='referral_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('grounds', ''), _negated=True), models.Q(('papers', []), _negated=True)), name='referral_has_its_papers'), models.CheckConstraint(condition=models.Q(('status__in', ['prepared', 'withdrawn']), models.Q(('sent_at__isnull', False), ('sent_by__isnull', False)), _connector='OR'), name='referral_sent_by_somebody'), models.CheckConstraint(condition=models.Q(('sent_by__isnull', True), models.Q(('sent_by', models.F('prepared_by')), _negated=True), _connector='OR'), name='referral_by_two'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['closed', 'withdrawn']), _negated=True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='referral_end_is_told')],
            },
        ),
        append_only("delivery_fileprint"),
        append_only("delivery_leakcheck"),
        edges("delivery_referral", "status", REFERRAL, initial=["prepared"]),
        frozen_columns("delivery_referral", "code", "about", "authority", "grounds", "papers", "prepared_by_id", "prepared_at"),
        no_delete("delivery_referral"),
    ]
