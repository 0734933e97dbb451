"""What the exported models are worth, as JSON.

Owns: the measures of the model cards. Promises: everything is measured on the exported files (so after rounding), on the held-out
sentences and the everyday phrases, with bootstrap intervals over sentences; a part whose files are missing is left out and named.
codec: log-mel distance and STOI against espeak-ng's original. ear: word and character error on espeak-ng's sound. voice: stopping,
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


def of_ear(model, limit):
    front, out = ear.Front(), {}
    for name, set_name in (("held_out", "held-out-1"), ("phrases", "phrases-1")):
        listed = sentences.fixed("held_out" if name == "held_out" else "phrases")
        spoken = speech.spoken(set_name, speech.lines_for(listed, 3, "pocket"))
        count = min(limit, len(spoken))
        heard = []
        for i in range(count):
            mel = front.mel(soxr.resample(spoken.wave(i).astype(np.float32) / 32768.0, 24_000, 16_000))
            heard += ear.transcribe(model, [mel], torch.device("cpu"))[0]
        out[name] = error_interval([spoken.lines[i]["text"] for i in range(count)], heard)
    return out


def pitch(wave):
    """Median pitch of the voiced frames in Hz, by autocorrelation (24 kHz, 60 to 400 Hz)."""
    found, size = [], 1200
    for start in range(0, len(wave) - size, 480):
        piece = wave[start : start + size] - wave[start : start + size].mean()
        if np.sqrt((piece**2).mean()) < 0.01:
            continue
        power = np.fft.irfft(np.abs(np.fft.rfft(piece, 4096)) ** 2)
        lag = 60 + int(power[60:400].argmax())
        if power[lag] > 0.4 * power[0]:
            found.append(24_000 / lag)
    return float(np.median(found)) if found else 0.0


@torch.no_grad()
def of_voice(model, codec, listener, limit):
    held = codecs.held_out()
    stopped, ratios, pitches, said, heard, right = [], [], ([], []), [], [], []
    front = ear.Front()

    def speak(prompts, expected, seed):
        rows, mask = (torch.cat(x)[None] for x in zip(*prompts))
        codes, ended = csm.generate(model, rows, mask, int(expected * 2) + 10, temperature=0.7, top=30, seed=seed)
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
            mel = front.mel(soxr.resample(wave, 24_000, 16_000))
            heard += ear.transcribe(listener, [mel], torch.device("cpu"))[0]
            said.append(line["text"])
    # The same text after a low and after a high reference of the same speaker.
    for i in range(min(count, 40)):
        line, made = held.lines[i], []
        text = held.lines[(i + 1) % len(held)]["text"]
        for height in (25, 75):
            sound = speech.say(text, line["voice"], 165, height)
            sound = np.pad(sound, (0, -len(sound) % FRAME)).astype(np.float32) / 32768.0
            codes = codec.encode(torch.from_numpy(sound)[None, None])[0].T
            reference = [voice.text_rows(line["speaker"], text), voice.audio_rows(codes)]
            made.append(pitch(speak([*reference, voice.text_rows(line["speaker"], line["text"])], len(held.wave(i)) / FRAME, i)[2]))
        right.append(float(made[1] > made[0]))
    out = {
        "stopped_by_itself": interval(stopped), "length_ratio": interval(ratios), "over_1_5_times": float(np.mean([r > 1.5 for r in ratios])),
        "median_pitch_hz": [round(float(np.median(p)), 1) if p else None for p in pitches], "reference_moves_pitch": interval(right),
    }  # fmt: skip
    return out, (error_interval(said, heard) if listener is not None else None)


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
    codec = export.codec_from(folder / "codec") if want & {"codec", "voice"} and have("codec") else None
    listener = export.ear_from(folder / "ear") if want & {"ear", "voice"} and have("ear") else None
    if codec is not None and "codec" in want:
        out["codec"] = of_codec(codec, args.limit)
    if listener is not None and "ear" in want:
        out["ear"] = of_ear(listener, args.limit)
    if codec is not None and "voice" in want and have("voice"):
        out["voice"], out["round_trip"] = of_voice(export.voice_from(folder / "voice"), codec, listener, args.limit)
    print(json.dumps(out, indent=2))
