"""Training of the pocket codec.

Owns: the data, the losses and their levers. The encoder and the codebooks are computed (start.py) before the first step and saved at
once; what learns is the decoder, so the codes never change and the voice can learn them at the same time. Promises: resumes from its
checkpoint; prints and stores a curve with STOI on held-out speech. Fails: never silently; a loss that is not finite skips the step, and a
hundred of them in a row end the run.
"""

import numpy as np
import torch

from . import losses, sentences, speech, start
from .mimi import FRAME, Mimi, Sizes
from .run import Average, Run, options

SIZES = dict(filters=16, width=128, layers=2, heads=4, mlp=384, books=8, codes=512, code_width=64)


class Crops:
    """Random crops of whole frames, with a small random gain. Deterministic from (seed, step)."""

    def __init__(self, spoken, frames, batch, seed):
        self.spoken, self.frames, self.batch, self.seed = spoken, frames, batch, seed

    def at(self, step):
        chance = np.random.default_rng((self.seed, step))
        out = np.zeros((self.batch, self.frames * FRAME), np.float32)
        for row in out:
            sound = self.spoken.wave(int(chance.integers(len(self.spoken))))
            # Crops keep the frame grid of the line: the voices' pulses sit on it.
            first = int(chance.integers(0, max(1, len(sound) // FRAME - self.frames + 2)))
            piece = sound[first * FRAME :][: len(row)]
            row[: len(piece)] = piece / 32768.0
            row *= 10 ** (-chance.uniform(0, 3) / 20)
        return torch.from_numpy(out)


def held_out():
    """The held-out sentences in the two voices."""
    return speech.spoken("pocket-held-out", speech.pocket_lines(sentences.fixed("held_out"), 3))


@torch.no_grad()
def stoi_of(model, sounds, device):
    """Mean STOI of reconstructions against the originals, both cut to whole frames."""
    from pystoi import stoi

    scores = []
    for sound in sounds:
        x = torch.from_numpy(whole(sound))[None, None].to(device)
        scores.append(stoi(x[0, 0].cpu().numpy(), model.decode(model.encode(x))[0, 0].float().cpu().numpy(), 24_000))
    return float(np.mean(scores))


def whole(sound):
    """int16 samples as f32, cut to whole frames."""
    return sound[: len(sound) // FRAME * FRAME].astype(np.float32) / 32768.0


def main(argv):
    parser = options(
        "codec", lr=5e-4, batch=0, frames=13, mel=0.5, magnitude=1.5, phase=10.0, unlike=5.0, sentences=16_000, computed=1_500, test=300,
    )  # fmt: skip
    args = parser.parse_args(argv)
    run = Run(args)
    fast = run.device.type == "cuda"
    # On one CPU thread many small steps beat few large ones.
    args.batch = args.batch or (48 if fast else 4)
    spoken = speech.pocket_set(args.sentences, args.seed, workers=8 if fast else args.threads)
    crops = Crops(spoken, args.frames, args.batch, args.seed)
    model, shadow = Mimi(Sizes(**SIZES)).eval(), Mimi(Sizes(**SIZES)).to(run.device).eval()
    state = run.load()
    if state:
        model.load_state_dict(state["model"])
    else:
        start.compute(model, [whole(spoken.wave(i)) for i in range(args.computed)])
    model.to(run.device).decoder.train()
    judge = losses.Spectral().to(run.device)
    parts = (model.upsample, model.decoder_transformer, model.decoder)
    learning = [model.quantiser.first.output_weight, model.quantiser.rest.output_weight, *(p for part in parts for p in part.parameters())]
    optimiser = torch.optim.AdamW(learning, lr=args.lr, betas=(0.8, 0.99), weight_decay=1e-4)
    average = Average(model, 0.998)
    if state:
        optimiser.load_state_dict(state["optimiser"])
        average.kept = state["average"]
    held = held_out()
    held = [held.wave(i) for i in range(0, 100, 8)]
    batches = run.ahead(crops.at)

    def keep():
        run.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average.kept, "sizes": SIZES})

    keep()
    sums, counted, bad = {}, 0, 0
    while True:
        x = batches.next().to(run.device)
        for group in optimiser.param_groups:
            group["lr"] = args.lr * run.rate() * min(1.0, (run.step + 1) / 100, (run.taken + 1) / 30)
        with torch.no_grad():
            codes = model.encode(x[:, None])
        with run.autocast():
            y = model.sound(model.quantiser.decode(codes))
        y = y[:, 0].float()
        parts = judge(y, x)
        total = sum(getattr(args, name) * value for name, value in parts.items())
        optimiser.zero_grad()
        norm = torch.tensor(torch.nan)
        if torch.isfinite(total):
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(learning, 1.0)
        if torch.isfinite(norm):
            optimiser.step()
            average.update(model, run.step)
            bad = 0
        else:
            bad += 1
            if bad == 100:
                raise SystemExit("the loss was not finite a hundred times in a row")
        for key, value in {**parts, "norm": norm}.items():
            sums[key] = sums.get(key, 0.0) + float(value.detach())
        counted += 1
        on = run.tick()
        if run.step % 50 == 0:
            extra = {}
            if run.step % args.test == 0:
                shadow.load_state_dict(average.kept)
                extra["stoi"] = stoi_of(shadow, held, run.device)
            run.note(**{k: v / counted for k, v in sums.items()}, **extra)
            sums, counted = {}, 0
        if run.due() or not on:
            keep()
        if not on:
            break
    run.close()
