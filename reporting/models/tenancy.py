"""Who uses the site: tenants, people, and the customers that reports are for."""

import secrets
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from reporting.encryption import fingerprint


class Tenant(models.Model):
    """An agency or broadcaster. Everything else belongs to one; deleting it deletes all of its rows."""

    slug = models.SlugField(unique=True, help_text="Stands in addresses and commands; does not change.")
    name = models.CharField(max_length=200)
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="For times shown to people, e.g. Europe/Madrid."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """Base of every model whose rows belong to a tenant. Its default manager works only inside a scope."""

    # No index of its own: every table that grows has one that begins with the tenant.
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, db_index=False)

    objects = ScopedManager(tenant="tenant")

    class Meta:
        abstract = True


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address; its case does not matter."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=email.lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username or "")


class User(AbstractUser):
    """A person who signs in. What they may see follows from their memberships, or from being platform staff."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[misc,assignment]

    def __str__(self) -> str:
        return self.email


LARGEST_MARKUP = Decimal(10_000)


class Customer(TenantModel):
    """Whom reports are for, and what its people and tokens see of costs and of viewers. What is new is hidden."""

    class CostView(models.TextChoices):
        HIDDEN = "hidden", "Hidden"
        MARKUP = "markup", "With a markup"
        VENDOR = "vendor", "As the vendor charges them"

    slug = models.SlugField()
    name = models.CharField(max_length=200)
    cost_view = models.CharField(
        "costs",
        max_length=6,
        choices=CostView.choices,
        default=CostView.HIDDEN,
        db_default=CostView.HIDDEN,
        help_text="What this customer sees of costs. Managers and analysts always see what the vendor charges.",
    )
    cost_markup = models.DecimalField(
        "markup",
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(LARGEST_MARKUP)],
        help_text="Per cent on top of what the vendor charges, e.g. 15 or 12.5; the customer is not told of it.",
    )
    sees_personal_data = models.BooleanField(
        "tokens see personal data",
        default=False,
        db_default=False,
        help_text="Whether this customer's tokens with the scope ppv see viewers' addresses and browsers. Its people have the "
        "right each by themselves.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="customer_slug"),
            models.CheckConstraint(
                condition=Q(cost_view="markup", cost_markup__isnull=False, cost_markup__range=(0, LARGEST_MARKUP))
                | (~Q(cost_view="markup") & Q(cost_markup__isnull=True)),
                name="customer_markup",
                violation_error_message="Costs with a markup need one, from 0 per cent on; other views have none.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A person's role in one tenant. Managers see and change all, analysts see all, customers see their own report."""

    class Role(models.TextChoices):
        MANAGER = "manager"
        ANALYST = "analyst"
        CUSTOMER = "customer"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True)
    sees_personal_data = models.BooleanField(
        "sees personal data",
        default=False,
        db_default=False,
        help_text="Viewers' addresses and browsers in full, and raw answers that hold them; else masked. Managers always do.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_user"),
            models.CheckConstraint(
                condition=Q(role="customer", customer__isnull=False) | (~Q(role="customer") & Q(customer__isnull=True)),
                name="membership_customer",
                violation_error_message="The role customer needs a customer, the other roles have none.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class ApiToken(TenantModel):
    """A bearer token of the JSON API. The token itself is shown once; only its keyed digest is kept."""

    SCOPES = ("read", "ppv", "sync", "manage")

    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"

    @classmethod
    def issue(cls, **fields: Any) -> tuple["ApiToken", str]:
        """Makes a token; returns the row and the word to hand out."""
        word = "vl_" + secrets.token_urlsafe(32)
        return cls.objects.create(digest=fingerprint(word), **fields), word
