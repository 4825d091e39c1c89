"""What a bot file imports: `from bots.scripts import Script`. See docs/how-to/write-a-bot.md."""

from bots.scripts.hearing import Hears, Said
from bots.scripts.listener import GO_ON, STOP
from bots.scripts.permission import ADMINS, INSTALLER
from bots.scripts.script import Script
from teams.hooks import Veto

__all__ = ["ADMINS", "GO_ON", "INSTALLER", "STOP", "Hears", "Said", "Script", "Veto"]
