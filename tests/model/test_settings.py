"""Settings: defaults as CloudStack has them, types, ranges, and which scope wins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import errors
from core.model.errors import Invalid
from core.model.inventory import Inventory
from core.model.pool_types import PoolType
from core.model.records import Pool, SettingValue
from core.model.setting import Setting, Value
from core.model.setting_table import SETTINGS
from core.model.settings import Settings, parse, pool_places, setting_id
from core.plans.setting.update import SCOPES
from tests.refusal import refusal

# CloudStack's tables of settings; concurrent.snapshots.threshold.perhost is null there, as 0 here.
DEFAULTS: dict[str, Value] = {
    "storage.overprovisioning.factor": 2.0,
    "pool.storage.capacity.disablethreshold": 0.85,
    "pool.storage.allocated.capacity.disablethreshold": 0.85,
    "pool.storage.allocated.resize.capacity.disablethreshold": 0.90,
    "volume.resize.allowed.beyond.allocation": False,
    "secondary.storage.capacity.threshold": 0.90,
    "volume.allocation.algorithm": "random",
    "match.storage.pool.tags.with.disk.offering": True,
    "storage.max.volume.size": 2000,
    "custom.diskoffering.size.min": 1,
    "custom.diskoffering.size.max": 1024,
    "max.template.iso.size": 50,
    "storage.stats.interval": 60000,
    "concurrent.snapshots.threshold.perhost": 0,
    "kvm.snapshot.enabled": True,
    "snapshot.backup.to.secondary": True,
    "max.account.volumes": 20,
    "max.account.snapshots": 20,
    "max.account.templates": 20,
    "max.account.primary.storage": 200,
    "max.account.secondary.storage": 400,
    "job.expire.minutes": 1440,
    "image.store.allocation.algorithm": "firstfitleastconsumed",
    "zone.secstorage.capacity.notificationthreshold": 0.75,
    "cluster.localStorage.capacity.notificationthreshold": 0.75,
    "capacity.check.period": 300000,
    "image.store.imbalance.threshold": 0.3,
    "secstorage.max.migrate.sessions": 2,
    "max.ssvm.count": 5,
    "max.data.migration.wait.time": 15,
    "secstorage.vm.auto.scale.down": False,
    "secstorage.session.max": 50,
    "secstorage.capacity.standby": 10,
    "secstorage.capacityscan.interval": 30000,
    "ping.interval": 60,
    "default.page.size": 500,
}
FACTOR = "storage.overprovisioning.factor"
PLACES = (("pool", "p"), ("cluster", "c"), ("zone", "z"))
POOL = Pool(
    id="p", name="p1", url="nfs://p/e", type=PoolType.NFS, scope="CLUSTER", zone_id="z",
    cluster_id="c",
)  # fmt: skip

every_setting = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
numeric = pytest.mark.parametrize(
    "setting",
    [row for row in SETTINGS.values() if type(row.default) in {int, float}],
    ids=lambda row: row.name,
)


def _changed(name: str, scope: str, scope_id: str, value: str) -> SettingValue:
    return SettingValue(
        id=setting_id(name, scope, scope_id),
        name=name,
        scope=scope,
        scope_id=scope_id,
        value=value,
    )


@pytest.mark.parametrize("name", DEFAULTS)
def test_default_is_that_of_cloudstack(name: str) -> None:
    """Value and type are the documented ones, so a new site behaves as an administrator expects."""
    default = Settings(Inventory()).value(name)
    assert default == DEFAULTS[name]
    assert type(default) is type(DEFAULTS[name])


@every_setting
def test_row_is_complete(setting: Setting) -> None:
    """Each is described, in a category, and of scopes that updateConfiguration can name."""
    assert setting.description
    assert setting.category
    assert set(setting.scopes) <= {scope for scope, _ in SCOPES.values()}


@every_setting
def test_default_is_a_value_of_the_setting(setting: Setting) -> None:
    """The default itself passes as text: type and range admit it."""
    assert parse(setting, str(setting.default)) == setting.default


@numeric
def test_bounds_are_admitted_and_what_is_beyond_is_refused(setting: Setting) -> None:
    """Least and most are values; one less and one more are not, and the refusal names it."""
    kind = type(setting.default)
    for bound, beyond in ((setting.least, -1), (setting.most, 1)):
        if bound is None:
            continue
        assert parse(setting, str(kind(bound))) == bound
        with pytest.raises(Invalid) as refused:
            parse(setting, str(kind(bound + beyond)))
        assert refused.value.object == f"setting/{setting.name}"
        assert refused.value.hint


@numeric
@pytest.mark.parametrize("text", ["", "many", "1 GiB", "0x10", "nan"])
def test_text_that_is_no_number_is_refused(setting: Setting, text: str) -> None:
    """Neither words nor units nor "not a number" pass."""
    with pytest.raises(Invalid):
        parse(setting, text)


def test_whole_number_admits_no_fraction() -> None:
    """A count has no decimals."""
    with pytest.raises(Invalid, match="whole number"):
        parse(SETTINGS["max.account.volumes"], "2.5")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("False", False)])
def test_flag_is_read_in_any_case(text: str, value: Value) -> None:
    """CloudStack's clients write both."""
    assert parse(SETTINGS["kvm.snapshot.enabled"], text) is value


