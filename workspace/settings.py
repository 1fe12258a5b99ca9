"""Composition: what the house is made of. Everything that differs between places comes from the
environment or `.env`."""

import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = False
# Commands that sign nothing (migrate, loadcase) work without a secret; `serve` refuses to start without one.
SECRET_KEY = env.str("SECRET_KEY", default="") or secrets.token_urlsafe(64)
ALLOWED_ORIGINS = [origin.rstrip("/") for origin in env.list("ALLOWED_ORIGINS", default=[])]
ALLOWED_HOSTS = sorted({re.sub(r":\d+$", "", urlsplit(origin).netloc) for origin in ALLOWED_ORIGINS})

# Strict only where every origin is https: a trial on http://127.0.0.1 must work, a deployment must not be
# weakened by it.
STRICT = bool(ALLOWED_ORIGINS) and all(origin.startswith("https://") for origin in ALLOWED_ORIGINS)
SECURE_SSL_REDIRECT = STRICT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if STRICT else None
SECURE_HSTS_SECONDS = 31_536_000 if STRICT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = STRICT
SECURE_HSTS_PRELOAD = STRICT
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = STRICT
SESSION_COOKIE_NAME = "s"
CSRF_COOKIE_NAME = "c"
LANGUAGE_COOKIE_NAME = "l"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_ENGINE = "workspace.people.sessions"
# Not "no-referrer": with it browsers send "Origin: null" with a form, which the forgery check rightly
# refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
CSRF_FAILURE_VIEW = "workspace.errors.forged"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# Where pictures are sent to, a request may be as large as one and the form around it. It stays in memory: nothing of
# what was sent is ever on a disk.
LARGEST_PICTURE = 5 * 1024 * 1024
TAKES_PICTURES = re.compile(r"/seats/[^/]+/picture/change/")
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_PICTURE + DATA_UPLOAD_MAX_MEMORY_SIZE
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "workspace",
    "conferences",
    "agendas",
]
AUTH_USER_MODEL = "workspace.Person"
# The second is named in sessions that were begun before there was the first.
AUTHENTICATION_BACKENDS = ["workspace.people.sessions.ByLink", "django.contrib.auth.backends.ModelBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "workspace.errors.CalmAnswers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "workspace.people.middleware.Reader",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "workspace.urls"
ASGI_APPLICATION = "workspace.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.tz",
                "workspace.live.templatetags.live",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'workspace.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Without these, concurrent read-modify-writes fail with "database is locked" (measured: 248 of 320).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    # Under ASGI every request has a thread of its own: without a pool each would open a connection. Statements are
    # worked out by PostgreSQL once a connection, and a line on which nobody answers is given up.
    # Checked when taken from it: after a restart of PostgreSQL nobody is handed a dead one.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        pool={"min_size": 2, "max_size": 16, "timeout": 10},
        server_side_binding=True,
        prepare_threshold=3,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=20_000,
    )
REDIS_URL = env.str("REDIS_URL", default="")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # redis-py's 5 s socket timeout equals the blocking read and would end an idle listener.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

# Per person, never per address: thirty people of one agency sit behind one. The benchmark raises it.
MOST_WRITES_A_MINUTE = env.int("MOST_WRITES_A_MINUTE", default=120)

# Where the source of what runs here can be had: whoever serves a changed version owes it to those who use it.
SOURCE_URL = env.str("SOURCE_URL", default="")

# Reminders go out by mail only where there is a server for it. Each step of talking to it takes no longer than this, so
# that no try to send lasts until the next one.
SENDS_MAIL = bool(env.str("EMAIL_URL", default=""))
vars().update(
    env.email_url("EMAIL_URL", default="dummymail://") if SENDS_MAIL else env.email_url_config("dummymail://")
)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="reminder@localhost")

# The pages that stay live; upper floors are named only as strings.
LIVE_PAGES = [
    "agendas.today.panels.PAGE",
    "agendas.room.panels.PAGE",
    "agendas.invitations.panels.PAGE",
    "agendas.preparation.panels.PAGE",
    "agendas.table.panels.PAGE",
    "agendas.plan.panels.PAGE",
    "agendas.tasks.panels.PAGE",
    "agendas.progress.panels.PAGE",
    "agendas.scheduling.panels.MEETINGS",
    "agendas.scheduling.panels.SCHEDULE",
    "agendas.versions.panels.PAGE",
    "agendas.versions.panels.BOARD",
    "agendas.versions.panels.PLAN",
    "conferences.releases.panels.PAGE",
    "conferences.cases.panels.PAGE",
    "conferences.board.panels.PAGE",
    "conferences.review.panels.PAGE",
    "agendas.closing.panels.PAGE",
    "agendas.handover.panels.PAGE",
    "agendas.minutes.panels.PAGE",
    "agendas.minutes.panels.PAPER",
    "agendas.leaflet.panels.PAGE",
    "agendas.preview.panels.PAGE",
    "agendas.readaloud.panels.PAGE",
    "agendas.followup.panels.PAGE",
    "agendas.timeline.panels.PAGE",
    "agendas.leaflet.panels.PLAN",
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "workspace" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"secrets": {"()": "workspace.addresses.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"psycopg.pool": {"level": "ERROR"}},  # it repeats itself every few hundred milliseconds
}
