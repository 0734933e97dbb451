"""The floor: what a frame takes if nothing but reading its weights took time.

Weights are counted once for every pass over them; embeddings, of which a frame reads a few rows, are left out.
Bandwidth is the best of several ways and tries to read one large array with one thread.
"""

import json
import struct
import time

import common

GIB = 1 << 30


def tensors(folder):
    """Name and bytes of every tensor, from the file's header."""
    with open(folder / "model.safetensors", "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return {common.plain(k): v["data_offsets"][1] - v["data_offsets"][0] for k, v in header.items()}


def frame_bytes(folder, shape):
    depth_calls = shape["audio_num_codebooks"] - 1
    passes = {
        "backbone.": 1,
        "codebook0_head.": 1,
        "audio_head": 1,
        "decoder.": depth_calls,
        "projection.": depth_calls,
    }
    return sum(
        size * next((n for start, n in passes.items() if name.startswith(start)), 0)
        for name, size in tensors(folder).items()
    )


def bandwidth(tries=6):
    """Bytes a second for each way of reading, by the wall clock and by CPU time."""
    import numpy as np  # here, so that counting bytes needs nothing

    block = np.full((GIB // 4 // 8192, 8192), 0.5, dtype=np.float32)
    flat, vector = block.reshape(-1), np.full(8192, 0.5, dtype=np.float32)
    ways = {"sum": flat.sum, "dot": lambda: flat @ flat, "matrix times vector": lambda: block @ vector}
    clocks = {"wall": time.perf_counter, "cpu": time.process_time}
    best = {name: dict.fromkeys(clocks, 0.0) for name in ways}
    for name, read in ways.items():
        for _ in range(tries):
            begin = {c: clock() for c, clock in clocks.items()}
            read()
            for c, clock in clocks.items():
                best[name][c] = max(best[name][c], GIB / (clock() - begin[c]))
    return best


def main():
    args = common.arguments()
    size, best = frame_bytes(args.model, common.config(args.model)), bandwidth()
    times = {clock: [1e3 * size / max(way[clock] for way in best.values())] for clock in ("wall", "cpu")}
    print(json.dumps({"bytes": size, "bandwidth": best, "times": times}))


if __name__ == "__main__":
    main()
