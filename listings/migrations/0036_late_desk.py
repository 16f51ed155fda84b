"""Reviews past their time are put up once; a frozen certificate is looked at again (R10, B5, C3)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0035_venue_side'),
        ('participants', '0034_late_reviews'),
    ]

    operations = [
        migrations.AddField(
            model_name='registration',
            name='escalated_at',
            field=models.DateTimeField(blank=True, help_text='when its formal review ran out of time and the head was told', null=True),
        ),
        migrations.AddField(
            model_name='registrationcertificate',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='while frozen: when a person looks at it again', null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='escalated_at',
            field=models.DateTimeField(blank=True, help_text='when its time ran out and the head of the desk was told', null=True),
        ),
        migrations.AddIndex(
            model_name='registrationcertificate',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='certificate_due'),
        ),
        migrations.AddConstraint(
            model_name='registrationcertificate',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__isnull', True), ('status', 'frozen'), _connector='OR'), name='certificate_due_while_frozen'),
        ),
        # last: the rows' deferred checks wait for the commit, and no table is altered after them
        migrations.RunSQL("UPDATE listings_registrationcertificate SET due_at = market_now() + interval '60 days' "
                          "WHERE status = 'frozen'", migrations.RunSQL.noop),
    ]
