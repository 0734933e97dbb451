"""Training of the pocket codec.

Owns: the stages (auto-encoder, then quantisers started from data, then an adversary), their losses and levers. Promises: resumes from
its checkpoint at the same stage; prints and stores a curve with STOI on held-out speech. Fails: never silently; a loss that is not
finite skips the step, and a hundred of them in a row end the run.
"""

import numpy as np
import torch

from . import losses, sentences, speech, start
from .adversary import Adversary
from .mimi import FRAME, Mimi, Sizes
from .run import Average, Run, options
from .voice import styled

SIZES = dict(filters=24, width=128, layers=2, heads=4, mlp=384, books=8, codes=512, code_width=64)


class Crops:
    """Random whole-frame crops of spoken lines, with a random gain. Deterministic from (seed, step)."""

    def __init__(self, sets, frames, batch, seed):
        self.sets, self.frames, self.batch, self.seed = sets, frames, batch, seed

    def at(self, step):
        chance = np.random.default_rng((self.seed, step))
        out = np.zeros((self.batch, self.frames * FRAME), np.float32)
        for row in out:
            one = self.sets[chance.integers(len(self.sets))]
            sound = one.wave(int(chance.integers(len(one))))
            size = len(row)
            # Crops may begin in the silence before the line, as every utterance does.
            start = int(chance.integers(-FRAME, max(1, len(sound) - size + FRAME)))
            piece = sound[max(0, start) : start + size]
            offset = max(0, -start)
            row[offset : offset + len(piece)] = piece[: size - offset] / 32768.0
            row *= 10 ** (-chance.uniform(0, 8) / 20)
        return torch.from_numpy(out)


def held_out():
    """The held-out sentences in the two voices at their usual pitch and speed."""
    lines = speech.lines_for(sentences.fixed("held_out"), 3)
    for line in lines:
        line["pitch"], line["speed"] = speech.SPEAKERS[line["speaker"]][1], 165
    return speech.spoken("held-out-voice-1", lines)


