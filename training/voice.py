"""Training of the pocket voice on the codes of the finished codec.

Owns: turning spoken lines into codes (cached beside the codec they come from), the prompt rows of CSM, the pairs [context][text] that
teach the voice to follow a reference, and the depth loss on a share of the frames. Promises: resumes; refuses to mix codes of two
codecs (the cache is named by the codec's own hash). Fails: without a trained codec.

What speaker ids mean: `[0]` is the low voice, `[1]` the high one, each at its usual pitch. After a context segment the voice keeps
that segment's pitch and speed, whatever they are: lines come in styles, and a pair shares one style.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import sentences, speech, tokens
from .csm import Sizes, Voice
from .mimi import FRAME
from .run import Average, Run, options

CONTENT = tokens.voice()
SPECIAL, ROWS = tokens.ids_of(CONTENT)
BEGIN, END = SPECIAL["<|begin_of_text|>"], SPECIAL["<|end_of_text|>"]
BOOKS = 8


def text_ids(speaker, text):
    return [BEGIN, *f"[{speaker}]{text}".encode(), END]


def text_rows(speaker, text):
    ids = torch.tensor(text_ids(speaker, text))
    rows = torch.zeros(len(ids), BOOKS + 1, dtype=torch.long)
    rows[:, -1] = ids
    mask = torch.zeros_like(rows, dtype=torch.bool)
    mask[:, -1] = True
    return rows, mask


def audio_rows(codes, stop=True):
    """codes (frames, books) -> rows with the all-zero frame that ends an utterance."""
    count = len(codes) + int(stop)
    rows = torch.zeros(count, BOOKS + 1, dtype=torch.long)
    rows[: len(codes), :-1] = codes
    mask = torch.ones_like(rows, dtype=torch.bool)
    mask[:, -1] = False
    return rows, mask


class Coded:
    """Spoken lines as codes, made once per codec."""

    def __init__(self, spoken, codec, runs, name):
        state = codec.state_dict()
        mark = hashlib.sha256(b"".join(state[k].cpu().float().numpy().tobytes() for k in sorted(state))).hexdigest()[:12]
        folder = Path(runs) / "codes"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{mark}.npy"
        self.lines = spoken.lines
        self.counts = [-(-line["samples"] // FRAME) for line in self.lines]
        if not path.exists():
            codec.eval()
            device = next(codec.parameters()).device
            out = np.zeros((sum(self.counts), BOOKS), np.int16)
            starts = np.concatenate([[0], np.cumsum(self.counts)])
            order = sorted(range(len(self.counts)), key=lambda i: self.counts[i])
            size = 64 if device.type == "cuda" else 4
            with torch.no_grad():
                for some in (order[at : at + size] for at in range(0, len(order), size)):
                    # The codec is causal: what is padded on the right changes nothing before it.
                    waves = np.zeros((len(some), 1, self.counts[some[-1]] * FRAME), np.float32)
                    for wave, i in zip(waves, some):
                        sound = spoken.wave(i)
                        wave[0, : len(sound)] = sound / 32768.0
                    for codes, i in zip(codec.encode(torch.from_numpy(waves).to(device)).cpu().numpy(), some):
                        out[starts[i] : starts[i] + self.counts[i]] = codes[:, : self.counts[i]].T
            if (out[:, 0] == 0).any():
                raise RuntimeError("the codec chose code 0, which must stay free for the stop frame")
            with open(str(path) + ".part", "wb") as file:
                np.save(file, out)
            Path(str(path) + ".part").rename(path)
        self.codes = np.load(path, mmap_mode="r")
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])

    def __len__(self):
        return len(self.lines)

    def of(self, i):
        return torch.from_numpy(self.codes[self.starts[i] : self.starts[i + 1]].astype(np.int64))


class Batches:
    """Rows for a step, deterministic from (seed, step): plain lines, and pairs that share a style."""

    def __init__(self, coded, seed, frames, pairs, warm):
        self.coded, self.seed, self.frames, self.pairs, self.warm = coded, seed, frames, pairs, warm
        keep = [i for i, line in enumerate(coded.lines) if line["speaker"] >= 0 and sentences.clean(line["text"])]
        self.usual = sorted((i for i in keep if coded.lines[i].get("style", "usual") == "usual"), key=lambda i: coded.counts[i])
        self.styles = {}
        for i in keep:
            self.styles.setdefault(coded.lines[i].get("style", "usual"), []).append(i)
        self.styles = {k: v for k, v in self.styles.items() if k != "usual" and len(v) > 1}

    def one(self, i):
        line = self.coded.lines[i]
        rows, mask = text_rows(line["speaker"], line["text"])
        sound, seen = audio_rows(self.coded.of(i))
        counted = torch.cat([torch.zeros(len(rows), dtype=torch.bool), torch.ones(len(sound), dtype=torch.bool)])
        return torch.cat([rows, sound]), torch.cat([mask, seen]), counted

    def at(self, step):
        chance = np.random.default_rng((self.seed, 9, step))
        grown = min(1.0, 0.3 + 0.7 * step / max(1, self.warm))
        middle = int(chance.integers(int(len(self.usual) * grown)))
        typical = self.coded.counts[self.usual[middle]]
        items = []
        if self.styles and chance.random() < self.pairs:
            for _ in range(max(2, int(self.frames / 90))):
                group = self.styles[list(self.styles)[int(chance.integers(len(self.styles)))]]
                a, b = chance.choice(len(group), 2, replace=False)
                first, second = self.one(group[a]), self.one(group[b])
                # The reference is given, not predicted.
                first[2][:] = False
                items.append(tuple(torch.cat(x) for x in zip(first, second)))
        else:
            low = max(0, min(middle - 150, len(self.usual) - 300))
            near = self.usual[low : low + 300]
            count = max(2, min(len(near), int(self.frames / max(1, typical))))
            items = [self.one(near[i]) for i in chance.choice(len(near), count, replace=False)]
        steps = max(len(rows) for rows, _, _ in items)
        tokens_, mask, counted = (
            torch.zeros(len(items), steps, BOOKS + 1, dtype=torch.long),
            torch.zeros(len(items), steps, BOOKS + 1, dtype=torch.bool),
            torch.zeros(len(items), steps, dtype=torch.bool),
        )
        for r, (rows, seen, wanted) in enumerate(items):
            tokens_[r, : len(rows)], mask[r, : len(rows)], counted[r, : len(rows)] = rows, seen, wanted
        return tokens_, mask, counted


def losses_of(model, batch, device, share, autocast, seed=None):
    rows, mask, counted = (x.to(device) for x in batch)
    with autocast:
        hidden = model(rows, mask)[:, :-1][counted[:, 1:]]
        frames = rows[:, 1:, :-1][counted[:, 1:]]
        first = model.codebook0_head(hidden)
        order = torch.randperm(len(frames), device=device)[: max(1, int(len(frames) * share))]
        rest = model.depth(hidden[order], frames[order])
    return F.cross_entropy(first.float(), frames[:, 0]), F.cross_entropy(rest.float().flatten(0, 1), frames[order][:, 1:].flatten())


def styled(texts, seed):
    """Lines for the voice: half at the speakers' usual pitch and speed, half in one of forty styles that pairs are drawn from."""
    lines = speech.lines_for(texts, seed)
    chance = np.random.default_rng((seed, 5))
    styles = [(int(s), int(chance.integers(20, 80)), int(chance.integers(140, 190))) for s in (0, 1) for _ in range(20)]
    for line in lines:
        if chance.random() < 0.5:
            number = int(chance.integers(len(styles)))
            line["speaker"], line["pitch"], line["speed"] = styles[number]
            line["voice"], line["style"] = speech.SPEAKERS[line["speaker"]][0], f"style {number}"
        else:
            line["pitch"], line["speed"] = speech.SPEAKERS[line["speaker"]][1], 165
    return lines


