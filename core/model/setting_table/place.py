"""Settings of hosts and zones (semantics section 3.4)."""

from core.model.setting import Setting, row

LOCAL_STRATEGIES = ("Error", "Migration", "ForceStop")

ROWS: tuple[Setting, ...] = (
    row(
        "host.maintenance.local.storage.strategy",
        "Error",
        "",
        "Hosts",
        "",
        "Machines with volumes on local storage refuse their host's maintenance (Error), "
        "take them along (Migration) or are stopped (ForceStop)",
        choices=LOCAL_STRATEGIES,
    ),
    row("ping.interval", 60, "s", "Hosts", "", "Pause between two looks at a host", least=1),
    row(
        "system.vm.use.local.storage",
        False,
        "",
        "Hosts",
        "zone",
        "Make pools of the hosts' own disks even where machines of users may not use them",
    ),
)
