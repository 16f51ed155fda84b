"""A party from abroad is known by its LEI, or by its number in the register of its country."""

from django.db import migrations, models

_LEI, _PLACE, _NUMBER = (
    "legal entity identifier (ISO 17442) of a party from abroad", "ISO 3166 country whose register the number is of",
    "number in the register of that country")


class Migration(migrations.Migration):

    dependencies = [("participants", "0032_enrolment")]

    operations = [
        migrations.AddField(model_name="organization", name="lei",
                            field=models.CharField(blank=True, default="", help_text=_LEI, max_length=20)),
        migrations.AddField(model_name="organization", name="registry_place",
                            field=models.CharField(blank=True, default="", help_text=_PLACE, max_length=2)),
        migrations.AddField(model_name="organization", name="registry_number",
                            field=models.CharField(blank=True, default="", help_text=_NUMBER, max_length=40)),
        migrations.AddConstraint(model_name="organization", constraint=models.UniqueConstraint(
            condition=models.Q(("lei", ""), _negated=True), fields=("lei",), name="organization_lei_once")),
        migrations.AddConstraint(model_name="organization", constraint=models.UniqueConstraint(
            condition=models.Q(("registry_number", ""), _negated=True), fields=("registry_place", "registry_number"),
            name="organization_registry_once")),
        migrations.AddConstraint(model_name="organization", constraint=models.CheckConstraint(
            condition=models.Q(("lei", ""), ("lei__regex", "^[0-9A-Z]{18}[0-9]{2}$"), _connector="OR"), name="organization_lei_shaped")),
        migrations.AddConstraint(model_name="organization", constraint=models.CheckConstraint(
            condition=models.Q(models.Q(("registry_number", ""), ("registry_place", "")), models.Q(
                ("registry_place__regex", "^[A-Z]{2}$"), models.Q(("registry_number", ""), _negated=True)), _connector="OR"),
            name="organization_registry_whole")),
    ]
