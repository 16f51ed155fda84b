"""Model and verification services, their calls and what is held for probing: what a service is never changes, calls are append-only."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from delivery.states import HOLD, SERVICE
from evidence.guards import append_only, edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0015_holders'),
        ('listings', '0029_price_effects'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('model', '模型评分'), ('verification', '核验')], max_length=12)),
                ('pinned_sha256', models.CharField(help_text="of the model's text, or of all hashes of the records", max_length=64)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), help_text="a model's inputs, or the subject's field and those matched", size=None)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), help_text='for what it may be called', size=None)),
                ('subjects', models.BinaryField(default=b'', help_text='sixteen bytes a subject, keyed, in order')),
                ('records', models.BinaryField(default=b'', help_text='sixteen bytes a record, keyed, in order')),
                ('most_calls', models.PositiveIntegerField(help_text='of one buyer in 24 hours')),
                ('most_subjects', models.PositiveIntegerField(help_text='different subjects of one buyer in 24 hours')),
                ('status', models.CharField(choices=[('open', '开放'), ('closed', '已关闭')], default='open', max_length=6)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.CharField(help_text='actor code', max_length=40)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('algorithm', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='services', to='delivery.algorithm')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services', to='listings.listingversion')),
            ],
        ),
        migrations.CreateModel(
            name='ServiceCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('subject', models.CharField(help_text='keyed hash of the subject', max_length=32)),
                ('inputs', models.CharField(help_text='keyed hash of everything asked', max_length=64)),
                ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), default=list, help_text='keyed hashes of each input', size=None)),
                ('neighbour', models.BooleanField(default=False, help_text='its subject lies next to one asked before')),
                ('purpose', models.CharField(max_length=80)),
                ('basis', models.CharField(help_text='hash of the consent or ground the buyer named', max_length=64)),
                ('outcome', models.CharField(help_text='yes, no, unknown, or the score', max_length=40)),
                ('at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='service_calls', to='delivery.delivery')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='delivery.service')),
            ],
        ),
        migrations.CreateModel(
            name='ServiceHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('held', '暂停，待复核'), ('lifted', '已解除'), ('upheld', '维持，不再调用')], default='held', max_length=6)),
                ('pattern', models.CharField(max_length=12)),
                ('calls', models.PositiveIntegerField(help_text='answered before it was held; those before an end of it do not count again')),
                ('reason', models.TextField(blank=True, help_text='what the desk said')),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='service_holds', to='delivery.delivery')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='delivery.service')),
            ],
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['model', 'verification']), ('status__in', ['open', 'closed'])), name='service_words_known'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('algorithm__isnull', False), ('kind', 'model'), ('records', b''), ('subjects', b'')), models.Q(('algorithm__isnull', True), ('kind', 'verification'), models.Q(('records', b''), _negated=True)), _connector='OR'), name='service_is_one_kind'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(('pinned_sha256__regex', '^[0-9a-f]{64}$')), name='service_is_pinned'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(('most_calls__gt', 0), ('most_subjects__gt', 0)), name='service_is_limited'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('version',), name='service_one_open'),
        ),
        migrations.AddIndex(
            model_name='servicecall',
            index=models.Index(fields=['delivery', '-id'], name='call_of_delivery'),
        ),
        migrations.AddIndex(
            model_name='servicecall',
            index=models.Index(fields=['service', 'subject'], name='call_of_subject'),
        ),
        migrations.AddConstraint(
            model_name='servicecall',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), _negated=True), models.Q(('purpose', ''), _negated=True), models.Q(('basis', ''), _negated=True)), name='call_is_for_something'),
        ),
        migrations.AddConstraint(
            model_name='servicehold',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['held', 'lifted', 'upheld'])), name='hold_status_known'),
        ),
        migrations.AddConstraint(
            model_name='servicehold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status', 'held')), models.Q(models.Q(('status', 'held'), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='hold_until'),
        ),
        migrations.AddConstraint(
            model_name='servicehold',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'held')), fields=('delivery',), name='hold_one_at_a_time'),
        ),
        edges("delivery_service", "status", SERVICE, initial=["open"]),
        frozen_columns("delivery_service", "code", "version_id", "kind", "algorithm_id", "pinned_sha256", "fields", "purposes", "subjects",
                       "records", "most_calls", "most_subjects", "opened_at", "opened_by"),
        no_delete("delivery_service"),
        append_only("delivery_servicecall"),
        edges("delivery_servicehold", "status", HOLD, initial=["held"]),
        frozen_columns("delivery_servicehold", "code", "delivery_id", "service_id", "pattern", "calls", "opened_at"),
        no_delete("delivery_servicehold"),
    ]
