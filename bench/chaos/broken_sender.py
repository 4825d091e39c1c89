"""A worker for senders that break the rule which BREAK names (breaks.py).

`celery -A bench.chaos.broken_sender worker -Q senders ...`, in place of slackhub.celery.
"""

import os
from importlib import import_module

import django

from slackhub.celery import app as app

django.setup()
# Models can be imported only now.
import_module("bench.chaos.breaks").BREAKS[os.environ["BREAK"]]()
