"""A spoken line with the times of its phonemes and letters.

Owns: where espeak-ng's times fall in the sound that is learnt from (its silence cut, played at the pocket voices' rate). Promises: plain text
gives the phoneme of every 20 ms. Fails: as espeak.py does.
"""

import numpy as np
import soxr

from . import espeak, grid, speech

# Voices that speak the same American phonemes as the pocket voices.
OTHERS = [voice for voice in speech.OTHERS if voice.startswith("en-us")]


class Line:
    """One spoken text: `wave` float at `rate`, silence around it, and when which phoneme begins."""

    def __init__(self, text, voice, speed, pitch, lead=0.05, tail=0.1):
        self.text, self.hertz = text, pitch if voice in grid.SPEAKERS else None
        if self.hertz:
            # As grid.say does it, but for the nudge: that is too small to be heard.
            samples, phones, words = espeak.say(text, f"en-us+{voice}-{pitch}", grid.SPEED, grid.RANGES[pitch][1], flat=True)
            self.rate = espeak.engine().rate * pitch / grid.native(voice, pitch)
        else:
            samples, phones, words = espeak.say(text, voice, speed, pitch)
            self.rate = espeak.engine().rate
        # Half a second of digital silence at the end is not worth hearing.
        loud = np.flatnonzero(np.abs(samples) > 64)
        first, last = (loud[0], loud[-1]) if len(loud) else (0, len(samples))
        begin, end = max(0, first - int(self.rate / 20)), last + int(self.rate / 8)
        self.wave = np.pad(samples[begin:end].astype(np.float32) / 32768.0, (int(lead * self.rate), int(tail * self.rate)))
        self.starts = np.array([(at - begin) / self.rate + lead for at, _ in phones])
        self.names = np.array([espeak.NUMBER.get(name, 0) for _, name in phones])
        # Letters share the time of their word alike.
        times, places = zip(*words, (phones[-1][0] if phones else end, len(text)))
        self.letters = (np.interp(np.arange(len(text) + 1), places, times) - begin) / self.rate + lead

    @classmethod
    def drawn(cls, text, chance):
        """Two lines in five as the pocket voice speaks, two in its voices' natural speech, one in another voice."""
        kind, speaker, around = chance.random(), int(chance.integers(2)), (chance.uniform(0, 0.25), chance.uniform(0, 0.3))
        if chance.random() < 0.08:
            # An ear that has only heard tight clips takes a second of silence for the end.
            around = (chance.uniform(0, 1.5), chance.uniform(0, 1.5))
        if kind < 0.4:
            voice = grid.SPEAKERS[speaker]
            pitches = [*grid.PITCHES[voice]]
            return cls(text, voice, grid.SPEED, pitches[0] if chance.random() < 0.7 else pitches[int(chance.integers(len(pitches)))], *around)
        voice, pitch = speech.SPEAKERS[speaker]
        if kind > 0.8:
            voice, pitch = OTHERS[int(chance.integers(len(OTHERS)))], int(chance.integers(25, 76))
        return cls(text, voice, int(chance.integers(140, 190)), pitch + int(chance.integers(-8, 9)), *around)

    def through(self, codec):
        """The same as the pocket voice will say it; only for its own voices, which the codec can carry."""
        wave = grid.nudged(soxr.resample(self.wave, self.rate, speech.RATE), self.hertz)
        self.wave, self.rate = codec(wave.astype(np.float32)), speech.RATE

    def at_16k(self):
        return soxr.resample(self.wave, self.rate, 16_000)

    def frames(self):
        return (int(len(self.wave) * 16_000 / self.rate) + 479) // 160

    def phones(self, positions, apart=0.02):
        """The phoneme of each of so many positions: the ear's encoder has one every 20 ms."""
        index = np.searchsorted(self.starts, np.arange(positions) * apart, "right") - 1
        return np.where(index < 0, 0, self.names[np.maximum(index, 0)])

    def misheard(self, chance):
        """The same with what an encoder gets wrong: borders, and now and then a phoneme."""
        self.starts = np.sort(self.starts + chance.normal(0, 0.012, len(self.starts)))
        wrong = chance.random(len(self.names)) < chance.choice([0.0, 0.02, 0.06])
        self.names = np.where(wrong, chance.integers(0, len(espeak.PHONES), len(self.names)), self.names)
        return self
