#!/usr/bin/env python3
"""Draws icons/*.png, icon.icns and icon.ico from icons/myna.svg, and the tray's pictures from icons/tray/*.svg.

Needs rsvg-convert (Debian: librsvg2-bin, Homebrew: librsvg). Both containers hold plain PNGs, so Python's
own library packs them. Run it after a change to a drawing, and commit what it writes.
"""
import pathlib
import struct
import subprocess

ICONS = pathlib.Path(__file__).resolve().parent.parent / "icons"


def png(drawing, size):
    return subprocess.run(
        ["rsvg-convert", "-w", str(size), "-h", str(size)], input=drawing.encode(), check=True, capture_output=True
    ).stdout


def tile(shape):
    """A tray shape on the app's own ground, for panels that do not recolour: black on black is no icon."""
    body = shape[shape.index(">") + 1 : shape.rindex("</svg>")]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 -2 30 30">'
        '<rect x="-3" y="-2" width="30" height="30" rx="6.5" fill="#efd8ae"/>'
        f'<g color="#262c45" fill="#262c45">{body}</g></svg>'
    )


def icns(kinds):
    """Apple's container: a four-letter kind and a length before each PNG."""
    body = b"".join(kind + struct.pack(">I", len(data) + 8) + data for kind, data in kinds)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def ico(images):
    """Windows' container, which Tauri's build asks for everywhere: a directory, then the PNGs."""
    head = struct.pack("<HHH", 0, 1, len(images))
    place, entries = len(head) + 16 * len(images), b""
    for size, data in images:
        side = size % 256  # 0 means 256
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), place)
        place += len(data)
    return head + entries + b"".join(data for _, data in images)


app_drawing = (ICONS / "myna.svg").read_text()
app = {size: png(app_drawing, size) for size in (16, 32, 64, 128, 256, 512)}
for name, size in {"32x32": 32, "128x128": 128, "128x128@2x": 256}.items():
    (ICONS / f"{name}.png").write_bytes(app[size])
for drawing in sorted((ICONS / "tray").glob("*.svg")):
    shape = drawing.read_text()
    drawing.with_suffix(".png").write_bytes(png(shape, 44))  # 22 points, for retina bars
    drawing.with_name(f"{drawing.stem}-panel.png").write_bytes(png(tile(shape), 44))
kinds = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic13": 256, b"ic08": 256, b"ic14": 512, b"ic09": 512}
(ICONS / "icon.icns").write_bytes(icns([(kind, app[size]) for kind, size in kinds.items()]))
(ICONS / "icon.ico").write_bytes(ico([(size, app[size]) for size in (16, 32, 64, 256)]))
