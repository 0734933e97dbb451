"""Training of the pocket voice on the codes of the finished codec.

Owns: turning spoken lines into codes (cached beside the codec they come from), the prompt rows of CSM, the pairs [context][text] that
teach the voice to follow a reference, and the depth loss on a share of the frames. Promises: resumes; refuses to mix codes of two
codecs (the cache is named by the codec's own hash). Fails: without a trained codec.

What speaker ids mean: `[0]` is the low voice, `[1]` the high one, each at its usual pitch. After a context segment the voice keeps
that segment's pitch: lines at the other pitches are only ever spoken after a segment at the same one.
"""

import hashlib
from bisect import bisect
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import espeak, grid, sentences, speech, tokens
from .codec import held_out
from .csm import Sizes, Voice
from .line import Line
from .mimi import FRAME
from .run import Average, Run, options

CONTENT = tokens.voice()
SPECIAL, ROWS = tokens.ids_of(CONTENT)
BEGIN, END = SPECIAL["<|begin_of_text|>"], SPECIAL["<|end_of_text|>"]
BOOKS = 8
# The backbone's layer whose first head is shown where the letters are.
WATCHED = 2
# The layer whose input must name the phonemes of the frame that comes and of the next one, so many each.
NAMING, NAMED = 4, 4


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


