"""Settings of SlackHub, all from the environment; with none set, it runs on loopback.

docs/reference/settings.md lists every variable; a test compares the two.
"""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from celery.schedules import schedule
from django.core.exceptions import ImproperlyConfigured

from slackhub import env, local_secrets, mailer
from slackhub.embedded.addresses import default_urls
from slackhub.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var" / "dev"))).absolute()

# --- addresses -----------------------------------------------------------------------------
PUBLIC_URL = env.url("PUBLIC_URL", "http://127.0.0.1:8000")
SLACK_URL = env.url("SLACK_URL", "https://slack.com")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""
LOOPBACK = PUBLIC_HOST in ("127.0.0.1", "localhost", "::1")
HTTPS = PUBLIC_URL.startswith("https://")

# --- secrets: given, or made once for a hub that only this machine can reach ------------------
_made = local_secrets.load_or_make(VAR_DIR) if LOOPBACK else {}
SECRET_KEY = env.text("SECRET_KEY", _made.get("SECRET_KEY", "unset"))
FIELD_ENCRYPTION_KEYS = env.words("FIELD_ENCRYPTION_KEYS") or [
    key for key in [_made.get("FIELD_ENCRYPTION_KEYS", "")] if key
]

DEBUG = env.boolean("DEBUG", default=False)
ALLOWED_HOSTS = [PUBLIC_HOST, "127.0.0.1", "localhost", "[::1]", *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "slackhub.apps.SlackhubConfig",
    "teams",
    "broadcasts",
    "bots",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "slackhub.nul.no_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "slackhub.csp.admin_policy",
]

ROOT_URLCONF = "slackhub.urls"
WSGI_APPLICATION = "slackhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- PostgreSQL and Redis: given, or the embedded ones of VAR_DIR -----------------------------
_embedded = default_urls(VAR_DIR)
DATABASE_URL = env.text("DATABASE_URL", _embedded.database_url)
REDIS_URL = env.text("REDIS_URL", _embedded.redis_url)


def _database(address: str) -> dict[str, object]:
    parts = urlsplit(address)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name."
        )
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or "") or query.pop("user", ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or query.pop("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A server that is frozen accepts connections and never speaks.
        "OPTIONS": {"connect_timeout": "10"} | query,
    }


def _broker(address: str) -> str:
    """Celery spells a Unix socket differently from redis-py: redis+socket:///path?virtual_host=0."""
    if not address.startswith("unix://"):
        return address
    parts = urlsplit(address)
    database = parse_qs(parts.query).get("db", ["0"])[-1]
    return f"redis+socket://{parts.path}?virtual_host={database}"


if urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0.")
DATABASES = {"default": _database(DATABASE_URL)}

# --- time ------------------------------------------------------------------------------------
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = False
FORMAT_MODULE_PATH = "slackhub.formats"

# --- pages -----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "slackhub" / "static"]
# Serves straight from the packages: no collectstatic step between a clone and the first page.
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SUPPORT_EMAIL = env.text("SUPPORT_EMAIL", "")
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:", "https:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'", SLACK_URL],
    "frame-ancestors": ["'none'"],
}
ADMIN_CSP = {
    **SECURE_CSP,
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    # unfold opens "add another" in a frame of the same page.
    "frame-ancestors": ["'self'"],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS and env.boolean("SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Whoever probes the process speaks plain http to it, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS

# --- Celery ----------------------------------------------------------------------------------
CELERY_BROKER_URL = _broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A server that is frozen accepts connections and never speaks.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 3, "socket_connect_timeout": 3}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 600
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ROUTES = {"broadcasts.tasks.send": {"queue": "senders"}}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# A schedule that staff save must be seen before it is due.
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    "SlackHub: tick": {
        "task": "broadcasts.tasks.tick",
        "schedule": schedule(5.0),
        "options": {"expires": 5},
    },
    "SlackHub: mail": {
        "task": "broadcasts.tasks.mail",
        "schedule": schedule(60.0),
        "options": {"expires": 60},
    },
    "SlackHub: deliveries done with long ago": {
        "task": "broadcasts.tasks.remove_old_deliveries",
        "schedule": schedule(60.0),
        "options": {"expires": 60},
    },
    "SlackHub: teams disconnected long ago": {
        "task": "broadcasts.tasks.remove_departed_teams",
        "schedule": schedule(60.0),
        "options": {"expires": 60},
    },
    # Each team once a day.
    "SlackHub: syncs that are due": {
        "task": "teams.tasks.sync_all",
        "schedule": schedule(300.0),
        "options": {"expires": 300},
    },
    "SlackHub: tokens that expire soon": {
        "task": "broadcasts.tasks.renew_tokens",
        "schedule": schedule(60.0),
        "options": {"expires": 60},
    },
    "SlackHub: unknown deliveries that may be read about": {
        "task": "broadcasts.tasks.read_histories",
        "schedule": schedule(20.0),
        "options": {"expires": 20},
    },
    "SlackHub: syncs whose worker was lost": {
        "task": "teams.tasks.resume_syncs",
        "schedule": schedule(20.0),
        "options": {"expires": 20},
    },
    "SlackHub: events whose worker was lost": {
        "task": "bots.tasks.sweep_inbox",
        "schedule": schedule(30.0),
        "options": {"expires": 30},
    },
    "SlackHub: timers of bots": {
        "task": "bots.tasks.run_timers",
        "schedule": schedule(5.0),
        "options": {"expires": 5},
    },
    "SlackHub: events dealt with long ago": {
        "task": "bots.tasks.forget_events",
        "schedule": schedule(3600.0),
        "options": {"expires": 3600},
    },
}

# --- bots -------------------------------------------------------------------------------------
BOTS_DIR = Path(env.text("BOTS_DIR", str(BASE_DIR / "my_bots"))).absolute()
HUB_COMMAND = env.command("HUB_COMMAND", "/hub")

# --- delivery --------------------------------------------------------------------------------
SENDER_SLOTS = env.integer("SENDER_SLOTS", 1, least=1)
LANES_PER_SENDER = env.integer("LANES_PER_SENDER", 200, least=1)
CHANNEL_INTERVAL = env.number("CHANNEL_INTERVAL", 1.0)
KEEP_DELIVERIES_DAYS = env.integer("KEEP_DELIVERIES_DAYS", 365, least=1)
KEEP_DISCONNECTED_DAYS = env.integer("KEEP_DISCONNECTED_DAYS", 14, least=1)

# --- mail: off unless somebody is to be told what needs a person ---------------------------------
NOTICE_EMAILS = env.words("NOTICE_EMAILS")
EMAIL_URL = env.text("EMAIL_URL")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"slackhub@{PUBLIC_HOST}")
if NOTICE_EMAILS and not EMAIL_URL:
    raise ImproperlyConfigured("NOTICE_EMAILS needs a mail server: set EMAIL_URL.")
globals().update(mailer.server(EMAIL_URL))

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "without_heartbeat": {
            "()": "slackhub.logs.WithoutHeartbeat",
            "tasks": [each["task"] for each in CELERY_BEAT_SCHEDULE.values()],
        },
        "without_refused_ways": {"()": "slackhub.logs.WithoutRefusedWays"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_heartbeat", "without_refused_ways"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # slack_sdk logs whole bodies at DEBUG and Bolt logs the body of a badly signed request at
    # INFO: message texts do not belong in a log.
    "loggers": {
        "slack_sdk": {"level": "WARNING"},
        "slack_bolt": {"level": "WARNING"},
    },
}
