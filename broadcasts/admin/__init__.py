"""Staff's pages for messages, broadcasts, runs, deliveries, schedules and the engine."""

from broadcasts.admin.broadcasts import BroadcastAdmin
from broadcasts.admin.deliveries import DeliveryAdmin
from broadcasts.admin.engine import EngineAdmin
from broadcasts.admin.messages import MessageAdmin
from broadcasts.admin.notices import NoticeAdmin
from broadcasts.admin.runs import RunAdmin
from broadcasts.admin.schedules import PeriodicTaskAdmin

__all__ = [
    "BroadcastAdmin",
    "DeliveryAdmin",
    "EngineAdmin",
    "MessageAdmin",
    "NoticeAdmin",
    "PeriodicTaskAdmin",
    "RunAdmin",
]
