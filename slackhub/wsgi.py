"""WSGI entry point: `gunicorn slackhub.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slackhub.settings")

django_application = get_wsgi_application()

# Needs the apps that the line above sets up.
from bots.evidence import EvidenceIntake  # noqa: E402

application = EvidenceIntake(django_application)
