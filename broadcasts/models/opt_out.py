"""Who does not want one broadcast, whichever app brings it."""

from django.db import connection, models

from broadcasts.models.broadcast import Broadcast
from teams.models import Recipient

_SPREAD = """
    WITH pairs AS MATERIALIZED (
        SELECT t.id AS team, o.id AS other
        FROM teams_team t JOIN teams_team o ON o.team_id = t.team_id
        WHERE t.team_id <> '' AND o.id <> t.id
        UNION
        SELECT t.id, o.id FROM teams_team t JOIN teams_team o ON o.enterprise_id = t.enterprise_id
        WHERE t.enterprise_id <> '' AND o.id <> t.id
    )
    INSERT INTO broadcasts_optout (broadcast_id, recipient_id, created_at)
    SELECT word.broadcast_id, r.id, word.created_at
    FROM broadcasts_optout word
    JOIN teams_recipient p ON p.id = word.recipient_id AND p.kind = 'person'
    JOIN pairs ON pairs.team = p.team_id
    JOIN teams_recipient r ON r.team_id = pairs.other AND r.slack_id = p.slack_id
    WHERE word.broadcast_id = %s
    ON CONFLICT DO NOTHING
"""


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def spread(self, broadcast_pk: int) -> None:
        """Let each person's word hold in apps that their workspace has added since."""
        if self.filter(broadcast=broadcast_pk).exists():
            with connection.cursor() as cursor:
                cursor.execute(_SPREAD, [broadcast_pk])


class OptOut(models.Model):
    """A person's word that one broadcast is not for them."""

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="opt_outs")
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="opt_outs")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("broadcast", "recipient"), name="one_opt_out"),
        )

    def __str__(self) -> str:
        return f"{self.recipient_id} out of {self.broadcast_id}"
