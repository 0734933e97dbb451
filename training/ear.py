"""Training of the pocket ear.

Owns: the texts (`Pool`), the augmentation (gain, noise, silence around, and the pocket
codec's own artefacts once there is a codec), and the joint loss. Three things are learnt at once: the encoder names phonemes, the
adapter says them in a fixed code, and the language model reads that code from text alone; from step `--join` on it also reads what the adapter says.
Promises: resumes; only sentences that `sentences.clean` lets through are learnt from. Fails: without espeak-ng.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import audio, espeak, sentences, speech, tokens
from .export import codec_at, ear_from
from .line import Line
from .mimi import FRAME
from .run import Average, Run, options
from .step_audio import CODE, SLOTS, Ear, Sizes, inside, lengths

CONTENT = tokens.ear()
SPECIAL, ROWS = tokens.ids_of(CONTENT)
PAD = SPECIAL["<|endoftext|>"]
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
    """16 kHz float samples: gain, and sometimes noise."""
    wave = wave * 10 ** (-chance.uniform(0, 20) / 20)
    if chance.random() < 0.3:
        level = np.sqrt(np.mean(wave**2)) * 10 ** (-chance.uniform(15, 45) / 20)
        noise = chance.standard_normal(len(wave)).astype(np.float32)
        if chance.random() < 0.5:
            # Room noise is mostly low: one leaky sum makes it brownish.
            spectrum = np.fft.rfft(noise, 1 << len(wave).bit_length())
            spectrum /= np.sqrt(1 + np.arange(len(spectrum)) / 20)
            noise = np.fft.irfft(spectrum)[: len(wave)]
        wave = wave + level * noise / max(noise.std(), 1e-9)
    return wave.astype(np.float32)


class Through:
    """Speech through a trained codec and back: what the pocket voice will sound like to the ear."""

    def __init__(self, codec):
        self.model = codec

    @torch.no_grad()
    def __call__(self, wave):
        padded = np.pad(wave, (0, -len(wave) % FRAME))
        return self.model.decode(self.model.encode(torch.from_numpy(padded)[None, None]))[0, 0].numpy()[: len(wave)]


TOKENS_A_SECOND = 12.5
# The layer of the language model whose first head is shown where the next letter is spoken: found alone, that takes it thousands of steps.
LOOK = 2
# At that layer every audio token must also spell the letter spoken so many tokens ago, so that letters have letters to look for.
BEHIND = 2


def slots(phones, tokens):
    """Phonemes every 20 ms -> (tokens, SLOTS): those around the middle of each audio token."""
    return phones[np.clip(SLOTS * np.arange(tokens)[:, None] + np.arange(-1, SLOTS - 1), 0, len(phones) - 1)]


class Pool:
    """Texts by length: short ones come first."""

    def __init__(self, seed, count, greet):
        path = speech.cache_root() / f"ear-texts-{count}-{seed}-4.txt"
        if not path.exists():
            documentation = sentences.from_documentation(count // 4, seed)
            texts = documentation + sentences.from_grammar(count, seed) + sentences.salad(count * 3 // 4, seed, documentation)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(sorted({*texts}, key=lambda text: (len(text), text))))
        self.texts = path.read_text().split("\n")
        self.phrases, self.greet = sentences.fixed("phrases") + sentences.fixed("greetings"), greet

    def pick(self, chance, seconds, grown):
        """Texts of like length that take about `seconds` to say, from the shortest `grown` of all; or everyday phrases alone."""
        if chance.random() < self.greet:
            return [self.phrases[int(i)] for i in chance.integers(len(self.phrases), size=max(2, int(seconds * 14 / 32)))]
        middle = int(chance.integers(int(len(self.texts) * grown)))
        size = (len(self.texts[middle]) + 13) // 8 * 8
        low = max(0, min(middle - 200, len(self.texts) - 400))
        return [self.texts[low + int(i)] for i in chance.integers(400, size=max(2, min(64, int(seconds * 14 / size))))]


class Batches:
    """What one step hears and reads, spoken on the spot, deterministic from (seed, step) but for espeak-ng's breath."""

    def __init__(self, pool, args):
        self.pool, self.args, self.front = pool, args, Front()
        # Through the codec and back: set by the trainer when a codec is at hand.
        self.codec = None

    def at(self, step):
        chance = np.random.default_rng((self.args.seed, 7, step))
        grown = min(1.0, 0.05 + 0.95 * step / max(1, self.args.warm))
        sound = [self.spoken(text, chance) for text in self.pool.pick(chance, self.args.seconds, grown)]
        text = [self.written(text, chance) for text in self.pool.pick(chance, self.args.reading, grown)]
        return sound, text

    def spoken(self, text, chance):
        """-> (text, seconds of its letters, phonemes every 20 ms, mel)."""
        line = Line.drawn(text, chance)
        if self.codec is not None and line.hertz and chance.random() < 0.6:
            line.through(self.codec)
        mel = self.front.mel(augment(line.at_16k(), chance))
        return text, line.letters, line.phones(lengths(mel.shape[1])[0]), mel

    def written(self, text, chance):
        """-> (text, seconds of its letters, phonemes every 20 ms, number of mel frames)."""
        line = Line.drawn(text, chance).misheard(chance)
        frames = line.frames()
        return text, line.letters, line.phones(lengths(frames)[0]), frames


