"""An application past its working days is flagged; it stays in review (R40, A1)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0033_known_abroad'),
    ]

    operations = [
        migrations.AddField(
            model_name='admission',
            name='flagged_at',
            field=models.DateTimeField(blank=True, help_text='since when the desk is late with it; it stays where it is', null=True),
        ),
        migrations.AddConstraint(
            model_name='admission',
            constraint=models.CheckConstraint(condition=models.Q(('flagged_at__isnull', True), ('status', 'in_review'), _connector='OR'), name='admission_late_while_reviewed'),
        ),
    ]
