"""Keeps corrections of open data: who said what of which version, what was answered, and which version mends it."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from listings.states import CORRECTION
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0015_circulation'),
        ('participants', '0009_succession'),
    ]

    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('place', models.CharField(help_text='column, row or document', max_length=200)),
                ('wrong', models.TextField(help_text='what is wrong, and how one sees it')),
                ('proposed', models.TextField(help_text='what it should be')),
                ('status', models.CharField(choices=[('open', '待答复'), ('overdue', '逾期未答复'), ('accepted', '已采纳，待新版本'), ('declined', '未采纳'), ('mended', '已在新版本更正'), ('withdrawn', '撤回')], default='open', max_length=10)),
                ('answer', models.TextField(blank=True)),
                ('filed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='listings.listing')),
                ('mended_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mends', to='listings.listingversion')),
                ('organization', models.ForeignKey(help_text='the holder, who answers', on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='participants.organization')),
                ('suggested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('suggester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                ('version', models.ForeignKey(help_text='the version it speaks of', on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='listings.listingversion')),
            ],
            options={
                'indexes': [models.Index(fields=['listing', '-id'], name='correction_newest'), models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='correction_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'overdue', 'accepted', 'declined', 'mended', 'withdrawn'])), name='correction_status_known'), models.CheckConstraint(condition=models.Q(('status__in', ['open', 'overdue', 'withdrawn']), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='correction_answered'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'mended'), ('mended_in__isnull', False)), models.Q(models.Q(('status', 'mended'), _negated=True), ('mended_in__isnull', True)), _connector='OR'), name='correction_mended_in_a_version'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'open')), models.Q(('status', 'open'), _negated=True), _connector='OR'), name='correction_has_its_clock'), models.CheckConstraint(condition=models.Q(('organization', models.F('suggested_by')), _negated=True), name='correction_of_anothers'), models.UniqueConstraint(condition=models.Q(('status__in', ['open', 'overdue'])), fields=('listing', 'suggester', 'place'), name='correction_one_open')],
            },
        ),
        edges("listings_correction", "status", CORRECTION, initial=["open"]),
        owners("listings_correction", "organization_id"),
        frozen_columns("listings_correction", "code", "listing_id", "version_id", "suggested_by_id", "suggester_id",
                       "place", "wrong", "proposed", "filed_at"),
        no_delete("listings_correction"),
        install("listings", "corrections.sql"),
    ]
