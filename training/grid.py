"""The two voices of the pocket voice: espeak-ng in a monotone whose pulses sit on the codec's frame grid.

Owns: two espeak-ng variants of our own (no flutter, no echo), the pitches they speak at, and the nudging of voiced stretches. Promises:
the pitch is exactly the number of Hz asked for, 100 or 200, and every voiced stretch has the same pulse phase relative to
the 40 ms steps of the codec; words, durations (to half a period) and formants are espeak-ng's. Why: with pitch and phase out
of the way a frame's sound follows from the letters alone, so 72 bits a frame and a small network are enough for clear speech.
Fails: with a sentence for a pitch that no voice has.
"""

import contextlib
import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import soxr

RATE = 24_000
SPEED = 140
# Speaker id -> voice; voice -> its pitches in Hz, the usual one first. All harmonics of 200 Hz are harmonics of 100 Hz.
SPEAKERS = ("pocket-low", "pocket-high")
PITCHES = {"pocket-low": (100, 200), "pocket-high": (200, 100)}
# What espeak-ng needs to come near them: the range of a variant, and -p within it.
RANGES = {100: ("80 122", 58), 200: ("140 240", 60)}
VARIANTS = {
    "pocket-low": """language variant
name {name}
gender male
flutter 0
pitch {range}
formant 1 96 97 100
formant 2 96 97 100
formant 3 96 103 100
formant 4 95 103 100
formant 5 95 103 100
""",
    "pocket-high": """language variant
name {name}
gender female
flutter 0
pitch {range}
formant 0 105 80 150
formant 1 120 75 150 -50
formant 2 135 70 150 -250
formant 3 125 80 150
formant 4 125 80 150
formant 5 125 80 150
formant 6 120 70 150
formant 7 110 70 150
formant 8 110 70 150
stressAmp 18 18 20 20 20 20 20 20
""",
}


@functools.cache
def data_folder():
    """espeak-ng's data with our two variants beside its own: links, and two small files, in a temporary folder."""
    said = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Data at: (\S+)", said)
    if not found:
        raise SystemExit("espeak-ng --version does not say where its data are")
    folder = Path(tempfile.gettempdir()) / f"myna-espeak-{os.getuid()}"
    (folder / "voices" / "!v").mkdir(parents=True, exist_ok=True)
    for entry in Path(found.group(1)).iterdir():
        link = folder / entry.name
        if entry.name != "voices" and not link.exists():
            with contextlib.suppress(FileExistsError):  # another thread was faster
                link.symlink_to(entry)
    for voice, text in VARIANTS.items():
        for hertz, (span, _) in RANGES.items():
            name = f"{voice}-{hertz}"
            (folder / "voices" / "!v" / name).write_text(text.format(name=name, range=span))
    return str(folder)


def raw(text, voice, hertz):
    """espeak-ng's own samples, f64 in the range of int16, and their rate."""
    done = subprocess.run(
        ["espeak-ng", "-m", "-v", f"en-us+{voice}-{hertz}", "-s", str(SPEED), "-p", str(RANGES[hertz][1]), "--stdin", "--stdout"],
        input=f'<speak><prosody range="0">{escape(text)}</prosody></speak>'.encode(), capture_output=True, check=True,
        env={**os.environ, "ESPEAK_DATA_PATH": data_folder()},
    ).stdout  # fmt: skip
    if len(done) < 1000:
        raise RuntimeError(f"espeak-ng said nothing for {text!r} with {voice}")
    # A WAV on a pipe has no true length in its header; the rate is right.
    return np.frombuffer(done[44 : 44 + (len(done) - 44) // 2 * 2], dtype="<i2").astype(np.float64), int.from_bytes(done[24:28], "little")


def fundamental(sound, hertz, rate):
    """The complex amplitude of the fundamental every 2 ms, seen through two periods (harmonics fall on the window's zeros)."""
    size, hop = round(2 * rate / hertz), round(rate * 0.002)
    if len(sound) < size:
        return np.zeros(0, complex), hop, size
    windows = np.lib.stride_tricks.sliding_window_view(sound, size)[::hop]
    shape = np.hanning(size)
    z = windows @ (shape * np.exp(-2j * np.pi * hertz * np.arange(size) / rate)) * (2 / shape.sum())
    return z * np.exp(-2j * np.pi * hertz * hop * np.arange(len(z)) / rate), hop, size


@functools.cache
def native(voice, hertz):
    """The exact pitch that espeak-ng gives the voice at the setting chosen for `hertz`."""
    sound, rate = raw("Now we all know more and more, Anna, and mine may roam.", voice, hertz)
    found = float(hertz)
    for _ in range(6):
        z, hop, _ = fundamental(sound, found, rate)
        sure = np.abs(z) > 0.2 * np.abs(z).max()
        turn = np.angle(z[1:] * z[:-1].conj())[sure[1:] & sure[:-1]]
        found += float(np.median(turn)) / (2 * np.pi) * rate / hop
    return found


def stretches(sound, hertz):
    """(start, end, phase in cycles) of every voiced stretch, in samples."""
    z, hop, size = fundamental(sound, hertz, RATE)
    if not len(z):
        return []
    phase, sure = np.angle(z) / (2 * np.pi), np.abs(z) > 0.04 * np.abs(z).max()
    out, start = [], None
    for k in range(len(z) + 1):
        jump = 0 < k < len(z) and abs((phase[k] - phase[k - 1] + 0.5) % 1 - 0.5) > 0.03
        if start is not None and (k == len(z) or not sure[k] or jump):
            if k - start >= 10:
                mean = np.angle(z[start:k].sum()) / (2 * np.pi)
                out.append((start * hop + size // 2, (k - 1) * hop + size // 2, mean))
            start = None
        if start is None and k < len(z) and sure[k]:
            start = k
    return out


def nudged(sound, hertz):
    """Shift every voiced stretch by at most half a period; what lies between is stretched or squeezed to fit."""
    period, shift, before, after = RATE / hertz, 0, [0.0], [0.0]
    for start, end, phase in stretches(sound, hertz):
        wanted = (phase + 0.25) * period
        shift = round(wanted + round((shift - wanted) / period) * period)
        for place in (max(start, before[-1] + 60), max(end, before[-1] + 120)):
            before.append(float(place))
            after.append(max(float(place + shift), after[-1] + 30))
    before.append(max(float(len(sound)), before[-1] + 1))
    after.append(max(float(len(sound) + shift), after[-1] + 1))
    places = np.interp(np.arange(int(after[-1])), after, before)
    return np.interp(places, np.arange(len(sound)), sound, right=0.0)


def say(text, voice, hertz):
    """One line as int16 samples at 24 kHz: 50 ms of silence, the words, an eighth of a second of silence."""
    if hertz not in PITCHES.get(voice, ()):
        raise ValueError(f"{voice} has no pitch of {hertz} Hz")
    sound, rate = raw(text, voice, hertz)
    loud = np.flatnonzero(np.abs(sound) > 64)
    if len(loud):
        sound = sound[max(0, loud[0] - rate // 20) : loud[-1] + rate // 8]
    # Played at this rate the pitch is exact; at most a few per cent from espeak-ng's own.
    sound = soxr.resample(sound, rate * hertz / native(voice, hertz), RATE)
    return np.clip(np.round(nudged(sound, hertz)), -32768, 32767).astype(np.int16)