def rounded(size, grain):
    """Up to a multiple of `grain`: to prepare a matrix product of a new shape costs a CPU as much as to compute it."""
    return -(-size // grain) * grain


def tokens_of(rows, most=0):
    """Phonemes every 20 ms, per clip -> (clips, tokens, SLOTS): `most` tokens, or as many as the adapter makes of the longest."""
    counts = [(len(phones) // 2 - 1) // 2 + 1 for phones in rows]
    out = torch.zeros(len(rows), max([most, *counts]), SLOTS, dtype=torch.long)
    for row, phones, count in zip(out, rows, counts):
        row[:count] = torch.from_numpy(slots(phones, count))
    return out


def conversation(texts, counts):
    """The prompt with room for `counts` audio tokens and the answer: ids, and the targets of the answer's places (-100 elsewhere)."""
    answers = [plain_ids(t) + [END] for t in texts]
    steps = rounded(len(BEFORE) + len(AFTER) + max(c + len(a) for c, a in zip(counts, answers)), 32)
    ids, targets = torch.full((len(texts), steps), PAD), torch.full((len(texts), steps), -100)
    for r, (count, answer) in enumerate(zip(counts, answers)):
        line = BEFORE + [SPECIAL["<audio_patch>"]] * count + AFTER
        start = len(line)
        line = line + answer
        ids[r, : len(line)] = torch.tensor(line)
        targets[r, start - 1 : len(line) - 1] = torch.tensor(answer)
    return ids, targets


def spelt_along(text, times, count):
    """The letter that was spoken BEHIND tokens before the end of each audio token; -100 before the first."""
    letters = np.searchsorted(times[:-1] * TOKENS_A_SECOND, np.arange(count) + 1 - BEHIND, "right") - 1
    return torch.from_numpy(np.where(letters < 0, -100, np.frombuffer(text.encode(), np.uint8)[letters].astype(np.int64)))


def stacked(mels):
    """(clips, 128, frames) padded with zeros, and the frames of each."""
    out = torch.zeros(len(mels), 128, rounded(max(m.shape[1] for m in mels), 64))
    for row, mel in zip(out, mels):
        row[:, : mel.shape[1]] = mel
    return out, torch.tensor([m.shape[1] for m in mels])


@torch.no_grad()
def answer(model, heard, longest=160):
    """Greedy answer of the language model to one clip's audio tokens (tokens, width), and its mean log-probability a token."""
    line = torch.tensor([BEFORE + [SPECIAL["<audio_patch>"]] * len(heard) + AFTER], device=heard.device)
    x = model.embed_prompt(line, len(BEFORE), torch.tensor([len(heard)], device=heard.device), heard[None])
    caches, out, total = None, [], 0.0
    while len(out) < longest and END not in out:
        y, caches = model.model(x, caches)
        chances = model.lm_head(y[0, -1]).float().log_softmax(-1)
        out.append(int(chances.argmax()))
        total += float(chances.max())
        x = model.embed(torch.tensor([[out[-1]]], device=heard.device))
    return bytes(t for t in out if t < 256).decode(errors="ignore"), total / len(out)


@torch.no_grad()
def transcribe(model, mels, device):
    """A text and its confidence for every mel."""
    out = []
    for mel in mels:
        _, heard = model.hear(mel[None].to(device), torch.tensor([mel.shape[1]], device=device))
        out.append(answer(model, heard[0]))
    return out


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


class Test:
    """Held-out sentences for the curve: as sound, and as the phonemes that a perfect encoder would hear."""

    def __init__(self, count):
        lines = speech.lines_for(sentences.fixed("held_out"), 3)[:: 100 // count]
        spoken = [Line(line["text"], line["voice"], line["speed"], line["pitch"]) for line in lines]
        front = Front()
        self.said, self.mels = [line["text"] for line in lines], [front.mel(line.at_16k()) for line in spoken]
        self.phones = [line.phones(lengths(mel.shape[1])[0]) for line, mel in zip(spoken, self.mels)]

    @torch.no_grad()
    def figures(self, model, device):
        heard = [text for text, _ in transcribe(model, self.mels, device)]
        read = [answer(model, model.spell_phones(tokens_of([p]).to(device))[0])[0] for p in self.phones]
        right = total = 0
        for mel, phones in zip(self.mels, self.phones):
            blocks, _ = model.hear(mel[None].to(device), torch.tensor([mel.shape[1]], device=device))
            right += int((model.name_phones(blocks)[0].argmax(-1).cpu().numpy() == phones).sum())
            total += len(phones)
        print(json.dumps([self.said[1], heard[1], read[1]], ensure_ascii=False))
        wer, cer = rates(self.said, heard)
        read_wer, read_cer = rates(self.said, read)
        return {"wer": wer, "cer": cer, "read_wer": read_wer, "read_cer": read_cer, "phones": right / total}


def main(argv):
    parser = options("ear", lr=1.5e-3, seconds=0.0, reading=0.0, warm=3000, join=1500, sentences=40_000, greet=0.1, test=500, codec="")
    parser.set_defaults(sink=0.9)
    args = parser.parse_args(argv)
    run = Run(args)
    fast = run.device.type == "cuda"
    args.seconds = args.seconds or (240.0 if fast else 14.0)
    args.reading = args.reading or (480.0 if fast else 32.0)
    batches = Batches(Pool(args.seed, args.sentences, args.greet), args)
    if args.codec:
        batches.codec = Through(codec_at(args.runs, args.codec))
    sizes = Sizes(vocabulary=ROWS, phones=len(espeak.PHONES))
    model = Ear(sizes).to(run.device)
    matrices = [p for p in model.model.layers.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if all(p is not m for m in matrices)]
    optimisers = (
        torch.optim.AdamW(others, lr=args.lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True),
        torch.optim.Muon(matrices, lr=10 * args.lr, weight_decay=0.0, momentum=0.95),
    )
    rates = [group["lr"] for optimiser in optimisers for group in optimiser.param_groups]
    state, folder = run.load(), run.start()
    if folder:
        model.load_state_dict(ear_from(folder, sizes.phones).state_dict())
    average = Average(model, 0.995)
    if state:
        model.load_state_dict(state["model"])
        for optimiser, kept in zip(optimisers, state.get("optimisers", ())):
            optimiser.load_state_dict(kept)
        average.kept = state["average"]
    # A minute of compiling halves the time of the language model's steps.
    reader, watched = torch.compile(model.model, dynamic=True), model.model.layers[LOOK]
    watched.watched = True
    ahead = run.ahead(batches.at)
    test = Test(10)
    shadow = Ear(sizes).to(run.device).eval()

    def keep():
        run.save({"model": model.state_dict(), "optimisers": [one.state_dict() for one in optimisers], "average": average.kept, "sizes": sizes.as_dict()})

    def entropy(texts, times, counts, features):
        """Nats a letter of the right answers to these audio tokens, how far a head misses the moment that it should look at, and nats a
        token of spelling along."""
        ids, targets = (t.to(run.device) for t in conversation(texts, counts.tolist()))
        y, _ = reader(model.embed_prompt(ids, len(BEFORE), counts.to(run.device), features))
        asked = targets >= 0
        away = torch.arange(ids.shape[1]) - len(BEFORE) - torch.cat([torch.from_numpy(t) * TOKENS_A_SECOND for t in times])[:, None]
        seen = (watched.seen[asked] * ((away > -1.5) & (away < 1.5)).to(run.device)).sum(-1)
        along = torch.full_like(ids, -100)
        for row, text, moments, count in zip(along, texts, times, counts.tolist()):
            row[len(BEFORE) : len(BEFORE) + count] = spelt_along(text, moments, count)
        spelt = model.lm_head(model.model.norm(watched.entered)).float()
        return (
            F.cross_entropy(model.lm_head(y).float().flatten(0, 1), targets.flatten()),
            -(seen + 0.01).log().mean(),
            F.cross_entropy(spelt.flatten(0, 1), along.flatten()),
        )

    sums, counted = {}, 0
    while True:
        sound, text = ahead.next()
        scale = run.rate() * min((run.taken + 1) / 100, (run.step + 1) / 300, (4000 / max(4000, run.step)) ** 0.5)
        for group, rate in zip((group for optimiser in optimisers for group in optimiser.param_groups), rates):
            group["lr"] = scale * rate
        losses = {}
        with run.autocast():
            said, times, phones, mels = zip(*sound)
            mel, frames = stacked(mels)
            counts = torch.tensor([lengths(int(f))[2] for f in frames])
            blocks, heard = model.hear(mel.to(run.device), frames.to(run.device))
            # After a start from exported weights what names phonemes is new, and has nothing to teach the encoder yet.
            fresh = folder is not None and run.taken < 200
            named = torch.cat([row[: len(p)] for row, p in zip(model.name_phones(blocks.detach() if fresh else blocks), phones)])
            losses["phone"] = F.cross_entropy(named.float(), torch.from_numpy(np.concatenate(phones)).to(run.device))
            wanted = model.spell_phones(tokens_of(phones, heard.shape[1]).to(run.device))
            there = inside(counts, wanted.shape[1]).to(run.device)
            losses["code"] = F.mse_loss(heard[there].float(), wanted[there]) / CODE**2
            if run.step >= args.join:
                losses["heard"], losses["heard_look"], losses["heard_along"] = entropy(said, times, counts, heard)
            texts, times, phones, frames = zip(*text)
            counts = torch.tensor([lengths(f)[2] for f in frames])
            features = model.spell_phones(tokens_of(phones).to(run.device))
            features = features * (0.7 + 0.4 * torch.rand(len(texts), 1, 1, device=run.device)) + 0.15 * torch.randn_like(features)
            losses["read"], losses["look"], losses["along"] = entropy(texts, times, counts, features)
        total = sum(value * (0.3 if "along" in key else 1.0) for key, value in losses.items())
        model.zero_grad()
        if torch.isfinite(total):
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if torch.isfinite(norm):
                for optimiser in optimisers:
                    optimiser.step()
        average.update(model, run.step)
        for key, value in losses.items():
            sums[key] = sums.get(key, 0.0) + float(value.detach())
        counted += 1
        on = run.tick()
        if run.step % 50 == 0:
            extra = {}
            if run.step % args.test == 0:
                shadow.load_state_dict(average.kept)
                extra = test.figures(shadow, run.device)
            run.note(**{k: v / counted for k, v in sums.items()}, **extra)
            sums, counted = {}, 0
        if run.due() or not on:
            keep()
        if not on:
            break
    run.close()
