"""Marks of sign-ins: keyed hashes of where an organisation's people come from, a day each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0022_second_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignInMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('device', 'device'), ('address', 'address')], max_length=8)),
                ('hash', models.CharField(help_text='keyed: the same place is known again, no address is told', max_length=64)),
                ('day', models.DateField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='sign_in_mark_day'), models.Index(fields=['kind', 'hash'], name='sign_in_mark_same')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['device', 'address'])), name='sign_in_mark_kind_known'), models.UniqueConstraint(fields=('organization', 'kind', 'hash', 'day'), name='sign_in_mark_once_a_day')],
            },
        ),
    ]
