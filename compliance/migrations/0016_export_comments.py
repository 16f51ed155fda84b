"""Several bodies may speak on one case of export before it is decided (R67)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0015_recognitions'),
        ('participants', '0013_reference_figures_and_sizes'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('body', models.ForeignKey(help_text='the body that speaks', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='compliance.exportcase')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='export_comment_says_something')],
            },
        ),
        append_only("compliance_exportcomment"),
    ]