def main(argv):
    from .export import trained_codec

    parser = options("voice", lr=1e-3, frames=0.0, share=0.25, pairs=0.3, warm=1500, sentences=24_000, test=500, codec="codec")
    args = parser.parse_args(argv)
    run = Run(args)
    codec = trained_codec(Path(args.runs) / args.codec, run.device)
    fast = run.device.type == "cuda"
    args.frames = args.frames or (6_000.0 if fast else 600.0)
    name = f"voice-{args.sentences}-{args.seed}"
    spoken = speech.spoken(name, lambda: styled(sentences.mixed(args.sentences, args.seed), args.seed), workers=8 if fast else args.threads)
    coded = Coded(spoken, codec, args.runs, name)
    held_lines = speech.lines_for(sentences.fixed("held_out"), 3)
    for line in held_lines:
        line["pitch"], line["speed"] = speech.SPEAKERS[line["speaker"]][1], 165
    held = Coded(speech.spoken("held-out-voice-1", held_lines), codec, args.runs, "held-out-voice-1")
    batches = run.ahead(Batches(coded, args.seed, args.frames, args.pairs, args.warm).at)
    sizes = Sizes(text=ROWS)
    model = Voice(sizes).to(run.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.lr, betas=(0.9, 0.98), weight_decay=0.02)
    average = Average(model, 0.998)
    state = run.load()
    if state:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.kept = state["average"]
    shadow = Voice(sizes).to(run.device).eval()
    unseen = Batches.__new__(Batches)
    unseen.coded = held
    tests = [tuple(x[None] for x in unseen.one(i)) for i in range(0, 100, 5)]

    def keep():
        run.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average.kept, "sizes": sizes.as_dict()})

    sums, counted = {}, 0
    while True:
        for group in optimiser.param_groups:
            group["lr"] = args.lr * run.rate() * min((run.step + 1) / 300, (4000 / max(4000, run.step)) ** 0.5)
        first, rest = losses_of(model, batches.next(), run.device, args.share, run.autocast())
        total = first + rest
        optimiser.zero_grad()
        if torch.isfinite(total):
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if torch.isfinite(norm):
                optimiser.step()
        average.update(model, run.step)
        for key, value in {"first": first, "rest": rest}.items():
            sums[key] = sums.get(key, 0.0) + float(value.detach())
        counted += 1
        on = run.tick()
        if run.step % 50 == 0:
            extra = {}
            if run.step % args.test == 0:
                shadow.load_state_dict(average.kept)
                with torch.no_grad():
                    both = [losses_of(shadow, item, run.device, 1.0, run.autocast()) for item in tests]
                extra = {"held_first": np.mean([float(a) for a, _ in both]), "held_rest": np.mean([float(b) for _, b in both])}
            run.note(**{k: v / counted for k, v in sums.items()}, **extra)
            sums, counted = {}, 0
        if run.due() or not on:
            keep()
        if not on:
            break
    run.close()
    print(json.dumps({"step": run.step, "codec": args.codec}))