def encoded(spoken, codec, path):
    """Write the codes of a spoken set to `path`: (frames, books), int16, line after line."""
    counts = [-(-line["samples"] // FRAME) for line in spoken.lines]
    starts = np.concatenate([[0], np.cumsum(counts)])
    device = next(codec.parameters()).device
    out = np.zeros((sum(counts), BOOKS), np.int16)
    order = sorted(range(len(counts)), key=lambda i: counts[i])
    size = 64 if device.type == "cuda" else 4
    with torch.no_grad():
        for some in (order[at : at + size] for at in range(0, len(order), size)):
            # The codec is causal: what is padded on the right changes nothing before it.
            waves = np.zeros((len(some), 1, counts[some[-1]] * FRAME), np.float32)
            for wave, i in zip(waves, some):
                sound = spoken.wave(i)
                wave[0, : len(sound)] = sound / 32768.0
            for codes, i in zip(codec.encode(torch.from_numpy(waves).to(device)).cpu().numpy(), some):
                out[starts[i] : starts[i] + counts[i]] = codes[:, : counts[i]].T
    if (out[:, 0] == 0).any():
        raise RuntimeError("the codec chose code 0, which must stay free for the stop frame")
    part = Path(f"{path}.part")
    with open(part, "wb") as file:
        np.save(file, out)
    part.rename(path)


def phones_of(spoken, path):
    """Write the phonemes of a spoken set to `path`: (frames, NAMED), int8, line after line."""
    rows = []
    for line in spoken.lines:
        count = -(-line["samples"] // FRAME)
        said = Line(line["text"], line["voice"], line["speed"], line["pitch"], lead=0.0, tail=0.0)
        # Silence from the last sound on.
        rows.append(said.phones(count * NAMED, FRAME / speech.RATE / NAMED).reshape(count, NAMED))
    part = Path(f"{path}.part")
    with open(part, "wb") as file:
        np.save(file, np.concatenate(rows).astype(np.int8))
    part.rename(path)


class Coded:
    """Spoken sets as codes, made once per codec, and as phonemes."""

    def __init__(self, sets, codec, runs):
        # What decides the codes; the decoder may still be learning.
        state = {k: v for k, v in codec.state_dict().items() if not k.startswith(("decoder", "upsample")) and "output_weight" not in k}
        mark = hashlib.sha256(b"".join(state[k].cpu().float().numpy().tobytes() for k in sorted(state))).hexdigest()[:12]
        folder = Path(runs) / "codes"
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{one.name}-{mark}.npy" for one in sets]
        for one, path in zip(sets, paths):
            if not path.exists():
                encoded(one, codec, path)
        self.lines = [line for one in sets for line in one.lines]
        self.counts = [-(-line["samples"] // FRAME) for line in self.lines]
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])
        self.codes = np.concatenate([np.load(path) for path in paths])
        named = [folder / f"{one.name}-phones.npy" for one in sets]
        for one, path in zip(sets, named):
            if not path.exists():
                phones_of(one, path)
        self.named = np.concatenate([np.load(path) for path in named])

    def __len__(self):
        return len(self.lines)

    def of(self, i):
        return torch.from_numpy(self.codes[self.starts[i] : self.starts[i + 1]].astype(np.int64))

    def phones(self, i):
        """(frames, 2 * NAMED): the phonemes of each frame and of the one after it."""
        mine = self.named[self.starts[i] : self.starts[i + 1]].astype(np.int64)
        return torch.from_numpy(np.concatenate([mine, np.concatenate([mine[1:], np.zeros_like(mine[:1])])], 1))


def usual(line):
    """Whether a line is spoken at its voice's usual pitch."""
    return line["pitch"] == grid.PITCHES[line["voice"]][0]


def item(coded, i):
    """Line i as rows, their mask, which rows are predicted, and the phonemes that the row before each of them is to name (-1: none)."""
    line = coded.lines[i]
    rows, mask = text_rows(line["speaker"], line["text"])
    sound, seen = audio_rows(coded.of(i))
    counted = torch.cat([torch.zeros(len(rows), dtype=torch.bool), torch.ones(len(sound), dtype=torch.bool)])
    named = torch.full((len(counted), 2 * NAMED), -1)
    named[len(rows) - 1 : -2] = coded.phones(i)
    return torch.cat([rows, sound]), torch.cat([mask, seen]), counted, named


def paces(coded):
    """How many frames each byte of a text takes on average: least squares over all lines, 256 numbers."""
    counts = np.stack([np.bincount(np.frombuffer(line["text"].lower().encode(), np.uint8), minlength=256) for line in coded.lines])
    ridge = np.sqrt(3.0) * np.eye(256)
    wanted = np.concatenate([coded.counts, np.full(256, np.sqrt(3.0))])
    return np.linalg.lstsq(np.concatenate([counts, ridge]), wanted, rcond=None)[0].clip(0.05)


def alignment(coded, i, pace):
    """(rows, rows) of line i: which letters a row that predicts a frame may look at, to about a frame on either side."""
    line, count = coded.lines[i], coded.counts[i]
    lasting = pace[np.frombuffer(line["text"].lower().encode(), np.uint8)]
    ends = np.cumsum(lasting) * count / lasting.sum()
    before, letters = 4, len(ends)  # <|begin_of_text|>[0]
    rows = before + letters + 1
    out = torch.zeros(rows + count + 1, rows + count + 1, dtype=torch.bool)
    frame = np.arange(count)[:, None]
    near = (ends[None] > frame - 1.5) & (ends[None] - lasting[None] < frame + 2.5)
    out[rows - 1 : rows - 1 + count, before : before + letters] = torch.from_numpy(near)
    return out


class Batches:
    """Rows for a step, deterministic from (seed, step): lines at the usual pitch alone, and pairs of one speaker and pitch. Shapes come
    from a short list, since a matrix product of a new shape costs a CPU as much to prepare as to compute."""

    GRAIN, PAIR = 16, 176

    def __init__(self, coded, args):
        self.coded, self.seed, self.rows, self.warm, self.pairs, self.greet = coded, args.seed, args.rows, args.warm, args.pairs, args.greet
        self.sizes = [len(text_ids(line["speaker"], line["text"])) + count + 1 for line, count in zip(coded.lines, coded.counts)]
        keep = sorted((i for i, line in enumerate(coded.lines) if sentences.clean(line["text"])), key=self.sizes.__getitem__)
        self.pace = paces(coded)
        self.usual = [i for i in keep if usual(coded.lines[i])]
        said_often = {*sentences.fixed("phrases"), *sentences.fixed("greetings")}
        self.often = [i for i in self.usual if coded.lines[i]["text"] in said_often]
        self.kinds = {}
        for i in keep:
            self.kinds.setdefault((coded.lines[i]["speaker"], coded.lines[i]["pitch"]), []).append(i)

    def pair(self, chance):
        """Two lines of one speaker and pitch, every pitch as often as any other, as one."""
        group = self.kinds[list(self.kinds)[int(chance.integers(len(self.kinds)))]]
        while True:
            a, b = (group[int(i)] for i in chance.integers(len(group), size=2))
            if a != b and self.sizes[a] + self.sizes[b] <= self.PAIR:
                break
        first, second = self.line(a), self.line(b)
        if not usual(self.coded.lines[a]):
            # A reference at another pitch is given, not predicted.
            first[2][:] = False
        return *(torch.cat(x) for x in zip(first[:-1], second[:-1])), torch.block_diag(first[-1], second[-1])

    def line(self, i):
        return *item(self.coded, i), alignment(self.coded, i, self.pace)

    def at(self, step):
        chance = np.random.default_rng((self.seed, 9, step))
        grown = min(1.0, 0.3 + 0.7 * step / max(1, self.warm))
        if chance.random() < self.pairs * grown:
            steps = self.PAIR
            items = [self.pair(chance) for _ in range(max(1, self.rows // steps))]
        else:
            lines = self.often if chance.random() < self.greet else self.usual[: int(len(self.usual) * grown)]
            steps = -(-self.sizes[lines[int(chance.integers(len(lines)))]] // self.GRAIN) * self.GRAIN
            # Lines are in the order of their sizes.
            low, high = (bisect(lines, size, key=self.sizes.__getitem__) for size in (steps - self.GRAIN, steps))
            items = [self.line(lines[int(i)]) for i in chance.integers(low, high, size=max(1, self.rows // steps))]
        tokens_ = torch.zeros(len(items), steps, BOOKS + 1, dtype=torch.long)
        mask, counted = torch.zeros_like(tokens_, dtype=torch.bool), torch.zeros(len(items), steps, dtype=torch.bool)
        named = torch.full((len(items), steps, 2 * NAMED), -1)
        aligned = torch.zeros(len(items), steps, steps, dtype=torch.bool)
        for r, (rows, seen, wanted, phones, near) in enumerate(items):
            tokens_[r, : len(rows)], mask[r, : len(rows)], counted[r, : len(rows)], named[r, : len(rows)] = rows, seen, wanted, phones
            aligned[r, : len(rows), : len(rows)] = near
        return tokens_, mask, counted, named, aligned


def losses_of(model, batch, device, share, autocast, blind=0.0, books=BOOKS):
    """Mean cross-entropy in nats: of the first codebook on every frame, of each other one of the first `books` on `share` of the rows (0: on
    every frame). A share of `blind` frames is hidden from those after them, which then have to go by the text, as they must with
    their own mistakes."""
    rows, mask, counted = (x.to(device) for x in batch[:3])
    wanted, frames = counted[:, 1:].flatten(), rows[:, 1:, :-1].flatten(0, 1)
    if blind:
        mask = mask & ((torch.rand(mask.shape[:2], device=device) >= blind)[..., None] | mask[..., -1:])
    with autocast:
        hidden = model(rows, mask)[:, :-1].flatten(0, 1)
        first = model.codebook0_head(hidden)
        order = torch.nonzero(wanted)[:, 0]
        if share:
            count = max(1, int(len(wanted) * share))
            order = order[torch.randint(len(order), (count,), device=device)]
        rest = model.depth(hidden[order], frames[order, :books])
    one = F.cross_entropy(first.float(), torch.where(wanted, frames[:, 0], -1), ignore_index=-1)
    many = F.cross_entropy(rest.float().flatten(0, 1), frames[order, 1:books].flatten(), reduction="none")
    return one, many.view(-1, books - 1).mean(0)


def astray(model, aligned):
    """How much the watched head looks elsewhere than at the letters of the frame it predicts, in nats."""
    rows = aligned.any(-1)
    return -torch.log((model.backbone.layers[WATCHED].seen * aligned).sum(-1)[rows] + 1e-4).mean()


class Namer(nn.Module):
    """Names phonemes from what enters the backbone's layer NAMING. It is dropped at export: it only teaches the layers below, which
    otherwise have to find out how English is read from codes alone, and learn the lines by heart instead."""

    def __init__(self, width):
        super().__init__()
        self.norm, self.head = nn.RMSNorm(width), nn.Linear(width, 2 * NAMED * len(espeak.PHONES))

    def forward(self, entered, named):
        """entered (b, t, width) and the phonemes (b, t, 2 * NAMED; -1: none) -> mean cross-entropy in nats, and the share named rightly."""
        some = named[..., 0] >= 0
        logits = self.head(self.norm(entered[some].float())).view(-1, 2 * NAMED, len(espeak.PHONES))
        return F.cross_entropy(logits.flatten(0, 1), named[some].flatten()), (logits.argmax(-1) == named[some]).float().mean()


def main(argv):
    from .export import codec_at, voice_to_train

    parser = options("voice", lr=2e-3, sets=2, words=16_000, naming=0.5, rows=0, share=0.36, deep=0.2, pairs=0.1, greet=0.2, blind=0.25, warm=800, shown=5_000, sentences=16_000, test=500, codec="codec")
    args = parser.parse_args(argv)
    run = Run(args)
    codec = codec_at(args.runs, args.codec, run.device)
    fast = run.device.type == "cuda"
    args.rows = args.rows or (12_000 if fast else 1_100)
    workers = 8 if fast else args.threads
    spoken = [speech.pocket_set(args.sentences, args.seed + k, workers) for k in range(args.sets)]
    if args.words:
        spoken.append(speech.word_set(args.words, args.seed, workers))
    coded = Coded([*(part for one in spoken for part in one.sets), speech.greetings()], codec, args.runs)
    held = Coded([held_out()], codec, args.runs)
    sizes = Sizes(text=ROWS)
    model = Voice(sizes).to(run.device)
    # Orthogonalised steps for the matrices of the layers: about half as many steps as with Adam alone.
    inner = [p for stack in (model.backbone, model.decoder) for p in stack.parameters() if p.dim() == 2]
    matrices = {id(p) for p in inner}
    outer = [p for p in model.parameters() if id(p) not in matrices]
    optimisers = [
        torch.optim.Muon(inner, lr=args.lr, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(outer, lr=args.lr, betas=(0.9, 0.98), weight_decay=0.02),
    ]
    namer = Namer(sizes.width).to(run.device)
    naming = torch.optim.AdamW(namer.parameters(), lr=args.lr, betas=(0.9, 0.98), weight_decay=0.02)
    model.backbone.layers[NAMING].watched = True
    state, folder = run.load(), run.start()
    if folder:
        model.load_state_dict(voice_to_train(folder).state_dict())
    average = Average(model, 0.995)
    if state:
        model.load_state_dict(state["model"])
        for optimiser, kept in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(kept)
        average.kept = state["average"]
        if "namer" in state:
            namer.load_state_dict(state["namer"])
            naming.load_state_dict(state["naming"])
    # A head that knows nothing yet would teach the layers nonsense.
    taught = 0 if state and "namer" in state else run.step + 200
    watched = model.backbone.layers[WATCHED]
    watched.watched = run.step < args.shown
    # Only now is the step known that it goes on from.
    batches = run.ahead(Batches(coded, args).at)
    shadow = Voice(sizes).to(run.device).eval()
    shadow.backbone.layers[NAMING].watched = True
    tests = [tuple(x[None] for x in item(held, i)) for i in range(0, 100, 5) if usual(held.lines[i])]

    def keep():
        state = {"model": model.state_dict(), "optimisers": [x.state_dict() for x in optimisers], "average": average.kept}
        run.save({**state, "namer": namer.state_dict(), "naming": naming.state_dict(), "sizes": sizes.as_dict()})

    # The chain's first book says nearly all that is heard (STOI is 0.88 with it, 0.93 with all seven), the last ones hardly anything.
    weights = torch.tensor([1.5, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1], device=run.device)

    def held_out_figures():
        shadow.load_state_dict(average.kept)
        figures = {"first": [], "second": [], "rest": [], "named": []}
        with torch.no_grad():
            for one in tests:
                first, rest = losses_of(shadow, one, run.device, 0, run.autocast())
                named = namer(shadow.backbone.layers[NAMING].entered, one[3].to(run.device))[1]
                for key, value in zip(figures, (first, rest[0], rest.mean(), named)):
                    figures[key].append(value)
        return {f"held_{key}": np.mean([float(value) for value in values]) for key, values in figures.items()}

    if folder:
        run.note(**held_out_figures())
    sums = {}
    while True:
        rate = args.lr * run.rate() * min((run.taken + 1) / 40 if folder else 1, (run.step + 1) / 200, (4000 / max(4000, run.step)) ** 0.5)
        batch = batches.next()
        # Most steps stop at the chain's third book: the later ones cost as much and are hardly heard.
        books = BOOKS if run.step * args.deep % 1 < args.deep else 4
        first, rest = losses_of(model, batch, run.device, args.share, run.autocast(), args.blind, books)
        losses = {"first": first, "second": rest[0], ("rest" if books == BOOKS else "near"): rest.mean()}
        total = 0.5 * first + (weights[: books - 1] * rest).sum()
        if watched.watched:
            # Shown where to look, the backbone finds its way along the text within hundreds of steps instead of thousands.
            losses["astray"] = astray(model, batch[4].to(run.device))
            total = total + max(0.0, 1 - run.step / args.shown) * losses["astray"]
        entered = model.backbone.layers[NAMING].entered
        losses["naming"], losses["named"] = namer(entered if run.step >= taught else entered.detach(), batch[3].to(run.device))
        total = total + args.naming * losses["naming"]
        model.zero_grad()
        namer.zero_grad()
        if torch.isfinite(total):
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_([*model.parameters(), *namer.parameters()], 1.0)
            if torch.isfinite(norm):
                for optimiser in (*optimisers, naming):
                    for group in optimiser.param_groups:
                        group["lr"] = rate
                    optimiser.step()
        average.update(model, run.step)
        for key, value in losses.items():
            sums.setdefault(key, []).append(float(value.detach()))
        on = run.tick()
        if run.step % 50 == 0:
            extra = held_out_figures() if run.step % args.test == 0 else {}
            run.note(**{k: np.mean(v) for k, v in sums.items()}, **extra)
            sums = {}
        if run.due() or not on:
            keep()
        if not on:
            break
    run.close()
