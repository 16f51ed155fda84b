"""Papers of complaints: for the desk alone, by nobody; the leave to show them to whoever the complaint is about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0029_arbitration'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='complaint',
            name='may_show',
            field=models.BooleanField(default=False, help_text='the reporter lets the desk show the papers to whoever it is about'),
        ),
        migrations.AlterField(
            model_name='casepaper',
            name='by',
            field=models.ForeignKey(blank=True, help_text='nobody with a complaint: its reporter stands sealed there', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='casepaper',
            name='subject',
            field=models.CharField(help_text='code of the conduct case, question, restoration, dispute, report or complaint', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='casepaper',
            constraint=models.CheckConstraint(condition=models.Q(('by__isnull', False), ('subject__startswith', 'CMP-'), _connector='OR'), name='case_paper_by_a_person'),
        ),
        migrations.AddConstraint(
            model_name='casepaper',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subject__startswith', 'CMP-'), _negated=True), models.Q(('by__isnull', True), ('organization__isnull', True), ('shared', False)), _connector='OR'), name='case_paper_hides_the_reporter'),
        ),
    ]
