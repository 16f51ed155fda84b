"""A re-identification test may fail: then the product counts as personal information until a later test of its file passes."""

from django.db import migrations, models

from evidence.guards import edges, install
from listings.states import CONDITION


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0023_reference_prices_and_exclusivity'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='condition',
            name='condition_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='condition',
            name='condition_met_by_somebody',
        ),
        migrations.AddField(
            model_name='condition',
            name='file_sha256',
            field=models.CharField(blank=True, help_text='of a re-identification test: the file that was tested', max_length=64),
        ),
        migrations.AlterField(
            model_name='condition',
            name='status',
            field=models.CharField(choices=[('open', '待提交凭据'), ('provided', '待核定'), ('returned', '退回补正'), ('met', '已满足'), ('lapsed', '已失效'), ('void', '不再要求'), ('failed', '测试未通过')], default='open', max_length=10),
        ),
        migrations.AddIndex(
            model_name='condition',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['version'], name='condition_failed_tests'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'provided', 'returned', 'met', 'lapsed', 'void', 'failed'])), name='condition_status_known'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['met', 'lapsed', 'failed']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='condition_met_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'failed'), _negated=True), ('condition', 'reidentification_test_report'), _connector='OR'), name='condition_only_a_test_fails'),
        ),
        edges("listings_condition", "status", CONDITION, initial=["open", "provided"]),
        install("listings", "retests.sql"),
    ]
