"""espeak-ng through its library: a line as sound, with the times of its phonemes and words.

Owns: the one voice engine of this process (the library keeps its state in globals: one thread at a time). Promises: the sound of the
`espeak-ng` program up to the silence at its end, about a thousand times faster than real time, so that nothing need be kept on disk.
Breathy sounds draw on a noise generator that goes on from line to line. Fails: with a sentence when the library is missing or a voice is unknown.
"""

import ctypes as c
from functools import cache

import numpy as np

from . import grid

# What espeak-ng calls the phonemes of its American voices, silence first; names that are not here count as silence. Order matters to
# checkpoints: new ones go at the end.
PHONES = """_ n t I s d k l z D r @ E m p a f V w b @2 3 eI i: aI v u: I# i oU 0 a# I2 j t# N ; 3: h S g @L A@ dZ O@ T O2 O: U r- tS o@ aU
e@ aa t2 i@ i@3 U@ Z OI aI3 A: @- aI@ ? n-""".split()
NUMBER = {name: number for number, name in enumerate(PHONES)}


class Event(c.Structure):
    _fields_ = [
        ("kind", c.c_int), ("number", c.c_uint), ("text_position", c.c_int), ("length", c.c_int),
        ("milliseconds", c.c_int), ("sample", c.c_int), ("user", c.c_void_p), ("name", c.c_char * 8),
    ]  # fmt: skip


Heard = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(Event))
WORD_EVENT, PHONEME_EVENT = 1, 7
SYNCHRONOUS, SPEED, PITCH, UTF8, MARKED_UP = 2, 1, 3, 1, 16


class Engine:
    def __init__(self):
        try:
            self.library = c.CDLL("libespeak-ng.so.1")
        except OSError:
            raise SystemExit("libespeak-ng.so.1 is not installed: it speaks the training sentences (Debian package espeak-ng)") from None
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 0, grid.data_folder().encode(), 1)
        self.library.espeak_SetVoiceByName.argtypes = [c.c_char_p]
        self.library.espeak_Synth.argtypes = [c.c_char_p, c.c_size_t, c.c_uint, c.c_int, c.c_uint, c.c_uint, c.c_void_p, c.c_void_p]
        self.pieces, self.phones, self.words, self.before = [], [], [], 0
        self.callback = Heard(self.hear)
        self.library.espeak_SetSynthCallback(self.callback)

    def hear(self, samples, count, events):
        if samples and count > 0:
            self.pieces.append(c.string_at(samples, 2 * count))
        number = 0
        while events[number].kind:
            if events[number].kind == PHONEME_EVENT:
                self.phones.append((events[number].sample, events[number].name.decode()))
            elif events[number].kind == WORD_EVENT:
                self.words.append((events[number].sample, events[number].text_position - 1 - self.before))
            number += 1
        return 0

    def say(self, text, voice, speed, pitch, flat):
        self.pieces, self.phones, self.words = [], [], []
        if self.library.espeak_SetVoiceByName(voice.encode()):
            raise SystemExit(f"espeak-ng has no voice {voice}")
        self.library.espeak_SetParameter(SPEED, speed, 0)
        self.library.espeak_SetParameter(PITCH, pitch, 0)
        before, after = ('<speak><prosody range="0">', "</prosody></speak>") if flat else ("", "")
        self.before, line = len(before), (before + text + after).encode()
        self.library.espeak_Synth(line, len(line) + 1, 0, 1, 0, UTF8 | (MARKED_UP if flat else 0), None, None)
        return np.frombuffer(b"".join(self.pieces), "<i2"), self.phones, self.words


@cache
def engine():
    return Engine()


def say(text, voice, speed=165, pitch=50, flat=False):
    """One line of plain words, in a monotone if `flat` -> int16 samples at `engine().rate`, [(first sample, phoneme name)] and
    [(first sample, first letter of a word)]."""
    return engine().say(text, voice, speed, pitch, flat)
