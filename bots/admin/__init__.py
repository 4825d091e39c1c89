from bots import canned_admin, saying_admin
from bots.admin import bot, inbox
from bots.supervisor import admin as supervisor

__all__ = ["bot", "canned_admin", "inbox", "saying_admin", "supervisor"]
