"""The result as text."""

from statistics import median

import common

COLUMNS = {common.SPEAK: "frame", common.DECODE: "Mimi, 1 frame a call", common.DECODE_8: "Mimi, 8 a call"}


def cell(samples):
    wall, cpu = samples.get("wall", []), samples.get("cpu", [])
    if not wall:
        return "–"
    text = f"{min(wall):.1f} / {median(wall):.1f}" if len(wall) > 1 else f"{wall[0]:.1f}"
    return text + (f" ({min(cpu):.1f})" if cpu else "")


def ratio(mine, other):
    """Myna's time over another's: of the best frames, of the middle frames, of the least CPU time."""
    wall, theirs = mine.get("wall"), other.get("wall")
    if not wall or not theirs:
        return None
    found = {"best": min(wall) / min(theirs), "median": median(wall) / median(theirs)}
    if mine.get("cpu") and other.get("cpu"):
        found["cpu"] = min(mine["cpu"]) / min(other["cpu"])
    return found


def ratios(result):
    peers, out = result["peers"], {}
    mine = peers.get("Myna", {}).get("times")
    if not mine:
        return out
    for name, peer in peers.items():
        for what in COLUMNS if name != "Myna" and "times" in peer else ():
            found = ratio(mine.get(what, {}), peer["times"].get(what, {}))
            if found:
                out[f"{COLUMNS[what]}: Myna / {name}"] = found
    if "times" in result["floor"]:
        out["frame: Myna / floor"] = ratio(mine[common.SPEAK], result["floor"]["times"])
    return out


def text(result):
    rows = [["milliseconds a frame", *COLUMNS.values()]]
    missing = []
    for name, peer in result["peers"].items():
        if "times" in peer:
            rows.append([name, *(cell(peer["times"].get(what, {})) for what in COLUMNS)])
        else:
            rows.append([name, "not measured", "", ""])
            missing.append(f"{name}: not measured: {peer['reason']}")
    floor = result["floor"]
    if "times" in floor:
        rows.append(["floor", cell(floor["times"]), "", ""])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(value.ljust(width) for value, width in zip(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines += ["", "best / median of wall time (least CPU time of the process); one thread each, f32", ""]
    if "times" in floor:
        speeds = ", ".join(f"{k} {v['wall'] / 1e9:.1f} ({v['cpu'] / 1e9:.1f})" for k, v in floor["bandwidth"].items())
        lines.append(f"floor: {floor['bytes'] / 1e9:.2f} GB of weights a frame; GB/s read: {speeds}")
    else:
        missing.append(f"floor: not measured: {floor['reason']}")
    for what, found in result["ratios"].items():
        lines.append(f"{what}: " + ", ".join(f"{found[k]:.2f} ({k})" for k in found))
    if "same_codes" in result:
        lines.append(f"first greedy frame, same in all peers: {'yes' if result['same_codes'] else 'NO'}")
    lines += missing
    for name, peer in result["peers"].items():
        if "times" in peer:
            versions = ", ".join(f"{k} {v}" for k, v in peer["versions"].items())
            lines.append(f"{name}: {versions}{'; ' + peer['note'] if peer.get('note') else ''}")
    machine = result["machine"]
    lines.append(f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}")
    lines.append(f"load at the start {machine['load_before']}, at the end {machine['load_after']}")
    lines.append(f"{result['date']}  {result['command']}")
    return "\n".join(lines)
