"""Measures the app on the private desktop of tools/with-desktop.sh: `bench-app.py PROGRAM [--rounds N] [--json]`.

From outside, as a person would notice it: the time from starting the program to a menu that answers, from a click on the icon
to a popover that is drawn and does not change any more, the processor time and memory of an app that does nothing. Memory is
what the app's processes have for themselves plus their share of what they have in common (PSS). Needs python3-dbus, python3-gi,
xdotool.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import dbus
import dbus.mainloop.glib
import dbus.service
import gi

gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GLib  # noqa: E402

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PATIENCE = 120  # seconds, for anything


class Watcher(dbus.service.Object):
    """Takes icons, as a panel does."""

    item = None

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        self.item = (sender, service) if service.startswith("/") else (service, "/StatusNotifierItem")

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return {
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "ProtocolVersion": dbus.Int32(0),
            "RegisteredStatusNotifierItems": dbus.Array([], signature="s"),
        }[name]

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {"IsStatusNotifierHostRegistered": True}


def until(what, holds):
    end = time.monotonic() + PATIENCE
    while True:
        GLib.MainContext.default().iteration(False)
        found = holds()
        if found:
            return found
        if time.monotonic() > end:
            raise SystemExit(f"never happened: {what}")
        time.sleep(0.001)


def processes(top):
    """The app and everything it has started."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                pass
    family = {top}
    while True:
        more = {child for child, parent in parents.items() if parent in family} - family
        if not more:
            return family
        family |= more


def ticks(family):
    """Seconds of processor time."""
    total = 0
    for process in family:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def memory(family):
    """Bytes."""
    total = 0
    for process in family:
        for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def picture():
    """The screen, as bytes."""
    root = Gdk.get_default_root_window()
    pixels = Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())
    return pixels.get_pixels()


def activate(watcher):
    item = dbus.Interface(bus.get_object(*watcher.item), ITEM)
    answered = []
    item.Activate(1150, 10, reply_handler=lambda: answered.append(1), error_handler=lambda e: answered.append(e))
    return answered


def measure(program, watcher, idle):
    watcher.item = None
    begin = time.monotonic()
    app = subprocess.Popen([program], stderr=subprocess.DEVNULL)
    try:
        name, path = until("the icon", lambda: watcher.item)
        properties = dbus.Interface(bus.get_object(name, path), dbus.PROPERTIES_IFACE)
        menu = dbus.Interface(bus.get_object(name, properties.Get(ITEM, "Menu")), MENU)
        assert len(menu.GetLayout(0, -1, [])[1][2]) > 3
        start = time.monotonic() - begin

        # The page is loaded behind the scenes; a first click waits for it, later ones are what people feel.
        clicks = []
        for _ in range(6):
            empty = picture()
            begin = time.monotonic()
            activate(watcher)
            until("the popover", lambda: picture() != empty)
            shown, drawn = picture(), time.monotonic()
            # Drawn when half a second has brought nothing new.
            while time.monotonic() - drawn < 0.5 and drawn - begin < PATIENCE:
                GLib.MainContext.default().iteration(False)
                now = picture()
                if now != shown:
                    shown, drawn = now, time.monotonic()
            clicks.append(drawn - begin)
            activate(watcher)
            until("an empty screen", lambda: picture() == empty)
            time.sleep(0.5)

        time.sleep(5)
        family = processes(app.pid)
        used, begin = ticks(family), time.monotonic()
        time.sleep(idle)
        cpu = (ticks(family) - used) / (time.monotonic() - begin)
        return {
            "start_ms": start * 1000,
            "first_click_ms": clicks[0] * 1000,
            "click_ms": statistics.median(clicks[1:]) * 1000,
            "idle_cpu_percent": cpu * 100,
            "idle_memory_mb": memory(family) / 1e6,
            "own_memory_mb": memory({app.pid}) / 1e6,
        }
    finally:
        app.terminate()
        app.wait()


arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("program")
arguments.add_argument("--rounds", type=int, default=5)
arguments.add_argument("--idle", type=float, default=30, help="seconds of doing nothing")
arguments.add_argument("--json", action="store_true")
given = arguments.parse_args()
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
owned = dbus.service.BusName(WATCHER, bus)
watcher = Watcher(bus, "/StatusNotifierWatcher")
# Of somebody whom Myna has welcomed before: no window opens by itself.
with tempfile.TemporaryDirectory() as home:
    pathlib.Path(home, "welcomed").touch()
    os.environ["MYNA_HOME"] = home
    rounds = [measure(given.program, watcher, given.idle) for _ in range(given.rounds)]
median = {key: round(statistics.median(one[key] for one in rounds), 2) for key in rounds[0]}
load = os.getloadavg()[0]
if given.json:
    print(json.dumps({**median, "rounds": given.rounds, "load": load}))
else:
    goals = {"start_ms": 400, "click_ms": 100, "idle_cpu_percent": 0.1, "idle_memory_mb": 120}
    for key, value in median.items():
        goal = f"   (goal {goals[key]})" if key in goals else ""
        print(f"{key:18} {value:8.1f}{goal}" if "percent" not in key else f"{key:18} {value:8.2f}{goal}")
    print(f"median of {given.rounds} rounds, load {load:.1f}")
