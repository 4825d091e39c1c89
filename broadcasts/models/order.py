"""What staff decided for all deliveries of a run that failed or are unknown; orders.py follows."""

from django.db import models

from broadcasts.models.run import Run


class Order(models.Model):
    """One row a run and decision, gone when it is carried out."""

    class Kind(models.TextChoices):
        RETRY_FAILED = "retry_failed", "Retry failed"
        RESEND_UNKNOWN = "resend_unknown", "Resend unknown"
        CLOSE_UNKNOWN = "close_unknown", "Leave unknown"

    run = models.ForeignKey(Run, models.CASCADE, related_name="orders")
    kind = models.CharField(max_length=14, choices=Kind)
    given_at = models.DateTimeField(help_text="What failed or became unknown later is not meant.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "kind"), name="one_order_of_a_kind"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of run {self.run_id}"
