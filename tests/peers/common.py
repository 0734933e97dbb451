"""What every worker shares: the shape of the checkpoint, the prompt, the clock and the way a result is handed back.

A worker is a process of its own. It measures one implementation and prints one JSON object as its last line; peers.py
starts it with one thread for every maths library and collects that line.
"""

import argparse
import json
import time
from pathlib import Path

PROMPT_ROWS = 32  # text rows before the first frame
WARM_UP = 2  # frames that do not count, after the prompt
TEMPERATURE, TOP_K = 0.9, 50
SPEAK, DECODE, DECODE_8 = "speak", "decode", "decode_8"  # what can be measured
CHUNK = 8  # frames a call in DECODE_8


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=12)
    return parser.parse_args()


def config(model):
    """config.json with the fields that Myna leaves to their only known value."""
    value = json.loads((model / "config.json").read_text())
    fixed = {
        "attention_bias": False, "attention_dropout": 0.0, "mlp_bias": False, "hidden_act": "silu",
        "initializer_range": 0.02, "use_cache": True,
        "num_codebooks": value["audio_num_codebooks"], "vocab_size": value["audio_vocab_size"],
    }  # fmt: skip
    depth = fixed | {"model_type": "csm_depth_decoder_model", "backbone_hidden_size": value["hidden_size"]}
    value = fixed | value
    value["depth_decoder_config"] = depth | value["depth_decoder_config"]
    return value


def plain(name):
    """A tensor's name without the prefix that some MLX files have."""
    return name.removeprefix("model.")


def prompt_ids(shape):
    """Text ids of the prompt: any will do, but every worker takes the same."""
    return [(7 * i + 11) % shape["text_vocab_size"] for i in range(PROMPT_ROWS)]


def measure(frames, step, per_call=1):
    """Calls `step` until `frames` frames are measured; milliseconds a frame, wall clock and CPU time of the process."""
    wall, cpu = [], []
    for n in range(WARM_UP + -(-frames // per_call)):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        step()
        end, end_cpu = time.perf_counter(), time.process_time()
        if n >= WARM_UP:
            wall.append(1e3 * (end - begin) / per_call)
            cpu.append(1e3 * (end_cpu - begin_cpu) / per_call)
    return {"wall": wall, "cpu": cpu}


def report(times, versions, check=None, note=None):
    print(json.dumps({"times": times, "versions": versions, "check": check, "note": note}), flush=True)
