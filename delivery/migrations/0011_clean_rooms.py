"""Clean rooms, their budgets, questions and lists (F7, F8, I21): what was declared is frozen, what was granted cannot pass its limit."""

import django.db.models.deletion
from django.db import migrations, models

from delivery.states import COHORT, QUERY, ROOM
from evidence.guards import edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0010_computing'),
        ('listings', '0027_priority_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cohort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('status', models.CharField(choices=[('held', '可比对'), ('emptied', '已清空')], default='held', max_length=8)),
                ('hashes', models.BinaryField(help_text='32 bytes an id, in order; empty once emptied')),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(help_text='of the hashes: what a question names', max_length=64)),
                ('taken_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='when it is emptied', null=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cohorts', to='delivery.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='PrivacyBudget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('buyer', models.CharField(blank=True, help_text="the buyer's code; empty: of all buyers together", max_length=16)),
                ('limit_micro', models.PositiveIntegerField()),
                ('granted_micro', models.PositiveIntegerField(default=0)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='privacy_budgets', to='listings.dataproduct')),
            ],
        ),
        migrations.CreateModel(
            name='Room',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('file_sha256', models.CharField(help_text='the data version every question of it runs over', max_length=64)),
                ('offer', models.JSONField(help_text='heading, columns, person column and limits, as the holder declares them')),
                ('epsilon_buyer_micro', models.PositiveIntegerField(help_text='per buyer and product-year, in millionths')),
                ('epsilon_all_micro', models.PositiveIntegerField(help_text='of all buyers in a product-year, in millionths')),
                ('exponent', models.PositiveSmallIntegerField(default=100, help_text='how the price grows with epsilon, in hundredths; at most its square')),
                ('status', models.CharField(choices=[('open', '开放'), ('closed', '已关闭')], default='open', max_length=6)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.CharField(help_text='actor code', max_length=40)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rooms', to='listings.listingversion')),
            ],
        ),
        migrations.CreateModel(
            name='RoomQuery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('buyer', models.CharField(help_text="the buyer's code when it was asked", max_length=16)),
                ('question', models.JSONField(help_text='as it was asked, in the one way it is written')),
                ('question_sha256', models.CharField(help_text='of the question, its epsilon, its list and the data version', max_length=64)),
                ('epsilon_micro', models.PositiveIntegerField()),
                ('year', models.PositiveSmallIntegerField(help_text='the budget year it draws on')),
                ('price_fen', models.BigIntegerField(help_text='its share of the price')),
                ('status', models.CharField(choices=[('queued', '排队'), ('running', '运行中'), ('done', '已有结果'), ('failed', '未成，预算已用'), ('returned', '未运行，预算退回'), ('cancelled', '已取消，预算退回')], default='queued', max_length=9)),
                ('rows', models.JSONField(default=list, help_text='one row a declared group, with noise; small groups without numbers')),
                ('rows_sha256', models.CharField(blank=True, max_length=64)),
                ('given_up', models.JSONField(default=list, help_text='what the process gave up before it read the data')),
                ('reason', models.CharField(blank=True, help_text='refusal code, or what ended it', max_length=60)),
                ('asked_by', models.CharField(help_text='actor code', max_length=40)),
                ('asked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('cohort', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='queries', to='delivery.cohort')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queries', to='delivery.delivery')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queries', to='delivery.room')),
            ],
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['held', 'emptied'])), name='cohort_status_known'),
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'held')), models.Q(('due_at__isnull', True), ('hashes', b''), ('status', 'emptied')), _connector='OR'), name='cohort_emptied_holds_nothing'),
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 2)), name='cohort_of_several'),
        ),
        migrations.AddConstraint(
            model_name='privacybudget',
            constraint=models.UniqueConstraint(fields=('product', 'year', 'buyer'), name='budget_one_a_year'),
        ),
        migrations.AddConstraint(
            model_name='privacybudget',
            constraint=models.CheckConstraint(condition=models.Q(('granted_micro__lte', models.F('limit_micro'))), name='budget_never_exceeded'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'closed'])), name='room_status_known'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('file_sha256__regex', '^[0-9a-f]{64}$')), name='room_file_is_pinned'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('exponent__gte', 1), ('exponent__lte', 200)), name='room_price_cannot_be_undercut'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('epsilon_buyer_micro__gt', 0), ('epsilon_buyer_micro__lte', models.F('epsilon_all_micro'))), name='room_buyer_within_all'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('version',), name='room_one_open'),
        ),
        migrations.AddIndex(
            model_name='roomquery',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='query_due'),
        ),
        migrations.AddConstraint(
            model_name='roomquery',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done', 'failed', 'returned', 'cancelled'])), name='query_status_known'),
        ),
        migrations.AddConstraint(
            model_name='roomquery',
            constraint=models.CheckConstraint(condition=models.Q(('epsilon_micro__gt', 0), ('price_fen__gte', 0)), name='query_costs_something'),
        ),
        migrations.AddConstraint(
            model_name='roomquery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), models.Q(('rows', []), _negated=True), models.Q(('rows_sha256', ''), _negated=True)), models.Q(models.Q(('status', 'done'), _negated=True), ('rows', []), ('rows_sha256', '')), _connector='OR'), name='query_answer_only_when_done'),
        ),
        migrations.AddConstraint(
            model_name='roomquery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status__in', ['queued', 'running'])), models.Q(models.Q(('status__in', ['queued', 'running']), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='query_open_until'),
        ),
        migrations.AddConstraint(
            model_name='roomquery',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done'])), fields=('buyer', 'question_sha256'), name='query_asked_once'),
        ),
        edges("delivery_room", "status", ROOM, initial=["open"]),
        frozen_columns("delivery_room", "code", "version_id", "file_sha256", "offer", "epsilon_buyer_micro", "epsilon_all_micro", "exponent",
                       "opened_at", "opened_by"),
        no_delete("delivery_room"),
        frozen_columns("delivery_privacybudget", "product_id", "year", "buyer", "limit_micro"),
        no_delete("delivery_privacybudget"),
        edges("delivery_cohort", "status", COHORT, initial=["held"]),
        frozen_columns("delivery_cohort", "code", "delivery_id", "size", "sha256", "taken_at"),
        no_delete("delivery_cohort"),
        edges("delivery_roomquery", "status", QUERY, initial=["queued"]),
        frozen_columns("delivery_roomquery", "code", "delivery_id", "room_id", "buyer", "cohort_id", "question", "question_sha256",
                       "epsilon_micro", "year", "price_fen", "asked_by", "asked_at"),
        no_delete("delivery_roomquery"),
    ]
