"""A training run: options, device, time budget, checkpoints, curves.

Owns: the folder of one part (`codec`, `voice`, `ear`) under the runs folder, with `last.pt`, `curve.jsonl` and `pid`. Promises: a
checkpoint at least every ten minutes and at the end, written aside and renamed, so that a killed run loses minutes and never its
file; a stopped and continued process carries on (only time spent training counts, not time spent stopped). Fails: with a sentence
when another live process already trains the same part in the same folder.
"""

import argparse
import json
import os
import signal
import time
from pathlib import Path

import torch

EVERY = 480.0


def default_runs():
    return os.environ.get("MYNA_TRAINING_RUNS") or str(Path(__file__).parent / "runs")


def options(part, **defaults):
    parser = argparse.ArgumentParser(prog=f"python -m training {part}")
    parser.add_argument("--runs", default=default_runs(), help="folder for checkpoints and curves (default training/runs, or MYNA_TRAINING_RUNS)")
    parser.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help="carry on from the last checkpoint")
    parser.add_argument("--minutes", type=float, default=25.0, help="stop after this long")
    parser.add_argument("--start", default="", help="begin a new run from the exported weights in this folder, and count on from their steps")
    parser.add_argument("--steps", type=int, default=0, help="or after this many steps (0: no such limit)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--finish", action="store_true", help="let the learning rate sink towards the end of these minutes")
    parser.add_argument("--sink", type=float, default=0.25, help="over this share of them")
    parser.add_argument("--workers", type=int, default=-1, help="processes that prepare batches (default: none on CPU, 12 with CUDA)")
    parser.add_argument("--name", default=part, help="folder of this run inside --runs")
    for name, value in defaults.items():
        kind = type(value)
        if kind is bool:
            parser.add_argument(f"--{name.replace('_', '-')}", action=argparse.BooleanOptionalAction, default=value)
        else:
            parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=value)
    return parser


def alive(pid):
    try:
        os.kill(pid, 0)
    except (OSError, ValueError):
        return False
    return Path(f"/proc/{pid}/cmdline").read_bytes().find(b"training") >= 0 if Path("/proc").exists() else True


def keep_memory():
    """Let glibc keep freed blocks: by default each large tensor is mapped and unmapped, which costs half of the time on CPU."""
    try:
        import ctypes

        libc = ctypes.CDLL(None)
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
        libc.mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD
    except (OSError, AttributeError):
        pass


class Run:
    def __init__(self, args):
        keep_memory()
        torch.set_num_threads(args.threads)
        torch.manual_seed(args.seed)
        self.args = args
        self.device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if args.device == "auto" else args.device)
        self.folder = Path(args.runs) / args.name
        self.folder.mkdir(parents=True, exist_ok=True)
        holder = self.folder / "pid"
        if holder.exists() and holder.read_text().strip().isdigit():
            other = int(holder.read_text())
            if other != os.getpid() and alive(other):
                raise SystemExit(f"process {other} already trains {args.name} in {self.folder}")
        holder.write_text(str(os.getpid()))
        self.step, self.spent, self.since_save = 0, 0.0, 0.0
        self.began = self.mark = time.monotonic()
        self.session, self.taken = 0.0, 0
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def stop(self, *_):
        self.stopping = True

    def rate(self):
        """The factor on the learning rate: 1, or sinking to 0.02 over the last share (--sink) of a session with --finish."""
        done = self.session / max(1.0, self.args.minutes * 60)
        return 1.0 if not self.args.finish else min(1.0, max(0.02, (1 - done) / self.args.sink))

    def ahead(self, make):
        """`make(step)` for one step after another, prepared ahead by worker processes where there are any."""
        workers = self.args.workers if self.args.workers >= 0 else (12 if self.device.type == "cuda" else 0)
        return Ahead(make, self.step, workers)

    def autocast(self):
        # bf16 halves memory traffic; on CPUs with AMX the convolutions are three times as fast.
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def load(self):
        """The state of the last checkpoint, or None."""
        path = self.folder / "last.pt"
        if not (self.args.resume and path.exists()):
            return None
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.step, self.spent = state["step"], state["spent"]
        return state

    def start(self):
        """The folder of exported weights that a new run begins from, or None; it counts on from their steps and seconds."""
        if not self.args.start or self.step:
            return None
        before = json.loads((Path(self.args.start) / "training.json").read_text())
        self.step, self.spent = before["steps"], before["training_seconds"]
        return self.args.start

    def save(self, state, name="last.pt"):
        part = self.folder / (name + ".part")
        torch.save({**state, "step": self.step, "spent": self.spent}, part)
        part.rename(self.folder / name)
        self.since_save = 0.0

    def tick(self):
        """Count one step. Returns False when time is up or a signal asked to stop."""
        now = time.monotonic()
        # A gap of more than half a minute is a pause (SIGSTOP, a sleeping laptop), not training.
        gap = min(now - self.mark, 30.0)
        self.mark = now
        self.step += 1
        self.taken += 1
        self.spent += gap
        self.session += gap
        self.since_save += gap
        return not self.stopping and self.session < self.args.minutes * 60 and self.taken != self.args.steps

    def due(self):
        return self.since_save > EVERY

    def note(self, **figures):
        line = {"step": self.step, "seconds": round(self.spent, 1), "cpu": round(time.process_time(), 1)}
        line.update({k: round(float(v), 5) for k, v in figures.items()})
        with open(self.folder / "curve.jsonl", "a") as out:
            out.write(json.dumps(line) + "\n")
        print(" ".join(f"{k}={v}" for k, v in line.items()), flush=True)

    def close(self):
        (self.folder / "pid").unlink(missing_ok=True)


class Ahead:
    def __init__(self, make, step, workers):
        self.make, self.step, self.workers, self.queue = make, step, workers, []
        if workers:
            from torch import multiprocessing

            # By file name, not by descriptor: hundreds of small tensors would run into the limit on open files.
            multiprocessing.set_sharing_strategy("file_system")
            self.pool = multiprocessing.get_context("fork").Pool(workers, initializer=torch.set_num_threads, initargs=(1,))

    def next(self):
        if not self.workers:
            self.step += 1
            return self.make(self.step - 1)
        while len(self.queue) < 2 * self.workers:
            self.queue.append(self.pool.apply_async(self.make, (self.step,)))
            self.step += 1
        return self.queue.pop(0).get()


class Average:
    """An exponential moving average of a model's parameters: what is evaluated and exported."""

    def __init__(self, model, decay):
        self.decay, self.kept = decay, {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in model.state_dict().items():
            kept = self.kept[key]
            if value.dtype.is_floating_point:
                kept.lerp_(value, 1 - decay)
            else:
                kept.copy_(value)
