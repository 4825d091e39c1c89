"""The engine: held or not, and the word of a person that releases it."""

from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet

from broadcasts import guard
from broadcasts.models import Engine
from teams.admin.acting import Act, ActingAdmin, Outcome, each
from teams.admin.base import FactsAdmin, state_label


def _hold(engines: QuerySet[Engine], now: datetime) -> Outcome:
    free = engines.filter(hold_reason="")
    return each(free, lambda engine: engine.hold("Held by staff.", now))


def _release(engines: QuerySet[Engine], now: datetime) -> Outcome:
    return each(engines.exclude(hold_reason=""), lambda engine: guard.release(now))


@admin.register(Engine)
class EngineAdmin(ActingAdmin[Engine], FactsAdmin[Engine]):
    acts = (
        Act(
            name="hold",
            label="Hold everything",
            run=_hold,
            done="Held",
            refused="It is held already.",
            possible=lambda engine: not engine.hold_reason,
            confirm="Nothing is posted by this hub until somebody releases it.",
        ),
        Act(
            name="release",
            label="Release",
            run=_release,
            done="Released",
            refused="It is not held.",
            possible=lambda engine: bool(engine.hold_reason),
            confirm=(
                "Only release it when no other hub works on a copy of this database: "
                "both would send, and everybody would get everything twice."
            ),
        ),
    )
    sortable_by = ()
    list_display = ("shown_state", "hold_reason", "held_at", "beat_at", "ticked_at")
    fields = (
        "hold_reason",
        "held_at",
        "beat_at",
        "ticked_at",
        "public_url",
        "system_identifier",
    )

    @state_label({"held": "danger", "running": "success"})
    def shown_state(self, engine: Engine) -> tuple[str, str]:
        return ("held", "Held") if engine.hold_reason else ("running", "Running")
