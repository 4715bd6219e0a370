"""Alice's tenant with customers Norte and Sur, Bob's with one: each has one of everything.

Names, titles and labels hold a word that says whose they are, so that any answer shows by it what it gives away.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.utils import timezone

from reporting.models import (
    ApiToken,
    Asset,
    AssignmentRule,
    Connection,
    CounterReset,
    Customer,
    FeedProgress,
    Membership,
    PpvSession,
    Programme,
    ProgrammeRule,
    Restatement,
    Snapshot,
    SnapshotPart,
    SyncRun,
    Tenant,
    User,
)
from reporting.models.part_bytes import packed
from reporting.periods import today_in
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.factories import (
    cover,
    give,
    make_asset,
    make_connection,
    make_restatement,
    make_session,
    make_snapshot,
    tell,
)

NORTE, SUR, HOUSE, BOB, SECRET, EARLIER = "zqnorte", "zqsur", "zqhouse", "zqbob", "zqsecret", "zqearlier"
VIEWER = "198.51.100.77"  # the address of every session
COST = "7654.321"  # what the vendor charges; Norte sees it with a markup, Sur does not see it
COST_WORDS = {COST, "7654.32", "7\u202f654"}  # as files and pages write it
VIEWS: dict[str, dict[str, Any]] = {
    "norte": {"cost_view": "markup", "cost_markup": 15},
    "sur": {},
    "este": {"cost_view": "vendor"},
}
TODAY = today_in("UTC")


def ago(days: int) -> str:
    return f"{TODAY - timedelta(days=days)}"


@dataclass
class Things:
    """One row of each model, by the model's name; `of` are the ids that go into addresses."""

    tenant: Tenant
    customer: Customer
    of: dict[str, int] = field(default_factory=dict)
    personal: int = 0  # the reading of a list of sessions; `of` has another

    def keep(self, *rows: Any) -> None:
        self.of |= {row._meta.model_name: row.pk for row in rows}


@dataclass
class World:
    norte: Things
    sur: Things
    bob: Things


def make_world() -> World:
    with all_tenants():
        alice = Tenant.objects.create(slug="alice", name="Alice Sports")
        bob = Tenant.objects.create(slug="bob", name=f"{BOB} Broadcasting")
    boom = _connection(alice, "boom", HOUSE)
    norte, sur = (Things(alice, _customer(alice, slug, word)) for slug, word in (("norte", NORTE), ("sur", SUR)))
    for things, word in ((norte, NORTE), (sur, SUR)):
        _fill(things, boom, word, HOUSE)
    _move(boom, sur, norte)
    make_asset(boom, f"LOOSE-{HOUSE}", title=f"{HOUSE} nobody's")
    link = _connection(bob, "boom", BOB)
    theirs = Things(bob, _customer(bob, "este", BOB))
    _fill(theirs, link, BOB, BOB)
    return World(norte, sur, theirs)


def _customer(tenant: Tenant, slug: str, word: str) -> Customer:
    with tenant_scope(tenant):
        return Customer.objects.create(tenant=tenant, slug=slug, name=f"{word} Club", **VIEWS[slug])


def _connection(tenant: Tenant, slug: str, word: str) -> Connection:
    """Its name is for customers too, so it is nobody's word but Bob's."""
    name = f"{BOB} Boom" if word == BOB else "Boom"
    connection = make_connection(
        tenant, slug, name=name, state_message=f"{word} said", base_url="http://127.0.0.1:9/boomstream"
    )
    connection.history_from = TODAY - timedelta(days=90)
    connection.credentials = {"apikey": SECRET}
    with tenant_scope(tenant):
        connection.save()
    cover(connection, ago(90), ago(0), ago(3))
    return connection


def _move(connection: Connection, before: Things, after: Things) -> None:
    """An asset that was Sur's and is Norte's, and one that will be: what was before is not Norte's to see."""
    moved = make_asset(connection, "MOVED", title="Moved")
    coming = make_asset(connection, "COMING", title=f"{SUR} as long as Norte has not held it")
    give(coming, before.customer, None, ago(-5))
    give(coming, after.customer, ago(-6))
    tell(coming, "plays", {ago(2): 7})
    with tenant_scope(before.tenant):
        of_sur = Programme.objects.create(tenant=before.tenant, slug=f"{SUR}-coming", name=f"{SUR} programme to come")
        Asset.objects.filter(pk=coming.pk).update(programme=of_sur)
    make_session(coming, f"{ago(2)}T12:00:00+00:00", f"{SUR} order of the coming one")
    give(moved, before.customer, None, ago(6))
    give(moved, after.customer, ago(5))
    tell(moved, "plays", {ago(8): 111_000_111, ago(2): 5})
    make_session(moved, f"{ago(8)}T12:00:00+00:00", EARLIER, user_agent=f"{EARLIER} agent")


