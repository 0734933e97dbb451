"""The sentences that are spoken for training.

Owns: a grammar over `words.py`, clean sentences cut from documentation on the machine, and the two fixed lists (held_out.txt, never
trained on; phrases.txt). Promises: every sentence is plain words and `. , ? ! ' -`, numbers written out as words; the grammar is
deterministic from its seed on any machine (the documentation is not: it is whatever is installed); nothing that `clean` lets through
is in the held-out list or contains one of its sentences. Fails: `clean` returns None for what it refuses.
"""

import glob
import os
import random
import re
from collections import Counter
from pathlib import Path

from . import words as w
from .everyday import words as everyday_words

HERE = Path(__file__).parent
TAKING, DOING = w.forms(w.TAKING), w.forms(w.DOING)
ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen""".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def spell(number):
    """A whole number below a million in words."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (" " + ONES[number % 10] if number % 10 else "")
    if number < 1000:
        return ONES[number // 100] + " hundred" + (" and " + spell(number % 100) if number % 100 else "")
    rest = number % 1000
    return spell(number // 1000) + " thousand" + ((" and " if rest < 100 else " ") + spell(rest) if rest else "")


def bare(text):
    """Lower-case words only: what two sentences are compared by."""
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def fixed(name):
    return (HERE / f"{name}.txt").read_text().split("\n")[:-1]


HELD_OUT = [bare(line) for line in fixed("held_out")]
ALLOWED = re.compile(r"[A-Z][A-Za-z ,.'?!-]*[.?!]")


def clean(text, longest=110):
    """The sentence if it may be trained on, else None."""
    text = re.sub(r"\s+", " ", text).strip()
    if not (2 <= len(text) <= longest and ALLOWED.fullmatch(text)):
        return None
    plain = bare(text)
    if any(line in plain for line in HELD_OUT):
        return None
    return text


class Grammar:
    """Endless sentences from one seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def pick(self, choices):
        return self.chance.choice(choices).replace("_", " ")

    def number(self):
        kind = self.chance.random()
        top = 20 if kind < 0.4 else 100 if kind < 0.75 else 1000 if kind < 0.92 else 100_000
        return self.chance.randrange(1, top)

    def clock(self):
        hour, minute = ONES[self.chance.randint(1, 12)], self.chance.choice([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, self.chance.randint(1, 59)])
        how = self.chance.random()
        if minute == 0:
            return f"{hour} o'clock" if how < 0.6 else f"{hour} in the " + self.pick(["morning", "evening", "afternoon"])
        if how < 0.4:
            return f"{hour} {'oh ' if minute < 10 else ''}{spell(minute)}"
        if minute == 30:
            return f"half past {hour}"
        if minute == 15 or minute == 45:
            return f"quarter {'past' if minute == 15 else 'to'} {hour}"
        return f"{spell(minute)} minutes past {hour}" if minute < 30 else f"{spell(60 - minute)} minutes to {hour}"

    def date(self):
        how = self.chance.random()
        day, month = self.pick(w.ORDINALS), self.pick(w.MONTHS)
        if how < 0.3:
            return f"the {day} of {month}"
        if how < 0.5:
            return f"{self.pick(w.DAYS)} the {day}"
        if how < 0.75:
            year = self.chance.choice([f"nineteen {spell(self.chance.randint(10, 99))}", f"twenty {spell(self.chance.randint(10, 40))}", f"two thousand and {spell(self.chance.randint(1, 19))}"])
            return f"{month} {year}"
        return f"{self.pick(w.DAYS)}"

    def when(self):
        return self.chance.choice(
            [
                lambda: "at " + self.clock(),
                lambda: "on " + self.date() if self.chance.random() < 0.7 else "in " + self.pick(w.MONTHS),
                lambda: self.pick(["today", "tomorrow", "yesterday", "last night", "this morning", "next week", "every day", "last year", "after lunch", "before breakfast", "all day", "for a long time", "at the weekend", "once a week"]),
                lambda: "in " + self.amount(["minutes", "hours", "days", "weeks", "years"]),
            ]
        )()

    def amount(self, units=w.UNITS):
        number, unit = self.number(), self.chance.choice(units)
        return f"{spell(number)} {unit[:-1] if number == 1 and unit.endswith('s') and unit not in ('degrees',) else unit}"

    def noun(self):
        kind = self.chance.random()
        return self.pick(w.PEOPLE if kind < 0.3 else w.ANIMALS if kind < 0.4 else w.THINGS if kind < 0.75 else w.SPOTS if kind < 0.9 else w.IDEAS)

    def phrase(self, nouns=None):
        """A noun phrase: `the old clock`, `three apples`, `her brother`."""
        noun = self.pick(nouns) if nouns else self.noun()
        described = noun if self.chance.random() < 0.55 else f"{self.pick(w.ADJECTIVES)} {noun}"
        how = self.chance.random()
        if how < 0.45:
            return "the " + described
        if how < 0.65:
            return ("an " if described[0] in "aeio" else "a ") + described
        if how < 0.9:
            return self.pick(["my", "your", "his", "her", "our", "their", "this", "that", "every", "another", "no", "some", "any", "each"]) + " " + described
        return self.pick(w.NAMES) + "'s " + described

    def person(self):
        return self.pick(w.NAMES) if self.chance.random() < 0.45 else self.phrase(w.PEOPLE)

    def place(self):
        how = self.chance.random()
        if how < 0.2:
            return self.pick(["in", "from", "near", "to"]) + " " + self.pick(w.PLACES)
        return self.pick(["in", "near", "behind", "at", "outside", "inside", "by", "beside", "opposite", "towards", "across", "through", "past", "around", "between the hotel and"]) + " the " + (self.pick(w.ADJECTIVES) + " " if how > 0.75 else "") + self.pick(w.SPOTS)

    def doing(self, form):
        """A verb phrase in form 0 base, 1 third person, 2 past, 3 participle, 4 -ing."""
        if self.chance.random() < 0.6:
            tail = self.phrase(w.THINGS if self.chance.random() < 0.7 else w.FOODS if self.chance.random() < 0.5 else w.ANIMALS)
            return f"{self.chance.choice(TAKING)[form]} {tail}"
        return f"{self.chance.choice(DOING)[form]} " + (self.place() if self.chance.random() < 0.6 else self.pick(w.ADVERBS))

    def clause(self):
        """A statement without its full stop."""
        c = self.chance
        pronoun, third = c.choice([("I", 0), ("you", 0), ("we", 0), ("they", 0), ("he", 1), ("she", 1), ("nobody", 1), ("everyone", 1)])
        be = {"I": "am", "you": "are", "we": "are", "they": "are"}.get(pronoun, "is")
        was = "was" if pronoun in ("I",) or third else "were"
        have = "has" if third else "have"
        return c.choice(
            [
                lambda: f"{self.person()} {self.doing(2)}",
                lambda: f"{self.person()} {self.doing(1)}",
                lambda: f"{self.person()} {self.pick(['will', 'can', 'must', 'should', 'might', 'would', 'could'])} {self.doing(0)}",
                lambda: f"{pronoun} {self.doing(2)}",
                lambda: f"{pronoun} {be} {self.doing(4)}",
                lambda: f"{pronoun} {was} {self.pick(w.FEELINGS)}",
                lambda: f"{pronoun} {have} {self.pick(['never', 'already', 'just', 'always'])} {self.doing(3)}",
                lambda: f"{pronoun} {self.pick(['will', 'can', 'must', 'should', 'may', 'cannot', 'will not'])} {self.doing(0)}",
                lambda: f"{self.phrase()} is {self.pick(w.ADJECTIVES)}",
                lambda: f"{self.phrase()} was {self.pick(['very', 'too', 'quite', 'not', 'rather', 'so'])} {self.pick(w.ADJECTIVES)}",
                lambda: f"there {self.pick(['is', 'was'])} {self.phrase()} {self.place()}",
                lambda: f"there are {self.amount(['people', 'books', 'chairs', 'letters', 'cars', 'houses', 'trees', 'eggs', 'apples', 'rooms'])} {self.place()}",
                lambda: f"it {self.pick(['is', 'was', 'will be'])} {self.pick(w.WEATHER)} {self.place()}",
                lambda: f"the {self.pick(w.THINGS)} costs {self.amount(['pounds', 'dollars', 'euros'])}",
                lambda: f"it takes {self.amount(['minutes', 'hours', 'days', 'weeks'])} to {self.doing(0)}",
                lambda: f"the {self.pick(w.SPOTS)} opens at {self.clock()}",
                lambda: f"the {self.pick(['train', 'bus', 'ship', 'plane', 'meeting', 'film', 'lesson'])} {self.pick(['leaves', 'arrives', 'starts', 'ends'])} at {self.clock()}",
                lambda: f"{self.person()} was born on {self.date()}",
                lambda: f"my number is {' '.join(ONES[c.randrange(10)] for _ in range(c.randint(3, 8)))}",
                lambda: f"{self.pick(w.FOODS)} and {self.pick(w.FOODS)} {self.pick(['are', 'were'])} on the table",
                lambda: f"{self.pick(w.IDEAS)} is {self.pick(['more', 'less'])} important than {self.pick(w.IDEAS)}",
                lambda: f"the {self.pick(w.IDEAS)} of the {self.noun()} {self.pick(['is', 'was', 'seems', 'became'])} {self.pick(w.ADJECTIVES)}",
            ]
        )()

    def question(self):
        return self.chance.choice(
            [
                lambda: f"where is {self.phrase()}",
                lambda: f"who {self.doing(2)}",
                lambda: f"why did {self.person()} {self.doing(0)}",
                lambda: f"what did {self.person()} {self.chance.choice(TAKING)[0]}",
                lambda: f"how many {self.pick(['books', 'people', 'apples', 'days', 'cars', 'letters', 'chairs'])} are there {self.place()}",
                lambda: f"when will {self.person()} {self.doing(0)}",
                lambda: f"can you {self.doing(0)}",
                lambda: f"did {self.person()} {self.doing(0)}",
                lambda: f"is {self.phrase()} {self.pick(w.ADJECTIVES)}",
                lambda: f"do you {self.chance.choice(TAKING)[0]} {self.phrase()}",
                lambda: f"would you like {self.pick(w.FOODS)} or {self.pick(w.FOODS)}",
                lambda: f"have you ever been to {self.pick(w.PLACES)}",
                lambda: f"what time does the {self.pick(w.SPOTS)} {self.pick(['open', 'close'])}",
            ]
        )()

    def short(self):
        return self.chance.choice(
            [
                lambda: f"{self.pick(w.ADVERBS)}.",
                lambda: f"{self.phrase()}.",
                lambda: f"{self.doing(0)}.",
                lambda: f"{self.amount()}.",
                lambda: f"{self.clock()}.",
                lambda: f"{self.date()}.",
                lambda: f"hello {self.pick(w.NAMES)}.",
                lambda: f"good morning, {self.pick(w.NAMES)}.",
                lambda: f"yes, {self.pick(w.ADVERBS)}.",
                lambda: f"thank you, {self.pick(w.NAMES)}.",
                lambda: f"no, not {self.pick(w.ADVERBS)}.",
                lambda: f"{self.pick(w.ADJECTIVES)} {self.noun()}.",
                lambda: f"{spell(self.number())}.",
                lambda: f"please {self.doing(0)}.",
                lambda: f"{self.noun()}.",
            ]
        )()

    def sentence(self):
        how = self.chance.random()
        if how < 0.16:
            text = self.short()
        elif how < 0.34:
            text = self.question() + "?"
        elif how < 0.58:
            text = self.clause() + "."
        elif how < 0.74:
            text = f"{self.clause()} {self.when()}."
        elif how < 0.92:
            text = f"{self.clause()}{self.pick([', and', ', but', ' because', ' when', ' so', ' if', ' while', ', although', ' before', ' after', ' and', ' that', ', or'])} {self.clause()}."
        elif how < 0.96:
            text = f"{self.pick(['please', 'do not', 'always', 'never', 'let us'])} {self.doing(0)}{self.pick(['.', '!', '.'])}"
        else:
            text = f"{self.when()}, {self.clause()}."
        return text[0].upper() + text[1:]


def from_grammar(count, seed):
    """`count` sentences, the same for the same seed everywhere."""
    grammar, out = Grammar(seed), []
    while len(out) < count:
        text = clean(grammar.sentence())
        if text:
            out.append(text)
    return out


def from_documentation(count, seed, folders=None):
    """Up to `count` clean sentences cut from texts that are installed on this machine."""
    if folders is None:
        folders = ["/usr/share/perl", "/usr/share/doc", "/usr/lib/python3*", os.path.expanduser("~/.cargo/registry/src"), "/usr/share/common-licenses"]
    found = set()
    for folder in folders:
        for root in sorted(glob.glob(folder)):
            for path in sorted(Path(root).rglob("*")):
                if path.suffix not in (".pod", ".pm", ".py", ".md", ".txt", ".rs") or not path.is_file():
                    continue
                try:
                    text = path.read_text(errors="ignore")[:400_000]
                except OSError:
                    continue
                text = re.sub(r"\n\s*(///|//!|//|#|\*)", "\n", text)
                text = re.sub(r"[ \t\n]+", " ", text)
                for match in re.finditer(r"(?<=[.!?] )[A-Z][A-Za-z ,'-]{11,109}[.?!](?= )", text):
                    line = match.group(0)
                    # Identifiers, shouting and lists are not sentences.
                    if re.search(r"[a-z][A-Z]|[A-Z]{2}|\b[b-hj-zB-HJ-Z]\b| ,|--|'[^'a-z]|,$", line) or line.count(" ") < 2:
                        continue
                    if max(map(len, line.split())) <= 14 and clean(line):
                        found.add(line)
    out = sorted(found)
    random.Random(seed).shuffle(out)
    return out[:count]


def salad(count, seed, texts):
    """One to six words, drawn alike however often they are said: rare words must be spelt, too. Nine in ten lines use the word lists, the
    others what `texts` use more than once."""
    chance, out = random.Random(seed), []
    used = Counter(word for text in texts for word in bare(text).split())
    everyday = sorted({*everyday_words(), *w.everything()})
    other = sorted({word for word, times in used.items() if times > 1} - {*everyday})
    while len(out) < count:
        words = chance.choices(everyday if chance.random() < 0.9 or not other else other, k=chance.randint(1, 6))
        text = " ".join(words)
        text = clean(text[0].upper() + text[1:] + ".")
        if text:
            out.append(text)
    return out


def mixed(count, seed):
    """Mostly grammar, a quarter documentation where the machine has any, the everyday phrases a few times; shuffled."""
    documentation = from_documentation(count // 4, seed)
    phrases = fixed("phrases") * 4
    out = documentation + phrases + from_grammar(max(0, count - len(documentation) - len(phrases)), seed)
    random.Random(seed).shuffle(out)
    return out[:count]
