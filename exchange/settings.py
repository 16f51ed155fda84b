"""All settings, from the environment (see .env.example). ``DX_PROFILE`` is demo, test or production.

Production refuses defaults: a missing or default secret, DEBUG, demo accounts and private services stop the start.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from exchange.file_storage import files_storage

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

PROFILE: str = env("DX_PROFILE", default="demo")
if PROFILE not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(f"DX_PROFILE is demo, test or production, not {PROFILE!r}")
PRODUCTION = PROFILE == "production"
VAR_DIR = Path(env("DX_VAR", default=str(BASE_DIR / "var")))

DEFAULT_SECRET = "insecure-demo-key"  # noqa: S105 (refused in production below)
SECRET_KEY: str = env("SECRET_KEY", default=DEFAULT_SECRET)
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
#: Key of the hash that knows one real person across accounts; it must outlive a rotation of SECRET_KEY.
REAL_NAME_KEY: str = env("REAL_NAME_KEY", default=SECRET_KEY)
#: Wraps the keys that personal fields are sealed under (evidence.vault); older ones still open what they wrapped.
FIELD_KEY: str = env("FIELD_KEY", default=SECRET_KEY)
FIELD_KEY_FALLBACKS: list[str] = env.list("FIELD_KEY_FALLBACKS", default=[])
DEBUG: bool = env.bool("DEBUG", default=False)
DEMO_ACCOUNTS: bool = env.bool("DEMO_ACCOUNTS", default=not PRODUCTION)
#: The adapter of the supervised bank, and the key both sides sign with; the simulated bank is for demonstrations and tests.
BANK: str = env("BANK", default="settlement.simulated_bank.SimulatedBank")
BANK_KEY: str = env("BANK_KEY", default="") or f"bank/{SECRET_KEY}"
#: Faults of the simulated bank (``settlement.simulated_bank``).
SIMULATED_BANK: list[str] = env.list("SIMULATED_BANK", default=[])
#: Whether webhooks may reach this machine's own network: on a laptop and in tests only.
WEBHOOKS_REACH_PRIVATE: bool = env.bool("WEBHOOKS_REACH_PRIVATE", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORT: int = env.int("PORT", default=8000)
#: Where the browser finds the live feed; behind a proxy both share one address and this is empty.
LIVE_ORIGIN: str = env("LIVE_ORIGIN", default="" if PRODUCTION else f"ws://127.0.0.1:{PORT + 1}")
if PRODUCTION:
    faults = [
        fault
        for broken, fault in (
            (SECRET_KEY == DEFAULT_SECRET or len(SECRET_KEY) < 40, "SECRET_KEY is missing, the default, or shorter than 40 characters"),
            (len(REAL_NAME_KEY) < 40, "REAL_NAME_KEY is missing or shorter than 40 characters"),
            (len(FIELD_KEY) < 40 or FIELD_KEY == SECRET_KEY,
             "FIELD_KEY is missing, shorter than 40 characters, or SECRET_KEY itself (rotating that would lose every personal field)"),
            (DEBUG, "DEBUG is on"),
            (DEMO_ACCOUNTS, "DEMO_ACCOUNTS is on"),
            (WEBHOOKS_REACH_PRIVATE, "WEBHOOKS_REACH_PRIVATE opens the house's own network to addresses that anybody types"),
            (not ALLOWED_HOSTS, "ALLOWED_HOSTS names no host"),
            (not env("DATABASE_URL", default=""), "DATABASE_URL is missing"),
            (not env("REDIS_URL", default=""), "REDIS_URL is missing"),
            (not env("EVIDENCE_SIGNING_KEY_FILE", default=""), "EVIDENCE_SIGNING_KEY_FILE is missing"),
        )
        if broken
    ]
    if faults:
        raise ImproperlyConfigured("This production start is refused: " + "; ".join(faults) + ". See .env.example.")

INSTALLED_APPS = [
    "exchange.apps.ExchangeConfig",
    "simulation",
    "settlement",
    "delivery",
    "trading",
    "listings",
    "compliance",
    "participants",
    "ledger",
    "evidence",
    "unfold.apps.BasicAppConfig",
    "exchange.apps.SupervisionAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "exchange.middleware.RequestIdMiddleware",
    "participants.visitors.ToldAgainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "exchange.headers.PolicyMiddleware",
    "exchange.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "exchange.middleware.NoticesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "exchange.middleware.CallerMiddleware",
    "exchange.middleware.ActorMiddleware",
    "exchange.middleware.DenialMiddleware",
    "exchange.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "exchange.urls"
WSGI_APPLICATION = "exchange.wsgi.application"
ASGI_APPLICATION = "exchange.asgi.application"
AUTH_USER_MODEL = "participants.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "participants:login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "exchange.context.house",
            ],
            "loaders": [
                ("django.template.loaders.cached.Loader",
                 ["django_cotton.cotton_loader.Loader", "django.template.loaders.filesystem.Loader",
                  "django.template.loaders.app_directories.Loader"]),
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "exchange.templatetags.frame",
                "exchange.templatetags.house",
                "exchange.templatetags.spoken",
            ],
        },
    },
]

# ---- databases and brokers -----------------------------------------------------------------------------------------
# The application connects as dx_app, which owns nothing; DATABASE_ROLE=owner (set by manage.py for migrate) as dx_owner.
_ROLE_KEY = "DATABASE_OWNER_URL" if env("DATABASE_ROLE", default="app") == "owner" else "DATABASE_URL"
DATABASES = {"default": env.db_url(_ROLE_KEY, default="postgresql://dx_app@127.0.0.1:5432/exchange")}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
#: web 5 s, worker 10 min, owner none: each process type sets its own in the environment.
_STATEMENT_TIMEOUT = env.int("STATEMENT_TIMEOUT_MS", default=0)
#: True where a pooler shares connections between transactions; nothing is kept on a connection then.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DATABASE_POOLED", default=False)
DATABASES["default"]["OPTIONS"] = {
    #: Only what asks for it is prepared (evidence.prepared).
    "prepare_threshold": None if DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] else 2**31,
    "options": f"-c statement_timeout={_STATEMENT_TIMEOUT} -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=3000)} -c timezone=UTC"
}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHE_URL: str = env("CACHE_URL", default=REDIS_URL)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL, "KEY_PREFIX": "dx"}}
#: empty = nobody listens: commands that live through other markets in a database of their own
LIVE_PREFIX: str = env("LIVE_PREFIX", default="dx")
CHANNEL_LAYERS = {} if not LIVE_PREFIX else {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": f"{LIVE_PREFIX}-private"},
    }
}

# ---- sessions, cookies, headers ------------------------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-sessionid" if PRODUCTION else f"dx-sessionid-{PORT}"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else f"dx-csrftoken-{PORT}"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 65_536
FILE_UPLOAD_HANDLERS = ["exchange.uploads.CappedUploads", "django.core.files.uploadhandler.MemoryFileUploadHandler",
                        "django.core.files.uploadhandler.TemporaryFileUploadHandler"]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "connect-src": [SELF, *([LIVE_ORIGIN] if LIVE_ORIGIN else [])],
    },
}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if PROFILE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
#: A second factor for everyone who is signed in; the demo says in its bar that it is off.
SECOND_FACTOR_REQUIRED: bool = PRODUCTION or env.bool("SECOND_FACTOR", default=False)
#: Tries to sign in before a name is locked for an address, and an address for all names, and for how long.
SIGNIN_TRIES = 10
SIGNIN_TRIES_PER_ADDRESS = 100
SIGNIN_COOLOFF_SECONDS = 900
#: A sensitive act asks for the password again after so long.
STEP_UP_SECONDS: int = env.int("STEP_UP_SECONDS", default=600)

# ---- mail: the demo prints it to the log ----------------------------------------------------------------------------
_MAIL = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _MAIL.get("EMAIL_HOST", ""), _MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.get("EMAIL_HOST_USER") or "", _MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = bool(_MAIL.get("EMAIL_USE_TLS")), bool(_MAIL.get("EMAIL_USE_SSL"))
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default="exchange@localhost")

# ---- language, time, static files ----------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", BASE_DIR / "node_modules" / "bootstrap" / "dist" / "css"),
]
STORAGES = {
    "default": files_storage(env, VAR_DIR),
    "staticfiles": {
        "BACKEND": "exchange.assets.HouseStaticFilesStorage"
        if PROFILE != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
#: Largest file taken, in bytes.
FILE_CAP_BYTES: int = env.int("FILE_CAP_BYTES", default=64 * 1024 * 1024)
EVIDENCE_SIGNING_KEY_FILE: str = env("EVIDENCE_SIGNING_KEY_FILE", default=str(VAR_DIR / "evidence-signing.pem"))
#: Where published checkpoints are kept, outside the database; empty switches it off.
EVIDENCE_CHECKPOINTS_DIR: str = env("EVIDENCE_CHECKPOINTS_DIR", default="" if PROFILE == "test" else str(VAR_DIR / "checkpoints"))
EVIDENCE_ORIGIN: str = env("EVIDENCE_ORIGIN", default="data-exchange-demo")
PUBLIC_ADDRESS: str = env("PUBLIC_ADDRESS", default=f"http://127.0.0.1:{PORT}")

# ---- Celery --------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("VISIBILITY_TIMEOUT", default=900),
    "unacked_restore_interval": env.int("UNACKED_RESTORE_INTERVAL", default=5),
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "global_keyprefix": env("CELERY_PREFIX", default="dx-"),
}
CELERY_TIMEZONE = "UTC"

# ---- the supervision desk's package pages (look §10) --------------------------------------------------------------------
from exchange.desk_look import UNFOLD  # noqa: E402, F401 (read by the package)

# ---- API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["participants.edge.KeyAuthentication", "rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["exchange.api.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["participants.edge.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["exchange.limits.Limit"],
    "DEFAULT_PAGINATION_CLASS": None,
    "EXCEPTION_HANDLER": "exchange.api.problem",
    "NUM_PROXIES": 1 if env.bool("BEHIND_PROXY", default=False) else 0,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
#: How often one caller may ask the API, exactly counted.
API_READS_PER_MINUTE: int = env.int("API_READS_PER_MINUTE", default=600)
API_WRITES_PER_MINUTE: int = env.int("API_WRITES_PER_MINUTE", default=240)
KNOX_TOKEN_MODEL = "participants.ApiToken"  # noqa: S105 (a model, not a secret)
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "AUTO_REFRESH": False, "TOKEN_PREFIX": "dxt_"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Data Exchange API",
    "VERSION": "1",
    "DESCRIPTION": "Every act of the pages, for programs: the same operations, the same refusals. Money is whole fen.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {"SharePartEnum": "listings.models.sharing.Part.choices", "DecidingActEnum": ["cancel", "reject"],
                            "TalkActEnum": ["accept", "counter", "decline", "withdraw"]},
}

# ---- logs: one JSON line each, one request id through web, worker and socket -----------------------------------------
LOG_FORMAT: str = env("LOG_FORMAT", default="json" if PRODUCTION else "readable")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "exchange.logs.RequestIdFilter"}},
    "formatters": {"json": {"()": "exchange.logs.JsonFormatter"}, "readable": {"()": "exchange.logs.ReadableFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"celery.worker.strategy": {"level": "WARNING"}, "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"}},
}
