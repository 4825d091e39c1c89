"""When somebody's quiet hours change, what waits for their old end is due again."""

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Now

from broadcasts.models import Delivery, Run
from broadcasts.posting import target_of
from teams.models import Recipient


def wake(people: Iterable[Recipient]) -> int:
    """The number of these people's deliveries that are due now; the mark judges them anew.

    Each is found by its run and target, for whichever app's install it was made.
    """
    targets = {target_of(person.team, person.slack_id) for person in people}
    runs = list(Run.objects.begun().values_list("pk", flat=True))
    rows = Delivery.objects.ready().filter(Q(run__in=runs) | Q(run=None), target__in=targets)
    return rows.filter(error=Delivery.QUIET_HOURS).update(due_at=Now(), error="", error_text="")
