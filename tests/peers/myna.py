"""Myna's own figures, from `myna bench`.

Reads from `bench speak --json`: figures.frame_ms, or better figures.frame_ms_each, a list; from `bench codec --json`:
figures.decode_single_ms and figures.decode_ms_per_frame (eight a call), or better the same with `_each`, lists.
`frame_cpu_ms_each`, where it is there, is CPU time.
"""

import json

import common


def commands(binary, model, codec, frames):
    more = ["--codec", str(codec), "--frames", str(frames), "--json"]
    return [[binary, "bench", "speak", "--model", str(model), *more], [binary, "bench", "codec", *more]]


def times(speak, codec):
    speak, codec = (json.loads(text).get("figures", {}) for text in (speak, codec))
    found = {
        common.SPEAK: samples(speak, "frame_ms", "frame_cpu_ms"),
        common.DECODE: samples(codec, "decode_single_ms", "decode_single_cpu_ms"),
        common.DECODE_8: samples(codec, "decode_ms_per_frame", "decode_cpu_ms_per_frame"),
    }
    if not found[common.SPEAK]["wall"]:
        raise ValueError(f"bench speak gives no frame_ms; it has {', '.join(speak)}")
    return found


def samples(figures, wall, cpu):
    def read(key):
        value = figures.get(key + "_each", figures.get(key, []))
        return value if isinstance(value, list) else [value]

    return {"wall": read(wall), "cpu": read(cpu)}
