#!/usr/bin/env python3
"""Times Myna beside other implementations of the same networks, on the same checkpoint, in one run. See README.md."""

import argparse
import ctypes.util
import datetime
import json
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import myna
import table

HERE = Path(__file__).resolve().parent
ONE_THREAD = ("OPENBLAS", "OMP", "MKL", "BLIS", "NUMEXPR")
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def main():
    args = arguments()
    environment = dict(os.environ, VECLIB_MAXIMUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    environment |= {f"{name}_NUM_THREADS": "1" for name in ONE_THREAD} | dict.fromkeys(OFFLINE, "1")
    plan = {name: job for name, job in jobs(args, environment).items() if not args.only or name in args.only}
    result = {"date": now(), "command": shlex.join(["python", *sys.argv]), "machine": machine(), "peers": {}}
    # Turn by turn, so that a busy minute does not fall on one of them alone.
    for turn in range(args.rounds):
        for name, job in plan.items():
            found = result["peers"].get(name, {})
            if "reason" in found:
                continue
            print(f"round {turn + 1} of {args.rounds}: {name} …", file=sys.stderr)
            merge(result["peers"], name, attempt(job))
    result["floor"] = attempt(lambda: the_floor(args, environment))
    result["machine"]["load_after"] = load()
    checks = [peer["check"] for peer in result["peers"].values() if peer.get("check")]
    if len(checks) > 1:
        result["same_codes"] = all(check == checks[0] for check in checks)
    result["ratios"] = table.ratios(result)
    print(json.dumps(result, indent=1) if args.json else table.text(result))
    return 0 if any("times" in peer for peer in result["peers"].values()) else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of an f32 CSM checkpoint with MLX names")
    parser.add_argument("--codec", type=Path, help="folder or file of a Mimi codec; only Myna needs one")
    parser.add_argument("--myna", help="the myna program; without it only the others are timed")
    parser.add_argument("--frames", type=int, default=12, help="frames per round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="turns that each one gets (default: %(default)s)")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this row of the table; may be repeated")
    parser.add_argument("--timeout", type=int, default=900, help="seconds that one turn may take")
    parser.add_argument("--json", action="store_true", help="every sample, as JSON")
    args = parser.parse_args()
    if args.frames < 1 or args.rounds < 1:
        parser.error("at least one frame and one round")
    if not (args.model / "model.safetensors").is_file() or not (args.model / "config.json").is_file():
        parser.error(f"{args.model} does not hold config.json and model.safetensors (`myna models synth` makes both)")
    if args.myna and not args.codec:
        parser.error("--myna needs --codec")
    return args


def jobs(args, environment):
    """What to run, by the name of its row."""

    def worker(script, **more):
        command = [sys.executable, str(HERE / script), "--model", str(args.model), "--frames", str(args.frames)]
        return lambda: last_line(run(command, environment | more, args.timeout))

    plan = {"mlx-audio": worker("peer_mlx_audio.py")}
    openblas = ctypes.util.find_library("openblas") if sys.platform == "linux" else None
    if openblas:
        # MLX's CPU wheel brings the reference BLAS; Myna's own build on Linux takes this one.
        plan["mlx-audio, OpenBLAS"] = worker("peer_mlx_audio.py", LD_PRELOAD=openblas)
    plan["transformers"] = worker("peer_transformers.py")
    if args.myna:
        plan["Myna"] = lambda: its_figures(args, environment)
    return plan


def its_figures(args, environment):
    version = run([args.myna, "--version"], environment, args.timeout).split()[-1]
    speak, codec = (
        run(command, environment, args.timeout)
        for command in myna.commands(args.myna, args.model, args.codec, args.frames)
    )
    return {"times": myna.times(speak, codec), "versions": {"myna": version}}


def the_floor(args, environment):
    command = [sys.executable, str(HERE / "floor.py"), "--model", str(args.model)]
    return last_line(run(command, environment, args.timeout))


def attempt(job):
    """The job's answer, or the reason why there is none: one peer's trouble must not cost the others' figures."""
    try:
        return job()
    except subprocess.TimeoutExpired as error:
        return {"reason": f"took more than {error.timeout:.0f} s"}
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or [f"ended with status {error.returncode}"]
        return {"reason": lines[-1]}
    except (OSError, ValueError, KeyError, IndexError) as error:
        return {"reason": f"{type(error).__name__}: {error}"}


def run(command, environment, timeout):
    done = subprocess.run(command, env=environment, timeout=timeout, capture_output=True, text=True, check=True)
    return done.stdout


def last_line(output):
    return json.loads(output.strip().splitlines()[-1])


def merge(peers, name, answer):
    """Adds a round's samples to those of the rounds before; a later round that fails leaves the earlier ones."""
    before = peers.get(name)
    if before is None:
        peers[name] = answer
    elif "times" in answer:
        for what, samples in answer["times"].items():
            for clock, values in samples.items():
                before["times"][what][clock] += values
    else:
        before["note"] = f"a later round failed: {answer['reason']}"


def machine():
    return {
        "cpu": cpu(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "load_before": load(), "load_after": None,
    }  # fmt: skip


def cpu():
    try:
        if sys.platform == "darwin":
            return subprocess.check_output(["sysctl", "-n", "machdep.cpu.brand_string"], text=True).strip()
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration, subprocess.CalledProcessError):
        return platform.processor() or "unknown CPU"


def load():
    return " ".join(f"{x:.1f}" for x in os.getloadavg())


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


if __name__ == "__main__":
    sys.exit(main())
