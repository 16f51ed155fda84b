"""What people do around a listing: watching it, asking in public."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, no_delete
from listings.states import QUESTION
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_initial'),
        ('listings', '0017_scientific'),
        ('participants', '0009_succession'),
    ]

    operations = [
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('open', '待答复'), ('answered', '已答复'), ('withdrawn', '已撤回'), ('hidden', '已隐藏')], default='open', max_length=10)),
                ('text', models.TextField()),
                ('answer', models.TextField(blank=True)),
                ('hidden_reason', models.TextField(blank=True, help_text='why the desk hid it; shown in its place')),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='listings.listing')),
                ('organization', models.ForeignKey(help_text='the seller, who answers', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['listing', '-id'], name='question_of_listing'), models.Index(fields=['organization', '-id'], name='question_of_seller'), models.Index(fields=['asked_by', '-id'], name='question_of_asker')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'answered', 'withdrawn', 'hidden'])), name='question_status_known'), models.CheckConstraint(condition=models.Q(('organization', models.F('asked_by')), _negated=True), name='question_of_another'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'answered'), _negated=True), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='question_answer_said'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'hidden'), _negated=True), models.Q(('hidden_reason', ''), _negated=True), _connector='OR'), name='question_hidden_why')],
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='watches', to='listings.listing')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='watches', to='participants.organization')),
            ],
            options={
                'verbose_name_plural': 'watches',
                'indexes': [models.Index(fields=['organization', '-id'], name='watch_of_organization')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('listing', 'organization'), name='watch_once'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('since')), _connector='OR'), name='watch_ends_after')],
            },
        ),
        edges("listings_question", "status", QUESTION, initial=["open"]),
        owners("listings_question", "organization_id"),
        frozen_columns("listings_question", "code", "listing_id", "asked_by_id", "text", "asked_at"),
        frozen_columns("listings_watch", "code", "listing_id", "organization_id", "since"),
        no_delete("listings_question"),
        no_delete("listings_watch"),
    ]
