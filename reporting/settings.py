"""Django's settings. What an operator may set comes from the environment and is listed in `.env.example`."""

import secrets
from datetime import timedelta
from typing import Any

from reporting.encryption import new_key
from reporting.environment import DATABASE_URL, ROOT, VAR_DIR, env, secret

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY", lambda: secrets.token_urlsafe(50))
CREDENTIALS_KEYS = [key.strip() for key in secret("CREDENTIALS_KEYS", new_key).split(",") if key.strip()]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ALLOW_PRIVATE_PROVIDER_URLS = env.bool("ALLOW_PRIVATE_PROVIDER_URLS", default=False)
SYNC_BACKOFF_SECONDS = env.float("SYNC_BACKOFF_SECONDS", default=1.0)  # before the second try; doubled for each more
PROVIDER_TIMEOUT_SECONDS = env.float("PROVIDER_TIMEOUT_SECONDS", default=60.0)  # between two bytes of an answer
PROVIDER_DEADLINE_SECONDS = env.float("PROVIDER_DEADLINE_SECONDS", default=600.0)  # for a whole answer

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "reporting",
    "providers",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "reporting.tenancy.middleware.TenantMiddleware",
]

ROOT_URLCONF = "reporting.urls"
WSGI_APPLICATION = "reporting.wsgi.application"
AUTH_USER_MODEL = "reporting.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: PostgreSQL, ours or the operator's --------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]]
if DATABASE_URL:
    DATABASES = {"default": env.db_url("DATABASE_URL", engine="django.db.backends.postgresql")}
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 0, "max_size": 10, "timeout": 30}
else:
    DATABASES = {
        "default": {"ENGINE": "reporting.embedded", "NAME": "viewledger", "USER": "viewledger", "VAR_DIR": VAR_DIR}
    }
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Celery: what is due is computed from the database, so a lost broker loses nothing --------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or "filesystem://localhost"
# A broker that hangs must not hold up a person who asks for a sync; what it does not take, `sync_due` sends again.
REDIS_PATIENCE: dict[str, object] = {
    "max_retries": 1,
    "interval_start": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
}
if CELERY_BROKER_URL.startswith("filesystem:"):
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.05,  # seconds; a look at an empty folder costs a fiftieth of a millisecond
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # each worker that is killed would leave a queue of files behind
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_PATIENCE
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_LOST_WAIT = 1.0  # seconds until a process of the pool that was killed is given up, and its place is free
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sync-due": {"task": "providers.tasks.sync_due", "schedule": timedelta(minutes=1), "options": {"expires": 55}},
}

# --- Signing in -------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "reporting.tenancy.sign_in.ClosedSignupAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/m/key,20/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "viewledger_cache"},
}

# --- API --------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["reporting.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["reporting.api.authentication.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "reporting.api.pagination.NewestFirst",
    "DEFAULT_RENDERER_CLASSES": ["reporting.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "reporting.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Viewledger",
    "DESCRIPTION": "Statistics of several video platforms, CDNs and call broadcasters in one ledger.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",  # our own copy, not a CDN's
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ConnectionState": "reporting.models.Connection.State",
        "SyncRunState": "reporting.models.SyncRun.State",
        "SnapshotState": "reporting.models.Snapshot.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reporting.api.schema.add_problems",
    ],
}

# --- The rest ---------------------------------------------------------------------------------------------------------

PDF_FONTS = env.list("PDF_FONTS", default=[])  # folders of fonts, for scripts that ours do not have

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
LOCALE_PATHS = [ROOT / "reporting" / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic step: `serve` and `demo` work from a fresh checkout

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="viewledger@localhost")

# With HTTPS in front, set SECURE=true: cookies and addresses are then for HTTPS only.
SECURE = env.bool("SECURE", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

UNFOLD = {
    "SITE_TITLE": "Viewledger",
    "SITE_HEADER": "Viewledger",
    "SITE_SUBHEADER": "Console",
    "SITE_SYMBOL": "monitoring",
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/reporting/icon.svg"}],
    "DASHBOARD_CALLBACK": "reporting.admin.dashboard.dashboard",
    "COLORS": {  # the blue of the pages
        "primary": {
            "50": "oklch(97% .014 250)",
            "100": "oklch(93% .032 250)",
            "200": "oklch(88% .059 250)",
            "300": "oklch(81% .105 250)",
            "400": "oklch(71% .14 250)",
            "500": "oklch(62% .15 250)",
            "600": "oklch(50% .135 250)",
            "700": "oklch(44% .125 250)",
            "800": "oklch(39% .105 250)",
            "900": "oklch(35% .085 250)",
            "950": "oklch(27% .065 250)",
        },
    },
    "SIDEBAR": {"navigation": "reporting.admin.navigation.navigation"},
}

DEFAULT_EXCEPTION_REPORTER_FILTER = "reporting.error_reports.NoValues"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"urllib3": {"level": "ERROR"}},  # it quotes whole addresses, keys too, in warnings and in debug lines
}
