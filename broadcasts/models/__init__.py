from broadcasts.models.broadcast import Broadcast
from broadcasts.models.delivery import RESEND_AFTER, Copy, Delivery
from broadcasts.models.engine import Engine, Sender
from broadcasts.models.history import HistoryReader
from broadcasts.models.message import Message
from broadcasts.models.notice import Notice
from broadcasts.models.opt_out import OptOut
from broadcasts.models.order import Order
from broadcasts.models.run import Progress, Run
from broadcasts.models.saying import Saying

__all__ = [
    "RESEND_AFTER",
    "Broadcast",
    "Copy",
    "Delivery",
    "Engine",
    "HistoryReader",
    "Message",
    "Notice",
    "OptOut",
    "Order",
    "Progress",
    "Run",
    "Saying",
    "Sender",
]
