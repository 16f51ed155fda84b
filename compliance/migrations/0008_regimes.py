"""A case of export says how it is protected abroad, by which law it was collected, and which authority abroad asks for it."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0007_list_editing'),
        ('participants', '0008_admission_by_class'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='exportcase',
            name='approval_no',
            field=models.CharField(blank=True, help_text='approval of the competent authority here (DSL 36, PIPL 41)', max_length=80),
        ),
        migrations.AddField(
            model_name='exportcase',
            name='foreign_authority',
            field=models.CharField(blank=True, help_text='the court or agency abroad that asks for it', max_length=160),
        ),
        migrations.AddField(
            model_name='exportcase',
            name='origin_law',
            field=models.CharField(blank=True, help_text='of data collected abroad: that its law of origin was kept, and how', max_length=400),
        ),
        migrations.AddField(
            model_name='exportcase',
            name='safeguards',
            field=models.CharField(blank=True, help_text='how the recipient protects the data no less than at home (PIPL 38)', max_length=400),
        ),
        migrations.AddConstraint(
            model_name='exportcase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'cleared'), _negated=True), ('foreign_authority', ''), models.Q(('approval_no', ''), _negated=True), _connector='OR'), name='export_foreign_authority_approved'),
        ),
    ]