@pytest.mark.parametrize("text", ["", "yes", "1", "0"])
def test_flag_is_only_true_or_false(text: str) -> None:
    """Nothing else is taken for a flag; the hint writes it as it may be given."""
    with pytest.raises(Invalid, match="true or false") as refused:
        parse(SETTINGS["kvm.snapshot.enabled"], text)
    assert refused.value.hint == "its default is true"


def test_number_beyond_all_floats_is_refused() -> None:
    """A number of 400 digits is out of range, never a fault of ours."""
    for name in ("pool.storage.capacity.disablethreshold", "custom.diskoffering.size.max"):
        with refusal(errors.Invalid, 431, f"setting/{name}"):
            parse(SETTINGS[name], "9" * 400)


@given(st.sets(st.sampled_from((*PLACES, ("global", "")))))
def test_narrowest_scope_wins(scopes: set[tuple[str, str]]) -> None:
    """Pool before cluster before zone before global before default, whichever are set."""
    inventory = Inventory()
    order = (*PLACES, ("global", ""))
    for scope in scopes:
        inventory.put(_changed(FACTOR, *scope, str(10 + order.index(scope))))
    expected = min((10.0 + order.index(scope) for scope in scopes), default=2.0)
    assert Settings(inventory).number(FACTOR, *PLACES) == expected


def test_value_of_another_place_does_not_count() -> None:
    """What was set for one pool leaves the others as they were."""
    inventory = Inventory()
    inventory.put(_changed(FACTOR, "pool", "other", "9"))
    assert Settings(inventory).number(FACTOR, *PLACES) == 2.0


def test_change_and_its_removal_are_in_force_at_once() -> None:
    """Settings are looked up anew each time."""
    inventory = Inventory()
    settings = Settings(inventory)
    changed = _changed("max.account.volumes", "global", "", "5")
    inventory.put(changed)
    assert settings.whole("max.account.volumes") == 5
    inventory.remove(SettingValue, changed.id)
    assert settings.whole("max.account.volumes") == 20


def test_typed_questions_answer_their_type() -> None:
    """Number, whole, flag and text are what their names say."""
    settings = Settings(Inventory())
    assert settings.number(FACTOR) == 2.0
    assert settings.whole("ping.interval") == 60
    assert settings.flag("kvm.snapshot.enabled") is True
    assert settings.text("volume.allocation.algorithm") == "random"


def test_places_of_a_pool_go_from_narrow_to_wide() -> None:
    """The pool itself, then its cluster, then its zone."""
    assert pool_places(POOL) == PLACES