def _fill(things: Things, connection: Connection, word: str, house: str) -> None:
    """`word` is in what the customer may see, `house` in what only its tenant may."""
    asset = make_asset(connection, f"FILM-{word}", title=f"{word} film")
    give(asset, things.customer)
    tell(asset, "plays", {ago(2): 3, ago(8): 4})
    tell(asset, "cost", {ago(2): COST})
    make_restatement(asset, "cost", ago(2), 1, COST, timezone.now())
    tell(asset, "plays", {f"{ago(2)} JP": 1}, dimension="country")
    session = make_session(asset, f"{ago(2)}T12:00:00+00:00", f"{word} order", user_agent=f"{word} agent", ip=VIEWER)
    make_restatement(asset, "plays", ago(8), 3, 4, timezone.now())
    make_asset(
        connection, f"NEXT-{word}", title=f"{house} film that nobody has yet"
    )  # for the rule of programmes to catch
    waiting = make_connection(things.tenant, f"waiting-{things.customer.slug}", name=f"{house} waits for its run")
    of: dict[str, Any] = {"tenant": things.tenant, "connection": connection}
    with tenant_scope(things.tenant):
        session.access.hash = f"{SECRET} of {word}"
        session.access.save()
        progress = FeedProgress.objects.create(**of, feed=f"feed-{house}", asset=asset)
        error = {"feed": "plays", "error": "TryAgain", "detail": f"{house} went wrong"}
        SyncRun.objects.create(**of, state="failed", errors=[error])
        run = SyncRun.objects.create(**of | {"connection": waiting}, errors=[error])
        reset = CounterReset.objects.create(
            **of, asset=asset, metric="plays", day=ago(2), day_before=ago(3), old=5, new=3, noticed_at=timezone.now()
        )
        rule = AssignmentRule.objects.create(**of, customer=things.customer, pattern=f"{house}-{word}-*")
        programme = Programme.objects.create(
            tenant=things.tenant,
            slug=f"{word}-programme",
            name=f"{word} programme",
            tags={"licensor": f"{house} league"},
        )
        catching = ProgrammeRule.objects.create(**of, programme=programme, pattern=f"NEXT-{word}")
        Asset.objects.filter(pk=asset.pk).update(programme=programme, is_placed_by_hand=True)
        restatement = Restatement.objects.get(asset=asset, metric="plays")
    snapshot, personal = (_reading(connection, asset, house, is_personal) for is_personal in (False, True))
    with tenant_scope(things.tenant):
        PpvSession.objects.filter(pk=session.pk).update(snapshot=personal)
    things.personal = personal.pk
    things.keep(things.tenant, things.customer, connection, asset, session.access, session, progress, run, reset)
    things.keep(rule, restatement, snapshot, programme, catching)
    _accounts(things, house)


def _reading(connection: Connection, asset: Asset, house: str, is_personal: bool) -> Snapshot:
    """With a part that is kept as what differs from an earlier one."""
    before, body = b"<Response>an answer before</Response>", f"<Response>{house} answer</Response>".encode()
    earlier = make_snapshot(connection, timezone.now(), asset=asset, is_personal=is_personal)
    base = _part(earlier, house, before, packed(before))
    snapshot = make_snapshot(connection, timezone.now(), asset=asset, is_personal=is_personal)
    _part(snapshot, house, body, packed(body, before), base=base)
    return snapshot


def _part(snapshot: Snapshot, house: str, body: bytes, kept: bytes, **more: Any) -> SnapshotPart:
    with tenant_scope(snapshot.tenant_id):
        return SnapshotPart.objects.create(
            tenant_id=snapshot.tenant_id,
            snapshot=snapshot,
            number=1,
            request={"method": "GET", "url": f"https://{house}.example/"},
            status=200,
            fetched_at=timezone.now(),
            compressed=kept,
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            **more,
        )


def _accounts(things: Things, house: str) -> None:
    """A person, its membership, a token, a second factor and a group, for the console to show."""
    email = f"{house}-{things.customer.slug}@viewledger.example"
    user = User.objects.create_user(email)
    with tenant_scope(things.tenant):
        membership = Membership.objects.create(tenant=things.tenant, user=user, role="analyst")
        token, _ = ApiToken.issue(tenant=things.tenant, name=f"{house} token", scopes=["read"])
    factor = Authenticator.objects.create(user=user, type="totp", data={"secret": SECRET})
    things.keep(user, membership, token, factor, Group.objects.create(name=f"{house} {things.customer.slug}"))
