"""Training of the pocket ear.

Owns: the augmentation (gain, noise, silence around, blanked bands, and the pocket codec's own artefacts once there is a codec), the batches (clips of like length, short ones first), the joint loss
(CTC on the encoder, cross-entropy on the language model), greedy decoding for the curve. Promises: resumes; only sentences that
`sentences.clean` lets through are learnt from. Fails: without espeak-ng, unless the spoken set is in the cache.
"""

import json
import random
from pathlib import Path

import numpy as np
import soxr
import torch
import torch.nn.functional as F

from . import audio, sentences, speech, tokens
from .mimi import FRAME
from .run import Average, Run, options
from .step_audio import Ear, Sizes, lengths

CONTENT = tokens.ear()
SPECIAL, ROWS = tokens.ids_of(CONTENT)
BLANK = SPECIAL["<|endoftext|>"]
END = SPECIAL["<|EOT|>"]


def plain_ids(text):
    """Ids of text without specials; equals what the exported tokenizer gives (checked in check.py)."""
    out = []
    while text:
        for whole in (tokens.INSTRUCTION[:-1], tokens.INSTRUCTION[-1]):
            if text.startswith(whole):
                out.append(MERGED[whole])
                text = text[len(whole) :]
                break
        else:
            out.extend(text[0].encode())
            text = text[1:]
    return out


def merged():
    table = tokens.letters()
    vocabulary = CONTENT["model"]["vocab"]
    return {t: vocabulary["".join(table[b] for b in t.encode())] for t in (tokens.INSTRUCTION[:-1], tokens.INSTRUCTION[-1])}


MERGED = merged()
BEFORE = (
    [SPECIAL["<|BOT|>"], *plain_ids("system\n" + tokens.INSTRUCTION), END, SPECIAL["<|BOT|>"], *plain_ids("human\n"), SPECIAL["<audio_start>"]]
)  # fmt: skip
AFTER = [SPECIAL["<audio_end>"], END, SPECIAL["<|BOT|>"], *plain_ids("assistant\n")]


class Front:
    """Waveforms at 24 kHz to mels."""

    def __init__(self):
        self.filters = audio.mel_filters(16_000, 400, 128)
        self.window = torch.hann_window(400)

    def mel(self, wave):
        return audio.ear_mel(torch.from_numpy(np.ascontiguousarray(wave, np.float32))[None], self.filters, self.window)[0]


def augment(wave, chance):
    """16 kHz float samples: gain, silence around, noise, a dull or thin microphone."""
    wave = wave * 10 ** (-chance.uniform(0, 20) / 20)
    lead, tail = int(chance.uniform(0, 4000)), int(chance.uniform(0, 6000))
    wave = np.pad(wave, (lead, tail))
    if chance.random() < 0.6:
        level = np.sqrt(np.mean(wave**2)) * 10 ** (-chance.uniform(12, 45) / 20)
        noise = chance.standard_normal(len(wave)).astype(np.float32)
        if chance.random() < 0.5:
            # Room noise is mostly low: one leaky sum makes it brownish.
            spectrum = np.fft.rfft(noise)
            spectrum /= np.sqrt(1 + np.arange(len(spectrum)) / 20)
            noise = np.fft.irfft(spectrum, len(wave))
        wave = wave + level * noise / max(noise.std(), 1e-9)
    return wave.astype(np.float32)


