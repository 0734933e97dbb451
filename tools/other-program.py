"""Another program on the desktop, for tests: text can be marked in it or pasted into it, files dragged out of it or copied,
and it takes pictures of the screen.

Needs python3-gi and GTK 3. Commands on stdin, one a line, each answered with `done` and the line:

    mark TEXT            the text stands in its window, marked
    unmark               nothing is marked any more
    copy PATH            the file is on the clipboard, as a file manager puts it there
    words TEXT           the text is on the clipboard
    sound TYPE PATH      the file's bytes are on the clipboard, as sound of this type
    write                the window comes to the front, ready to be written in
    typed                what was written there, told as `typed TEXT`
    holds TYPE           what the clipboard holds of this type, told as `holds SHA1`, of nothing without one
    drag PATH            from now on, dragging from the window drags the file; told are `taken` and `not taken`, whenever
                         what is under the mouse would take it or would not any more, and the end: `dropped` or `refused`
    picture X Y W H PATH that part of the screen, as a PNG
"""
import hashlib
import pathlib
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GdkX11, GLib, Gtk  # noqa: E402

window = Gtk.Window(title="Another program")
window.set_default_size(420, 260)
view = Gtk.TextView(wrap_mode=Gtk.WrapMode.WORD)
handle = Gtk.EventBox()
handle.add(Gtk.Label(label="a file to drag"))
handle.set_size_request(420, 80)
entry = Gtk.Entry()
box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
box.pack_start(handle, False, False, 0)
box.pack_start(view, True, True, 0)
box.pack_start(entry, False, False, 0)
window.add(box)
clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
dragged, copied, sounds, refused = [], [], [], []


def uri(path):
    return pathlib.Path(path).absolute().as_uri()


def give(_widget, _context, data, _info, _time):
    data.set_uris([uri(path) for path in dragged])


def begin(_widget, context):
    # Only a drag that was answered can be let go: a program under the mouse takes its time to ask its page.
    context.connect("action-changed", lambda _, action: print("taken" if action else "not taken", flush=True))


def end(_widget, context):
    # Whoever took it names an action; nobody does where it was refused.
    print("dropped" if context.get_selected_action() and not refused else "refused", flush=True)
    refused.clear()


handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
handle.drag_source_add_uri_targets()
handle.connect("drag-data-get", give)
handle.connect("drag-failed", lambda *_: refused.append(True))
handle.connect("drag-begin", begin)
handle.connect("drag-end", end)


def give_copied(_widget, data, _info, _time):
    for kind, path in sounds:
        data.set(Gdk.Atom.intern(kind, False), 8, pathlib.Path(path).read_bytes())
    if not sounds:
        data.set_uris([uri(path) for path in copied])


def offer(kind):
    Gtk.selection_clear_targets(handle, Gdk.SELECTION_CLIPBOARD)
    Gtk.selection_add_target(handle, Gdk.SELECTION_CLIPBOARD, Gdk.Atom.intern(kind, False), 0)
    Gtk.selection_owner_set(handle, Gdk.SELECTION_CLIPBOARD, Gdk.CURRENT_TIME)


handle.connect("selection-get", give_copied)


def command(line):
    verb, _, rest = line.partition(" ")
    buffer = view.get_buffer()
    if verb == "mark":
        buffer.set_text(rest)
        buffer.select_range(*buffer.get_bounds())
    elif verb == "unmark":
        buffer.set_text("")
        Gtk.Clipboard.get(Gdk.SELECTION_PRIMARY).clear()
    elif verb == "copy":
        copied[:], sounds[:] = [rest], []
        offer("text/uri-list")
    elif verb == "sound":
        kind, path = rest.split(" ", 1)
        sounds[:] = [(kind, path)]
        offer(kind)
    elif verb == "words":
        clipboard.set_text(rest, -1)
    elif verb == "write":
        entry.grab_focus()
        # As a click would: otherwise a window that was not asked for stays behind.
        window.present_with_time(GdkX11.x11_get_server_time(window.get_window()))
    elif verb == "typed":
        print("typed", entry.get_text(), flush=True)
    elif verb == "holds":
        content = clipboard.wait_for_contents(Gdk.Atom.intern(rest, False))
        print("holds", hashlib.sha1(content.get_data()).hexdigest() if content else "", flush=True)
    elif verb == "drag":
        dragged[:] = [rest]
    elif verb == "picture":
        x, y, width, height, path = rest.split(" ", 4)
        root = Gdk.get_default_root_window()
        Gdk.pixbuf_get_from_window(root, int(x), int(y), int(width), int(height)).savev(path, "png", [], [])
    else:
        raise SystemExit(f"no such command: {line}")
    print("done", line, flush=True)


window.connect("destroy", Gtk.main_quit)
window.show_all()
window.move(40, 60)
# One command at a time: the next is given after this one's answer.
GLib.io_add_watch(sys.stdin, GLib.IO_IN, lambda *_: (command(sys.stdin.readline().rstrip("\n")), True)[1])
GLib.idle_add(lambda: print("ready", flush=True))
Gtk.main()
