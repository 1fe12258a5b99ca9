"""A question is given to whoever has a role, and not only to somebody by name."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("conferences", "0010_permission_for_an_answer")]

    operations = [
        migrations.AddField(
            model_name="rolequestion",
            name="routed_role",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="rolequestion",
            constraint=models.CheckConstraint(
                condition=Q(routed_to=None) | Q(routed_role=""), name="question_waits_for_a_seat_or_a_role"
            ),
        ),
    ]
