"""That the client of whoever answers from an outside agency permits it is kept with the answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conferences", "0009_the_board")]

    operations = [
        migrations.AddField(
            model_name="earlieranswer", name="permitted_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="rolequestion", name="answer_permitted_at", field=models.DateTimeField(null=True)
        ),
    ]
