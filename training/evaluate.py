"""What the exported models are worth, as JSON.

Owns: the measures of the model cards. Promises: everything is measured on the exported files (so after rounding), on the held-out
sentences and the everyday phrases, with bootstrap intervals over sentences; a part whose files are missing is left out and named.
codec: log-mel distance and STOI against espeak-ng's original. ear: word and character error on espeak-ng's sound, and confidence. voice: stopping,
length, pitch of the two speakers, whether a reference moves the pitch the right way. round_trip: voice -> codec -> ear.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import soxr
import torch

from . import codec as codecs
from . import csm, ear, export, losses, sentences, speech, voice
from .mimi import FRAME

HERE = Path(__file__).parent


def interval(values, rounds=1000, seed=1):
    """Mean and a 95 % bootstrap interval."""
    values, chance = list(values), random.Random(seed)
    means = sorted(np.mean(chance.choices(values, k=len(values))) for _ in range(rounds))
    return {"mean": round(float(np.mean(values)), 4), "low": round(float(means[25]), 4), "high": round(float(means[-26]), 4), "n": len(values)}


def error_interval(said, heard, rounds=1000, seed=1):
    """Word error rate over all sentences, with a bootstrap interval over sentences, and character error rate."""
    pairs = [(sentences.bare(a), sentences.bare(b)) for a, b in zip(said, heard)]
    wrong = [(ear.distance(a.split(), b.split()), len(a.split())) for a, b in pairs]
    chance = random.Random(seed)
    many = []
    for _ in range(rounds):
        some = chance.choices(wrong, k=len(wrong))
        many.append(sum(x for x, _ in some) / max(1, sum(n for _, n in some)))
    many.sort()
    wer, cer = ear.rates(said, heard)
    return {"wer": round(wer, 4), "low": round(many[25], 4), "high": round(many[-26], 4), "cer": round(cer, 4), "n": len(said)}


@torch.no_grad()
def of_codec(model, limit):
    from pystoi import stoi

    judge, held = losses.Spectral(), codecs.held_out()
    scores, mels, used, first_zero = [], [], [set() for _ in range(model.sizes.books)], 0
    for i in range(min(limit, len(held))):
        sound = held.wave(i)
        x = torch.from_numpy(sound[: len(sound) // FRAME * FRAME].astype(np.float32) / 32768.0)
        codes = model.encode(x[None, None])
        y = model.decode(codes)[0, 0]
        scores.append(stoi(x.numpy(), y.numpy(), 24_000))
        mels.append(float(judge(y[None], x[None])["mel"]) / len(losses.RESOLUTIONS))
        first_zero += int((codes[0, 0] == 0).sum())
        for book, row in zip(used, codes[0].tolist()):
            book.update(row)
    return {"stoi": interval(scores), "log_mel_l1": interval(mels), "codes_used": [len(u) for u in used], "frames_with_first_code_0": first_zero}


def of_ear(model, codec, limit):
    """Errors on espeak-ng's own sound, on the pocket voice's two voices as espeak-ng says them and as the codec gives them back; and how
    sure the ear is of these, and of what it is not made for."""
    front, out, sure = ear.Front(), {}, {}

    def hear(name, waves):
        said = [ear.transcribe(model, [front.mel(soxr.resample(wave, 24_000, 16_000))], torch.device("cpu"))[0] for wave in waves]
        sure[name] = [round(float(np.quantile([chance for _, chance in said], q)), 3) for q in (0.05, 0.5, 0.95)]
        return [text for text, _ in said]

    held, phrases = sentences.fixed("held_out")[:limit], sentences.fixed("phrases")[:limit]
    for name, lines in (
        ("held-out", speech.lines_for(held, 3)), ("phrases", speech.lines_for(phrases, 3)), ("pocket-held-out-usual", speech.pocket_lines(held, 3, others=0.0)),
    ):  # fmt: skip
        waves = [speech.say(line["text"], line["voice"], line["speed"], line["pitch"]).astype(np.float32) / 32768.0 for line in lines]
        texts = [line["text"] for line in lines]
        out[name] = error_interval(texts, hear(name, waves))
    if codec is not None:
        through = ear.Through(codec)
        out["pocket-held-out-usual through the codec"] = error_interval(texts, hear("through the codec", [through(wave) for wave in waves]))
    chance = np.random.default_rng(1)
    hear("noise", [0.05 * chance.standard_normal(72_000).astype(np.float32) for _ in range(20)])
    other = [speech.say(text, voice).astype(np.float32) / 32768.0 for text, voice in zip(held[:40], ("de", "fr", "it", "pl") * 10)]
    hear("English as German, French, Italian and Polish voices read it", other)
    return {**out, "mean log-probability a token (5 %, median, 95 %)": sure}


def pitch(wave):
    """Median pitch of the voiced frames in Hz, by autocorrelation (24 kHz, 60 to 400 Hz)."""
    found, size = [], 1200
    for start in range(0, len(wave) - size, 480):
        piece = wave[start : start + size] - wave[start : start + size].mean()
        if np.sqrt((piece**2).mean()) < 0.01:
            continue
        power = np.fft.irfft(np.abs(np.fft.rfft(piece, 4096)) ** 2)[:400] / (size - np.arange(400))
        best = power[60:].max()
        if best > 0.4 * power[0]:
            # Two periods fit as well as one: the shortest lag that is a peak and nearly the best.
            peaks = [lag for lag in range(60, 399) if power[lag] > 0.85 * best and power[lag] >= max(power[lag - 1], power[lag + 1])]
            if peaks:
                found.append(24_000 / peaks[0])
    return float(np.median(found)) if found else 0.0


@torch.no_grad()
def of_voice(model, codec, listener, limit):
    # Without a reference the voice speaks at its usual pitch.
    texts = sentences.fixed("held_out")
    held = speech.spoken("pocket-held-out-usual", speech.pocket_lines(texts, 3, others=0.0))
    stopped, ratios, pitches, said, heard, right = [], [], ([], []), [], [], []
    front = ear.Front()

    def hear(wave):
        mel = front.mel(soxr.resample(wave, 24_000, 16_000))
        return ear.transcribe(listener, [mel], torch.device("cpu"))[0][0]

    def speak(prompts, expected, seed):
        rows, mask = (torch.cat(x)[None] for x in zip(*prompts))
        codes, ended = csm.generate(model, rows, mask, int(expected * 2) + 10, seed=seed)
        # The three ids above the codes have no sound; an untrained voice may still draw them.
        codes = codes.clamp(max=codec.sizes.codes - 1)
        return codes, ended, (codec.decode(codes.T[None])[0, 0].numpy() if len(codes) else np.zeros(FRAME, np.float32))

    count = min(limit, len(held))
    for i in range(count):
        line = held.lines[i]
        expected = len(held.wave(i)) / FRAME
        codes, ended, wave = speak([voice.text_rows(line["speaker"], line["text"])], expected, i)
        stopped.append(float(ended))
        ratios.append(len(codes) / expected)
        pitches[line["speaker"]].append(pitch(wave))
        if listener is not None:
            heard.append(hear(wave))
            said.append(line["text"])
    # The same text after a reference of the same speaker at 100 Hz and at 200 Hz.
    for i in range(min(count, 40)):
        line, made = held.lines[i], []
        text = held.lines[(i + 1) % len(held)]["text"]
        for hertz in (100, 200):
            sound = speech.say(text, line["voice"], pitch=hertz)
            sound = np.pad(sound, (0, -len(sound) % FRAME)).astype(np.float32) / 32768.0
            codes = codec.encode(torch.from_numpy(sound)[None, None])[0].T
            reference = [voice.text_rows(line["speaker"], text), voice.audio_rows(codes)]
            made.append(pitch(speak([*reference, voice.text_rows(line["speaker"], line["text"])], len(held.wave(i)) / FRAME, i)[2]))
        right.append(float(made[1] > made[0]))
    out = {
        "stopped_by_itself": interval(stopped), "length_ratio": interval(ratios), "over_1_5_times": float(np.mean([r > 1.5 for r in ratios])),
        "median_pitch_hz": [round(float(np.median(p)), 1) if p else None for p in pitches], "reference_moves_pitch": interval(right),
    }  # fmt: skip
    if listener is None:
        return out, None
    phrases = sentences.fixed("phrases")[:limit]
    answers = [hear(speak([voice.text_rows(i % 2, text)], len(text), i)[2]) for i, text in enumerate(phrases)]
    return out, {"held_out": error_interval(said, heard), "phrases": error_interval(phrases, answers)}


def main(argv):
    parser = argparse.ArgumentParser(prog="python -m training evaluate")
    parser.add_argument("--models", default=str(HERE.parent / "models" / "pocket"))
    parser.add_argument("--part", choices=["codec", "voice", "ear", "all"], default="all")
    parser.add_argument("--limit", type=int, default=100, help="sentences per measure")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    folder, out = Path(args.models), {"missing": []}

    def have(part):
        if (folder / part / "model.safetensors").exists():
            return True
        out["missing"].append(part)
        return False

    want = {args.part} if args.part != "all" else {"codec", "voice", "ear"}
    codec = export.codec_from(folder / "codec") if have("codec") else None
    listener = export.ear_from(folder / "ear") if want & {"ear", "voice"} and have("ear") else None
    if codec is not None and "codec" in want:
        out["codec"] = of_codec(codec, args.limit)
    if listener is not None and "ear" in want:
        out["ear"] = of_ear(listener, codec, args.limit)
    if codec is not None and "voice" in want and have("voice"):
        out["voice"], out["round_trip"] = of_voice(export.voice_from(folder / "voice"), codec, listener, args.limit)
    print(json.dumps(out, indent=2))
