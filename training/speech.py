"""Sentences spoken by espeak-ng, kept as compact arrays outside git.

Owns: the voices the recipe uses, calling espeak-ng, resampling to 24 kHz, and the cache of spoken sets (one flat int16 file and a
JSON index per set). Promises: the same list of lines always gives the same samples with the same espeak-ng; a half-written set is
never taken for a whole one. Fails: with a clear sentence when espeak-ng is missing or says nothing.
"""

import io
import json
import os
import random
import shutil
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soxr

from . import grid, sentences

RATE = 24_000
# The two voices of the pocket voice: speaker 0 is the low one, speaker 1 the high one.
SPEAKERS = (("en-us+m3", 42), ("en-us+f3", 58))
# Others, for the ear and for a little variety in the codec.
OTHERS = (
    "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-us+m1", "en-us+m2", "en-us+m4", "en-us+m5", "en-us+m7",
    "en-us+f1", "en-us+f2", "en-us+f4", "en-us+f5", "en-gb+m3", "en-gb+f3", "en-gb+f2", "en-gb+m1",
)  # fmt: skip


def cache_root():
    """Where spoken sets live: MYNA_TRAINING_DATA, else the user's cache folder."""
    given = os.environ.get("MYNA_TRAINING_DATA")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "myna" / "training" / "data"


def say(text, voice, speed=165, pitch=50):
    """One line as int16 samples at 24 kHz. For the pocket voice's own two voices `pitch` is in Hz, and the speed is theirs."""
    if voice in grid.SPEAKERS:
        return grid.say(text, voice, pitch)
    if not shutil.which("espeak-ng"):
        raise SystemExit("espeak-ng is not installed: it speaks the training sentences (Debian package espeak-ng)")
    done = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdin", "--stdout"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    data = done.stdout
    if len(data) < 1000:
        raise RuntimeError(f"espeak-ng said nothing for {text!r} with {voice}")
    # A WAV on a pipe has no true length in its header.
    with wave.open(io.BytesIO(data)) as reader:
        rate = reader.getframerate()
    samples = np.frombuffer(data[44 : 44 + (len(data) - 44) // 2 * 2], dtype="<i2")
    # espeak-ng ends with about half a second of digital silence: keep an eighth of it.
    loud = np.flatnonzero(np.abs(samples) > 64)
    if len(loud):
        samples = samples[max(0, loud[0] - rate // 20) : loud[-1] + rate // 8]
    out = soxr.resample(samples.astype(np.float32), rate, RATE)
    return np.clip(np.round(out), -32768, 32767).astype(np.int16)


def pocket_lines(texts, seed, others=0.25):
    """Lines in the two voices of the pocket voice, a share of `others` not at their usual pitch but at the other one."""
    chance, lines = random.Random(seed), []
    for number, text in enumerate(texts):
        speaker, other = chance.randrange(2), chance.random() < others
        voice = grid.SPEAKERS[speaker]
        pitch = grid.PITCHES[voice][other]
        lines.append({"text": text, "voice": voice, "speaker": speaker, "speed": grid.SPEED, "pitch": pitch, "number": number})
    return lines


def lines_for(sentences, seed):
    """Give each sentence one of the two espeak-ng voices, a speed and a pitch."""
    chance = random.Random(seed)
    lines = []
    for number, text in enumerate(sentences):
        speaker = chance.randrange(2)
        voice, pitch = SPEAKERS[speaker]
        lines.append(
            {
                "text": text,
                "voice": voice,
                "speaker": speaker,
                "speed": chance.randint(145, 185),
                "pitch": pitch + chance.randint(-8, 8),
                "number": number,
            }
        )
    return lines


class Spoken:
    """A set of spoken lines: `lines[i]` says what, `wave(i)` is the sound as int16."""

    def __init__(self, folder):
        folder = Path(folder)
        self.name = folder.name
        self.lines = json.loads((folder / "lines.json").read_text())
        self.samples = np.memmap(folder / "samples.i16", dtype=np.int16, mode="r")

    def __len__(self):
        return len(self.lines)

    def wave(self, i):
        line = self.lines[i]
        return self.samples[line["start"] : line["start"] + line["samples"]]

    def hours(self):
        return len(self.samples) / RATE / 3600


PART = 2_000


class Several:
    """Spoken sets one after another, as one."""

    def __init__(self, sets):
        self.sets, self.lines = sets, [line for one in sets for line in one.lines]
        self.places = [(one, i) for one in sets for i in range(len(one))]

    def __len__(self):
        return len(self.places)

    def wave(self, i):
        one, place = self.places[i]
        return one.wave(place)


def pocket_set(count, seed, workers=1):
    """`count` lines in the pocket voice's two voices, kept in parts of 2,000: the training data of the codec and of the voice."""
    parts = -(-count // PART)
    folder = cache_root() / f"pocket-{count}-{seed}-{parts - 1}"
    whole = [] if (folder / "lines.json").exists() else pocket_lines(sentences.mixed(count, seed), seed)
    return Several([spoken(f"pocket-{count}-{seed}-{k}", whole[k * PART : (k + 1) * PART], workers) for k in range(parts)])


def word_set(count, seed, workers=1):
    """`count` lines of a few words each, rare ones as often as common ones, in the pocket voice's two voices: the voice learns to spell with them."""
    parts = -(-count // PART)
    folder = cache_root() / f"words-{count}-{seed}-{parts - 1}"
    whole = []
    if not (folder / "lines.json").exists():
        documentation = sentences.from_documentation(count, seed)
        whole = pocket_lines(sentences.salad(count, seed, documentation), seed, others=0.1)
    return Several([spoken(f"words-{count}-{seed}-{k}", whole[k * PART : (k + 1) * PART], workers) for k in range(parts)])


def greetings():
    """The everyday phrases and what Myna says of itself, by both voices of the pocket voice at their usual pitch."""
    texts = sentences.fixed("phrases") + sentences.fixed("greetings")
    lines = [
        {"text": text, "voice": voice, "speaker": speaker, "speed": grid.SPEED, "pitch": grid.PITCHES[voice][0], "number": number}
        for number, text in enumerate(texts)
        for speaker, voice in enumerate(grid.SPEAKERS)
    ]
    return spoken(f"greetings-{len(lines)}", lines)


def spoken(name, lines, workers=1):
    """The set called `name`, spoken now if it is not in the cache. `lines` is a list or a function that makes one. The name must change
    when the lines change; a cached set stays as it is even if the machine's documentation has changed since."""
    folder = cache_root() / name
    if not (folder / "lines.json").exists():
        lines = lines() if callable(lines) else lines
        folder.mkdir(parents=True, exist_ok=True)
        start, kept = 0, []
        with open(folder / "samples.part", "wb") as out, ThreadPoolExecutor(workers) as pool:
            sounds = pool.map(lambda line: say(line["text"], line["voice"], line["speed"], line["pitch"]), lines)
            for line, sound in zip(lines, sounds):
                kept.append({**line, "start": start, "samples": len(sound)})
                out.write(sound.tobytes())
                start += len(sound)
        (folder / "samples.part").rename(folder / "samples.i16")
        part = folder / "lines.part"
        part.write_text(json.dumps(kept))
        part.rename(folder / "lines.json")
    return Spoken(folder)