def masked(mel, chance):
    """SpecAugment: a few bands and moments are blanked to the clip's mean."""
    mel = mel.clone()
    mean = mel.mean()
    for _ in range(2):
        width = int(chance.integers(0, 18))
        start = int(chance.integers(0, 128 - width))
        mel[start : start + width] = mean
    for _ in range(max(1, mel.shape[1] // 150)):
        width = int(chance.integers(0, 12))
        start = int(chance.integers(0, max(1, mel.shape[1] - width)))
        mel[:, start : start + width] = mean
    return mel


class Through:
    """Speech through a trained codec and back: what the pocket voice will sound like to the ear."""

    def __init__(self, folder):
        from .export import trained_codec

        self.model = trained_codec(folder)

    @torch.no_grad()
    def __call__(self, wave):
        padded = np.pad(wave, (0, -len(wave) % FRAME))
        return self.model.decode(self.model.encode(torch.from_numpy(padded)[None, None]))[0, 0].numpy()[: len(wave)]


class Batches:
    """Batches of like length from spoken sets, deterministic from (seed, step). Early steps draw only short clips."""

    def __init__(self, sets, seed, seconds, warm):
        self.sets, self.seed, self.seconds, self.warm = sets, seed, seconds, warm
        rows = [(one.lines[i]["samples"], s, i) for s, one in enumerate(sets) for i in range(len(one)) if sentences.clean(one.lines[i]["text"])]
        self.rows = sorted(r for r in rows if 6_000 < r[0] < 10 * speech.RATE)
        self.front = Front()
        # Through the codec and back: set by the trainer when a codec is at hand.
        self.codec = None

    def at(self, step):
        chance = np.random.default_rng((self.seed, 7, step))
        grown = min(1.0, 0.08 + 0.92 * step / max(1, self.warm))
        middle = int(chance.integers(int(len(self.rows) * grown)))
        count = max(2, min(48, int(self.seconds * speech.RATE / self.rows[middle][0])))
        low = max(0, min(middle - 200, len(self.rows) - 400))
        near = self.rows[low : low + 400]
        picks = [near[i] for i in chance.choice(len(near), min(count, len(near)), replace=False)]
        mels, texts = [], []
        for _, s, i in picks:
            wave = self.sets[s].wave(i).astype(np.float32) / 32768.0
            if self.codec is not None and chance.random() < 0.3:
                wave = self.codec(wave)
            wave = augment(soxr.resample(wave, 24_000, 16_000), chance)
            mels.append(masked(self.front.mel(wave), chance))
            texts.append(self.sets[s].lines[i]["text"])
        return mels, texts


def collate(mels, texts, device):
    frames = torch.tensor([m.shape[1] for m in mels])
    mel = torch.zeros(len(mels), 128, int(frames.max()))
    for row, m in zip(mel, mels):
        row[:, : m.shape[1]] = m
    counts = torch.tensor([lengths(int(f))[2] for f in frames])
    answers = [plain_ids(t) + [END] for t in texts]
    steps = len(BEFORE) + len(AFTER) + max(int(c) + len(a) for c, a in zip(counts, answers))
    ids = torch.full((len(mels), steps), BLANK)
    targets = torch.full((len(mels), steps), -100)
    for r, (count, answer) in enumerate(zip(counts.tolist(), answers)):
        line = BEFORE + [SPECIAL["<audio_patch>"]] * count + AFTER
        start = len(line)
        line = line + answer
        ids[r, : len(line)] = torch.tensor(line)
        targets[r, start - 1 : len(line) - 1] = torch.tensor(answer)
    return {k: v.to(device) for k, v in dict(mel=mel, frames=frames, counts=counts, ids=ids, targets=targets).items()}, [a[:-1] for a in answers]


@torch.no_grad()
def transcribe(model, mels, device, longest=160):
    """Greedy answers of the language model, and of the CTC head, for a list of mels."""
    batch, _ = collate(mels, [""] * len(mels), device)
    blocks, heard = model.hear(batch["mel"], batch["frames"])
    best = model.letters(blocks).argmax(-1).tolist()
    after = [lengths(int(f))[0] for f in batch["frames"]]
    direct = []
    for row, n in zip(best, after):
        row = row[:n]
        direct.append(bytes(t for t, b in zip(row, [None, *row[:-1]]) if t != b and t < 256).decode(errors="ignore"))
    answers = []
    for i in range(len(mels)):
        count = int(batch["counts"][i])
        line = torch.tensor([BEFORE + [SPECIAL["<audio_patch>"]] * count + AFTER], device=device)
        x = model.embed_prompt(line, len(BEFORE), batch["counts"][i : i + 1], heard[i : i + 1])
        caches, out = None, []
        while len(out) < longest:
            y, caches = model.model(x, caches)
            token = int(model.lm_head(y[:, -1]).argmax())
            if token == END:
                break
            out.append(token)
            x = model.embed(torch.tensor([[token]], device=device))
        answers.append(bytes(t for t in out if t < 256).decode(errors="ignore"))
    return answers, direct


def distance(a, b):
    """Edit distance of two sequences."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def rates(said, heard):
    """Word and character error rate over lists of texts, compared as lower-case words."""
    pairs = [(sentences.bare(a), sentences.bare(b)) for a, b in zip(said, heard)]
    wer = sum(distance(a.split(), b.split()) for a, b in pairs) / max(1, sum(len(a.split()) for a, _ in pairs))
    cer = sum(distance(a, b) for a, b in pairs) / max(1, sum(len(a) for a, _ in pairs))
    return wer, cer


def spoken_set(count, seed, workers):
    """Grammar and documentation in the two voices and eighteen others."""

    def lines():
        texts = sentences.from_grammar(count * 26 // 46, seed) + sentences.from_documentation(count * 20 // 46, seed)
        random.Random(seed + 4).shuffle(texts)
        return speech.lines_for(texts, seed + 10, "wide")

    return speech.spoken(f"ear-{count}-{seed}", lines, workers)


def main(argv):
    parser = options("ear", lr=1e-3, seconds=0.0, warm=5000, sentences=46_000, test=300, ctc=1.0, codec="")
    args = parser.parse_args(argv)
    run = Run(args)
    fast = run.device.type == "cuda"
    args.seconds = args.seconds or (240.0 if fast else 28.0)
    args.test *= 2 if fast else 1
    sets = [spoken_set(args.sentences, args.seed, 8 if fast else args.threads)]
    batches = Batches(sets, args.seed, args.seconds, args.warm)
    if args.codec:
        batches.codec = Through(Path(args.runs) / args.codec)
    sizes = Sizes(vocabulary=ROWS)
    model = Ear(sizes).to(run.device)
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}], lr=args.lr, betas=(0.9, 0.98)
    )
    average = Average(model, 0.998)
    state = run.load()
    if state:
        model.load_state_dict(state["model"])
        if "optimiser" in state:
            optimiser.load_state_dict(state["optimiser"])
        average.kept = state["average"]
    ahead = run.ahead(batches.at)
    held = speech.spoken("held-out-1", speech.lines_for(sentences.fixed("held_out"), 3, "pocket"))
    front = Front()
    tests = [front.mel(soxr.resample(held.wave(i).astype(np.float32) / 32768.0, 24_000, 16_000)) for i in range(0, 100, 4)]
    said = [held.lines[i]["text"] for i in range(0, 100, 4)]
    shadow = Ear(sizes).to(run.device).eval()

    def keep():
        run.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average.kept, "sizes": sizes.as_dict()})

    sums, counted = {}, 0
    while True:
        batch, answers = collate(*ahead.next(), run.device)
        for group in optimiser.param_groups:
            group["lr"] = args.lr * run.rate() * min((run.step + 1) / 300, (3000 / max(3000, run.step)) ** 0.5)
        with run.autocast():
            blocks, heard = model.hear(batch["mel"], batch["frames"])
            letters, pairs = model.letters(blocks), model.token_letters(heard)
            x = model.embed_prompt(batch["ids"], len(BEFORE), batch["counts"], heard)
            y, _ = model.model(x)
            asked = batch["targets"] >= 0
            logits = model.lm_head(y[asked])
        entropy = F.cross_entropy(logits.float(), batch["targets"][asked])
        flat = torch.tensor([t for a in answers for t in a], device=run.device)
        sizes_of = torch.tensor([len(a) for a in answers])
        after = (batch["frames"].cpu() - 1) // 2 + 1
        ctc, ctc_tokens = (
            F.ctc_loss(
                x.float().log_softmax(-1).transpose(0, 1), flat, steps, sizes_of, blank=BLANK, reduction="sum", zero_infinity=True
            ) / len(flat)
            for x, steps in ((letters, after), (pairs, 2 * batch["counts"].cpu()))
        )  # fmt: skip
        total = entropy + args.ctc * (ctc + 0.5 * ctc_tokens)
        optimiser.zero_grad()
        if torch.isfinite(total):
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if torch.isfinite(norm):
                optimiser.step()
        average.update(model, run.step)
        for key, value in {"entropy": entropy, "ctc": ctc, "ctc_tokens": ctc_tokens}.items():
            sums[key] = sums.get(key, 0.0) + float(value.detach())
        counted += 1
        on = run.tick()
        if run.step % 50 == 0:
            extra = {}
            if run.step % args.test == 0:
                shadow.load_state_dict(average.kept)
                heard, direct = transcribe(shadow, tests, run.device)
                extra["wer"], extra["cer"] = rates(said, heard)
                _, extra["ctc_cer"] = rates(said, direct)
                print(json.dumps([said[0], heard[0], direct[0]], ensure_ascii=False))
            run.note(**{k: v / counted for k, v in sums.items()}, **extra)
            sums, counted = {}, 0
        if run.due() or not on:
            keep()
        if not on:
            break
    run.close()