@torch.no_grad()
def stoi_of(model, sounds, device, quantised):
    """Mean STOI of reconstructions against the originals, both cut to whole frames."""
    from pystoi import stoi

    scores = []
    for sound in sounds:
        x = torch.from_numpy(sound[: len(sound) // FRAME * FRAME].astype(np.float32) / 32768.0)[None, None].to(device)
        z = model.latent(x)
        y = model.sound(model.quantiser.decode(model.quantiser.encode(z)) if quantised else model.quantiser.clean(z))
        scores.append(stoi(x[0, 0].cpu().numpy(), y[0, 0].float().cpu().numpy(), 24_000))
    return float(np.mean(scores))


def main(argv):
    parser = options(
        "codec", lr=8e-4, batch=0, frames=13, plain=800, mel=0.5, magnitude=1.5, phase=20.0, wave=20.0, ramp=800, start=0,
        adversary=0, sentences=6_000, test=300, books_dropped=0.25, hold=1_000, follow=0.1,
    )  # fmt: skip
    args = parser.parse_args(argv)
    run = Run(args)
    fast = run.device.type == "cuda"
    # On one CPU thread many small steps beat few large ones, and the adversary would take half of them.
    args.batch = args.batch or (48 if fast else 4)
    args.adversary = args.adversary or (6_000 if fast else 20_000)
    args.test *= 3 if fast else 1

    def lines():
        return styled(sentences.mixed(args.sentences, args.seed + 50), args.seed + 50)

    spoken = speech.spoken(f"codec-{args.sentences}-{args.seed}", lines, workers=8 if fast else args.threads)
    crops = Crops([spoken], args.frames, args.batch, args.seed)
    model = Mimi(Sizes(**SIZES)).to(run.device)
    shadow = Mimi(Sizes(**SIZES)).to(run.device).eval()
    judge = losses.Spectral().to(run.device)
    opponent = Adversary().to(run.device)
    before = [p for part in (model.encoder, model.encoder_transformer, model.downsample, model.quantiser) for p in part.parameters()]
    after = [p for part in (model.upsample, model.decoder_transformer, model.decoder) for p in part.parameters()]
    optimiser = torch.optim.AdamW([{"params": before}, {"params": after}], lr=args.lr, betas=(0.8, 0.99), weight_decay=1e-4)
    opposing = torch.optim.AdamW(opponent.parameters(), lr=2e-4, betas=(0.5, 0.9))
    average = Average(model, 0.998)
    quantised = False
    state = run.load()
    if not state:
        start.linear(model)
    if state:
        model.load_state_dict(state["model"])
        if len(state["optimiser"]["param_groups"]) == 2:
            optimiser.load_state_dict(state["optimiser"])
        average.kept = state["average"]
        quantised = state["quantised"]
        if "opponent" in state:
            opponent.load_state_dict(state["opponent"])
            opposing.load_state_dict(state["opposing"])
    held = held_out()
    held = [held.wave(i) for i in range(0, 100, 8)]
    batches = run.ahead(crops.at)

    def keep():
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average.kept, "quantised": quantised, "sizes": SIZES}
        if run.step >= args.adversary:
            state |= {"opponent": opponent.state_dict(), "opposing": opposing.state_dict()}
        run.save(state)

    sums, counted, bad = {}, 0, 0
    while True:
        x = batches.next().to(run.device)
        rate = args.lr * run.rate() * min(1.0, (run.step + 1) / 200, (run.taken + 1) / 30)
        # The codebooks are running means: an encoder at full speed outruns them within a few hundred steps, and everything decays.
        # So it holds still while they settle, and then follows slowly.
        held_still = run.step < args.plain + args.hold
        optimiser.param_groups[0]["lr"] = rate * (1.0 if not quantised else 0.0 if held_still else args.follow)
        optimiser.param_groups[1]["lr"] = rate
        if not quantised and run.step >= args.plain:
            # Codebooks start from many encoded crops at once.
            with torch.no_grad(), run.autocast():
                many = torch.cat([model.latent(crops.at(run.step + i)[:, None].to(run.device)).float() for i in range(2000 // args.batch + 1)])
            model.quantiser.start(many)
            average = Average(model, 0.998)
            quantised = True
        with run.autocast():
            latent = model.latent(x[:, None])
            if quantised:
                books = torch.full((len(x),), model.sizes.books, device=run.device)
                fewer = torch.rand(len(x), device=run.device) < args.books_dropped
                books = torch.where(fewer, torch.randint(1, model.sizes.books + 1, (len(x),), device=run.device), books)
                # For the first steps some clips still bypass the quantiser, so that the decoder is not thrown off.
                gentle = max(0.0, 0.5 * (1 - (run.step - args.plain) / 500))
                with torch.autocast(run.device.type, enabled=False):
                    middle, commit, codes = model.quantiser(latent, books, gentle)
            else:
                middle, commit = model.quantiser.clean(latent.float()), torch.zeros((), device=run.device)
            y = model.sound(middle)
        y = y[:, 0].float()
        parts = judge(y, x)
        # Log-spectra have loud, restless gradients that drown what the waveform says about the pulses: they grow in.
        grown = min(1.0, max(0.0, (run.step - args.start) / args.ramp))
        total = (0.1 + (args.mel - 0.1) * grown) * parts["mel"] + (0.2 + (args.magnitude - 0.2) * grown) * parts["magnitude"]
        total = total + args.phase * parts["phase"] + args.wave * parts["wave"] + 0.25 * commit
        if run.step >= args.adversary:
            with run.autocast():
                opposed = opponent.own_loss(y.detach(), x)
            opposing.zero_grad()
            opposed.backward()
            opposing.step()
            with run.autocast():
                believed, match = opponent.codec_losses(y, x)
            # The opponent learns alone for a while before the codec listens to it.
            trust = min(1.0, max(0.0, (run.step - args.adversary - 300) / 500))
            total = total + trust * (0.5 * believed + 2.0 * match)
            parts |= {"opposed": opposed, "believed": believed, "match": match}
        optimiser.zero_grad()
        if torch.isfinite(total):
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if torch.isfinite(norm):
                optimiser.step()
            bad = 0
        else:
            bad += 1
            if bad == 100:
                raise SystemExit("the loss was not finite a hundred times in a row")
        average.update(model, run.step)
        for key, value in {**parts, "commit": commit, "norm": norm, "latent": latent.float().std()}.items():
            sums[key] = sums.get(key, 0.0) + float(value.detach())
        counted += 1
        on = run.tick()
        if run.step % 50 == 0:
            extra = {}
            if quantised:
                for k in (0, 1, 7):
                    extra[f"used{k}"] = codes[:, k].unique().numel()
            if run.step % args.test == 0:
                shadow.load_state_dict(average.kept)
                extra["stoi"] = stoi_of(shadow, held, run.device, quantised)
                if quantised:
                    extra["stoi_clean"] = stoi_of(shadow, held, run.device, False)
            run.note(**{k: v / counted for k, v in sums.items()}, **extra)
            sums, counted = {}, 0
        if run.due() or not on:
            keep()
        if not on:
            break
    run.close()
