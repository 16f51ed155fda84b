"""What opens a delivery and what stops it: keys, calls, fetches under way, stops by the monitor, vouchers (I20, R42)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from delivery.states import KEY
from evidence.guards import append_only, edges, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0028_uses'),
        ('evidence', '0001_initial'),
        ('delivery', '0012_known_gain'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('secret_hash', models.CharField(max_length=64, unique=True)),
                ('status', models.CharField(choices=[('active', '有效'), ('expired', '到期'), ('revoked', '撤销')], default='active', max_length=8)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('cause', models.CharField(blank=True, max_length=60)),
                ('minute', models.DateTimeField(blank=True, null=True)),
                ('minute_calls', models.PositiveIntegerField(default=0)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='delivery.delivery')),
                ('maker', models.ForeignKey(help_text='in whose name its calls are made', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='DataUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request', models.CharField(help_text="the caller's own name of the request", max_length=64)),
                ('asked_sha256', models.CharField(help_text='of columns, filters, place and size asked for', max_length=64)),
                ('refused', models.CharField(blank=True, help_text='refusal code', max_length=60)),
                ('number', models.PositiveIntegerField(blank=True, help_text='which served call of its delivery it is: 1, 2, 3 …', null=True)),
                ('rows_total', models.PositiveBigIntegerField(default=0, help_text='rows served up to and with this call')),
                ('purpose', models.CharField(blank=True, max_length=40)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('prints', models.BinaryField(default=bytes, help_text='eight bytes a row that went out, in order: by them a leak is traced')),
                ('took_us', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='delivery.delivery')),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='delivery.datakey')),
            ],
        ),
        migrations.CreateModel(
            name='FileFetch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(help_text='which use of its grant')),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('mark', models.CharField(help_text="this copy's mark: the same for a grant however often it is resumed", max_length=32)),
                ('furthest', models.BigIntegerField(default=0, help_text='the furthest first byte asked for')),
                ('ranges', models.PositiveSmallIntegerField(default=1, help_text='answers given')),
                ('begun_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='shut before its time', null=True)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fetches', to='delivery.accessgrant')),
            ],
            options={
                'verbose_name_plural': 'file fetches',
            },
        ),
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('attempt', models.PositiveSmallIntegerField()),
                ('content', models.JSONField()),
                ('content_hash', models.CharField(max_length=64, unique=True)),
                ('issued_at', models.DateTimeField()),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='delivery.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='AccessStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(help_text='refusal code', max_length=60)),
                ('reason_zh', models.TextField()),
                ('reason_en', models.TextField()),
                ('way_zh', models.TextField(blank=True)),
                ('way_en', models.TextField(blank=True)),
                ('final', models.BooleanField(help_text='what was open was shut and does not open again')),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stops', to='delivery.delivery')),
            ],
            options={
                'indexes': [models.Index(fields=['-began_at', '-id'], name='stop_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('delivery',), name='stop_one_open'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='stop_ends_after_it_began'), models.CheckConstraint(condition=models.Q(('final', False), ('ended_at__isnull', True), _connector='OR'), name='stop_final_stays'), models.CheckConstraint(condition=models.Q(models.Q(('cause', ''), _negated=True), models.Q(('reason_zh', ''), _negated=True), models.Q(('reason_en', ''), _negated=True)), name='stop_says_why')],
            },
        ),
        migrations.AddIndex(
            model_name='datakey',
            index=models.Index(condition=models.Q(('status', 'active')), fields=['expires_at'], name='key_expiring'),
        ),
        migrations.AddConstraint(
            model_name='datakey',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'expired', 'revoked'])), name='key_status_known'),
        ),
        migrations.AddConstraint(
            model_name='datakey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'active')), models.Q(models.Q(('status', 'active'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='key_ended_when'),
        ),
        migrations.AddConstraint(
            model_name='datakey',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='key_term_forward'),
        ),
        migrations.AddIndex(
            model_name='datause',
            index=models.Index(fields=['delivery', '-at'], name='use_of_delivery'),
        ),
        migrations.AddIndex(
            model_name='datause',
            index=models.Index(fields=['-at', '-id'], name='use_newest'),
        ),
        migrations.AddConstraint(
            model_name='datause',
            constraint=models.UniqueConstraint(condition=models.Q(('refused', '')), fields=('delivery', 'request'), name='use_metered_once'),
        ),
        migrations.AddConstraint(
            model_name='datause',
            constraint=models.UniqueConstraint(condition=models.Q(('refused', '')), fields=('delivery', 'number'), name='use_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='datause',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number__gte', 1), ('refused', ''), ('rows_total__gte', models.F('rows'))), models.Q(models.Q(('refused', ''), _negated=True), ('number__isnull', True), ('prints', b''), ('rows', 0), ('rows_total', 0)), _connector='OR'), name='use_refused_gives_nothing'),
        ),
        migrations.AddConstraint(
            model_name='filefetch',
            constraint=models.UniqueConstraint(fields=('grant', 'number'), name='fetch_one_a_use'),
        ),
        migrations.AddConstraint(
            model_name='filefetch',
            constraint=models.CheckConstraint(condition=models.Q(('furthest__gte', 0), ('furthest__lte', models.F('size'))), name='fetch_within_the_file'),
        ),
        migrations.AddConstraint(
            model_name='filefetch',
            constraint=models.CheckConstraint(condition=models.Q(('ranges__gte', 1), ('ranges__lte', 200)), name='fetch_resumed_so_often'),
        ),
        migrations.AddConstraint(
            model_name='filefetch',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('begun_at'))), name='fetch_term_forward'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(fields=('delivery', 'attempt'), name='voucher_one_a_handover'),
        ),
        edges("delivery_datakey", "status", KEY, initial=["active"]),
        frozen_columns("delivery_datakey", "code", "delivery_id", "name", "secret_hash", "maker_id", "made_at", "expires_at"),
        no_delete("delivery_datakey"),
        append_only("delivery_datause"),
        append_only("delivery_voucher"),
        frozen_columns("delivery_filefetch", "grant_id", "number", "sha256", "size", "mark", "begun_at", "until"),
        no_delete("delivery_filefetch"),
        frozen_columns("delivery_accessstop", "delivery_id", "cause", "reason_zh", "reason_en", "way_zh", "way_en", "final", "began_at"),
        no_delete("delivery_accessstop"),
        install("delivery", "uses.sql"),
    ]
