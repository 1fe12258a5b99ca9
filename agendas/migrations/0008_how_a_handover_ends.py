"""How a handover ends: what she is told then, and that she read it; an end that a seat had before."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agendas', '0007_handover'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='handover',
            name='introduced_at',
        ),
        migrations.AddField(
            model_name='handover',
            name='called_off_words',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='handover',
            name='end_read_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='handover',
            name='ended_before',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='nottakenover',
            name='because',
            field=models.CharField(blank=True, max_length=500),
        ),
    ]
