"""Which programme an asset is a copy of: by hand, by rules, and what is proposed."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from providers.pipeline.assets import store
from providers.toolkit.rows import AssetSeen
from reporting.ledger import programmes
from reporting.ledger.new_assets import catch_new
from reporting.ledger.programme_suggestions import Suggestion, accept, dismiss, fold, free_slug, suggestions
from reporting.models import Asset, Connection, DismissedSuggestion, Programme, ProgrammeRule, Tenant
from reporting.models.programmes import check_tags
from reporting.tenancy.scoping import tenant_scope
from tests.support.clock import START
from tests.support.factories import make_asset, make_connection, make_programme


@pytest.fixture
def boom(alice: Tenant) -> Connection:
    return make_connection(alice, "boom")


@pytest.fixture
def smart(alice: Tenant) -> Connection:
    return make_connection(alice, "smart", "smartstream")


def rule(programme: Programme, pattern: str, **more: object) -> ProgrammeRule:
    with tenant_scope(programme.tenant_id):
        return ProgrammeRule.objects.create(tenant_id=programme.tenant_id, programme=programme, pattern=pattern, **more)


def apply(one: ProgrammeRule) -> list[str]:
    return sorted(asset.external_id for asset in programmes.apply_rule(one))


def where(*assets: Asset) -> list[str | None]:
    """The slugs of their programmes, as they are stored."""
    with tenant_scope(assets[0].tenant_id):
        found = dict(Asset.objects.filter(pk__in=[a.pk for a in assets]).values_list("pk", "programme__slug"))
        return [found[asset.pk] for asset in assets]


# --- By hand ----------------------------------------------------------------------------------------------------------


def test_it_works(alice: Tenant, boom: Connection, smart: Connection) -> None:
    copies = [make_asset(boom, "f1"), make_asset(smart, "f2")]
    final, gala = make_programme(alice, "final"), make_programme(alice, "gala")
    assert programmes.put(copies, final) == copies
    assert where(*copies) == ["final", "final"]
    assert programmes.put(copies, final) == []
    assert programmes.put(copies[:1], gala) == copies[:1]
    assert where(*copies) == ["gala", "final"]
    assert programmes.put(copies, None) == copies
    assert where(*copies) == [None, None]


@pytest.mark.parametrize("kind", ["account", "application"])
def test_what_is_no_copy(alice: Tenant, boom: Connection, kind: str) -> None:
    assets = [make_asset(boom, "film"), make_asset(boom, "x", kind)]
    with pytest.raises(ValidationError, match="no copy of a programme"):
        programmes.put(assets, make_programme(alice))
    assert where(*assets) == [None, None]
    assert programmes.put(assets, None) == []


def test_another_tenants_programme(alice: Tenant, bob: Tenant, boom: Connection) -> None:
    asset = make_asset(boom)
    with pytest.raises(ValidationError, match="another tenant"):
        programmes.put([asset], make_programme(bob))
    assert where(asset) == [None]


def test_deleting_a_programme_keeps_its_assets(alice: Tenant, boom: Connection) -> None:
    asset = make_asset(boom)
    final = make_programme(alice, "final", asset)
    with tenant_scope(alice):
        final.delete()
    assert where(asset) == [None]


def test_one_slug_and_no_dash(alice: Tenant, bob: Tenant) -> None:
    make_programme(alice, "final")
    make_programme(bob, "final")
    for wrong in ("final", "-"):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_programme(alice, wrong)


@pytest.mark.parametrize(
    "tags",
    [
        [],
        "Cup",
        {"series": 1},
        {" ": "x"},
        {"a": None},
        {"a": "b\0"},
        {"a": "x" * 201},
        {f"{n}": "" for n in range(51)},
    ],
)
def test_tags_are_words(tags: object) -> None:
    check_tags({"series": "Cup", "event day": "2026-07-19"})
    with pytest.raises(ValidationError):
        check_tags(tags)


# --- By rules ---------------------------------------------------------------------------------------------------------


def test_new_assets_go_by_the_best_rule(alice: Tenant, boom: Connection, smart: Connection) -> None:
    """The highest priority, then the oldest; of one connection, or of all; by external id or title."""
    final, gala, cup = (make_programme(alice, slug) for slug in ("final", "gala", "cup"))
    rule(final, "final-*")
    rule(gala, "final-*")
    rule(gala, "*gala*", connection=smart)
    rule(cup, "final-cup*", priority=1)
    assets = [
        make_asset(boom, "final-1"),
        make_asset(boom, "final-cup"),
        make_asset(smart, "x", title="The gala of 2026"),
        make_asset(boom, "y", title="The gala of 2026"),
    ]
    catch_new(assets)
    assert where(*assets) == ["final", "cup", "gala", None]


@pytest.mark.parametrize("kind", ["account", "application", "playlist"])
def test_what_no_rule_catches(alice: Tenant, boom: Connection, kind: str) -> None:
    one, asset = rule(make_programme(alice), "*"), make_asset(boom, "x", kind)
    catch_new([asset])
    assert apply(one) == []
    assert where(asset) == [None]


def test_a_rule_may_name_what_holds_the_asset(alice: Tenant, boom: Connection) -> None:
    live, vod = (make_asset(boom, name, "application") for name in ("live", "vod"))
    inside, outside = make_asset(boom, "cup", "stream", parent=live), make_asset(boom, "cup", "stream", parent=vod)
    one = rule(make_programme(alice), "cup", parent="li*")
    with tenant_scope(alice):
        catch_new(Asset.objects.filter(kind="stream"))
    assert where(inside, outside) == ["final", None]
    programmes.put([inside], None)
    assert apply(one) == []


def test_applied_to_what_is_there(alice: Tenant, boom: Connection) -> None:
    """What the rules put follows them: to another programme, and out, where nothing matches any more."""
    assets = [make_asset(boom, name) for name in ("final-1", "final-2", "other")]
    final, gala = make_programme(alice, "final"), make_programme(alice, "gala")
    one = rule(final, "final-*")
    assert where(*assets) == [None, None, None]
    assert apply(one) == ["final-1", "final-2"]
    assert apply(one) == []
    best = rule(gala, "final-2", priority=5)
    assert apply(best) == ["final-2"]
    assert where(*assets) == ["final", "gala", None]
    with tenant_scope(alice):
        ProgrammeRule.objects.filter(pk=one.pk).update(pattern="nothing")
        one.refresh_from_db()
    assert apply(one) == ["final-1"]
    assert where(*assets) == [None, "gala", None]


def test_no_rule_touches_what_a_person_chose(alice: Tenant, boom: Connection) -> None:
    """Into a programme, or into none."""
    put, taken_out, written = (make_asset(boom, f"final-{n}") for n in (1, 2, 3))
    final, gala = make_programme(alice, "final"), make_programme(alice, "gala")
    programmes.put([put, taken_out], final)
    programmes.put([taken_out], None)
    with tenant_scope(alice):  # by whatever way: there is no rule to follow
        Asset.objects.filter(pk=written.pk).update(programme=final)
    one = rule(gala, "*", priority=99)
    assert apply(one) == []
    catch_new([put, taken_out])
    assert where(put, taken_out, written) == ["final", None, "final"]


def test_an_asset_outlives_its_rule(alice: Tenant, boom: Connection) -> None:
    asset, one = make_asset(boom, "final-1"), rule(make_programme(alice), "final-*")
    apply(one)
    with tenant_scope(alice):
        one.delete()
    assert where(asset) == ["final"]
    assert apply(rule(make_programme(alice, "gala"), "*")) == []


def test_rules_stay_within_their_tenant(alice: Tenant, bob: Tenant, boom: Connection) -> None:
    asset = make_asset(make_connection(bob, "bobs"), "final-1")
    assert apply(rule(make_programme(alice), "*")) == []
    catch_new([asset])
    assert where(asset) == [None]


def test_what_a_provider_lists_is_caught(alice: Tenant, boom: Connection) -> None:
    """When it is first seen, and when it first has a title."""
    rule(make_programme(alice, "final"), "final-*")
    rule(make_programme(alice, "gala"), "The gala")
    with tenant_scope(alice):
        bare = Asset.objects.create(tenant=alice, connection=boom, external_id="bare", kind="video")
        store(boom, [AssetSeen("final-1", "video"), AssetSeen("bare", "video", title="The gala")], START)
        new = Asset.objects.get(external_id="final-1")
    assert where(new, bare) == ["final", "gala"]


# --- What is proposed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("The Final", "the  final!", True),
        ("Copa América – final", "COPA AMERICA: FINAL", True),
        ("Straße", "STRASSE", True),
        ("Semi-final", "semi final", True),
        ("Final | HD", "(Final) [HD]", True),
        ("ｆｉｎａｌ １", "Final 1", True),
        ("Match 1 11", "Match 11 1", False),
        ("Final 1", "Final 2", False),
        ("Final", "Finals", False),
        ("कि", "की", False),
    ],
)
def test_folded_titles(one: str, other: str, are_same: bool) -> None:
    assert (fold(one) == fold(other)) is are_same
    assert fold(one)


def proposed(tenant: Tenant) -> list[tuple[str, str | None, list[str]]]:
    return [
        (one.name, one.programme and one.programme.slug, [asset.external_id for asset in one.assets])
        for one in suggestions(tenant.pk)
    ]


def first(tenant: Tenant) -> Suggestion:
    return suggestions(tenant.pk)[0]


def test_equal_titles_of_several_connections_are_proposed(alice: Tenant, boom: Connection, smart: Connection) -> None:
    copies = [make_asset(boom, "f1", title="The Final"), make_asset(smart, "f2", title="the final!")]
    make_asset(boom, "g1", title="The gala"), make_asset(boom, "g2", title="The gala")  # of one connection only
    for number, connection in enumerate((boom, smart)):
        make_asset(connection, f"p{number}", "playlist", title="All")
        make_asset(connection, f"empty{number}", title="…")
    assert proposed(alice) == [("The Final", None, ["f1", "f2"])]
    assert where(*copies) == [None, None]  # never done by itself
    programme, put = accept(alice.pk, first(alice).title, {asset.pk for asset in copies})
    assert (programme.slug, programme.name, len(put)) == ("the-final", "The Final", 2)
    assert where(*copies) == ["the-final", "the-final"]
    assert proposed(alice) == []
    with tenant_scope(alice):
        assert set(Asset.objects.filter(programme=programme).values_list("is_placed_by_hand", flat=True)) == {True}


def test_others_join_the_programme_that_is_there(alice: Tenant, boom: Connection, smart: Connection) -> None:
    make_programme(alice, "final-2026", make_asset(boom, "f1", title="The Final"))
    late = make_asset(smart, "f2", title="The Final")
    assert proposed(alice) == [("The Final", "final-2026", ["f2"])]
    accept(alice.pk, first(alice).title, {late.pk})
    assert where(late) == ["final-2026"]


def test_a_programme_of_that_name_is_taken(alice: Tenant, boom: Connection, smart: Connection) -> None:
    make_programme(alice, "f26", name="THE FINAL")
    copies = [make_asset(boom, "f1", title="The Final"), make_asset(smart, "f2", title="The Final")]
    accept(alice.pk, first(alice).title, {asset.pk for asset in copies})
    assert where(*copies) == ["f26", "f26"]


def test_what_a_person_decided_is_not_proposed(alice: Tenant, boom: Connection, smart: Connection) -> None:
    one, two, three = (
        make_asset(boom, "f1", title="F"),
        make_asset(smart, "f2", title="F"),
        make_asset(smart, "f3", title="F"),
    )
    make_programme(alice, "final", one)
    make_programme(alice, "other", two)
    assert proposed(alice) == []  # two programmes have this title: which it is, is nobody's guess
    programmes.put([two, three], None)
    assert proposed(alice) == []


def test_dismissed_is_not_proposed_again(alice: Tenant, bob: Tenant, boom: Connection, smart: Connection) -> None:
    make_asset(boom, "f1", title="The Final"), make_asset(smart, "f2", title="The Final")
    for connection in (make_connection(bob, "b1"), make_connection(bob, "b2")):
        make_asset(connection, "f", title="The Final")
    dismiss(alice.pk, first(alice).title)
    dismiss(alice.pk, fold("The Final"))
    assert proposed(alice) == []
    make_asset(make_connection(alice, "third"), "f3", title="THE FINAL")
    assert proposed(alice) == []
    assert len(proposed(bob)) == 1
    with tenant_scope(alice):
        assert DismissedSuggestion.objects.count() == 1


def test_only_what_was_seen_is_accepted(alice: Tenant, boom: Connection, smart: Connection) -> None:
    copies = [make_asset(boom, "f1", title="The Final"), make_asset(smart, "f2", title="The Final")]
    seen, late = first(alice), make_asset(smart, "f3", title="The Final")
    accept(alice.pk, seen.title, {asset.pk for asset in seen.assets})
    assert where(*copies, late) == ["the-final", "the-final", None]
    with pytest.raises(ValidationError, match="not proposed any more"):
        accept(alice.pk, seen.title, {asset.pk for asset in seen.assets})
    with pytest.raises(ValidationError, match="not proposed any more"):
        accept(alice.pk, "something", {late.pk})


def test_slugs(alice: Tenant) -> None:
    with tenant_scope(alice):
        assert free_slug("Финал") == "programme"
        assert free_slug("-") == "programme"
        assert free_slug("x" * 300) == "x" * 40
    make_programme(alice, "final")
    make_programme(alice, "final-2")
    with tenant_scope(alice):
        assert free_slug("Final!") == "final-3"


def test_long_titles(alice: Tenant, boom: Connection, smart: Connection) -> None:
    """One sign may become many when it is folded."""
    make_asset(boom, "f1", title="ﷺ" * 500), make_asset(smart, "f2", title="ﷺ" * 500)
    one = first(alice)
    dismiss(alice.pk, one.title)
    assert proposed(alice) == []
