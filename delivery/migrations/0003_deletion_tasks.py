"""What past recipients owe once a consent has ended."""

import django.db.models.deletion
from django.db import migrations, models

from delivery.states import DELETION
from evidence.guards import edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0002_guards'),
        ('evidence', '0002_subject_keys'),
        ('listings', '0010_regimes'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeletionTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('open', '待删除'), ('late', '逾期未确认'), ('done', '已删除')], default='open', max_length=8)),
                ('notice', models.CharField(help_text='the notice that reached the recipient', max_length=16)),
                ('statement', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='listings.consent')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='delivery.delivery')),
                ('proof', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='deletion_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'late', 'done'])), name='deletion_status_known'), models.UniqueConstraint(fields=('consent', 'delivery'), name='deletion_once_for_each'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(models.Q(('statement', ''), _negated=True), ('done_at__isnull', False)), _connector='OR'), name='deletion_done_is_said')],
            },
        ),
        edges("delivery_deletiontask", "status", DELETION, initial=["open"]),
        frozen_columns("delivery_deletiontask", "code", "consent_id", "delivery_id", "recipient_id", "notice", "opened_at"),
        no_delete("delivery_deletiontask"),
    ]
