import { expect, type Page, test } from "@playwright/test";
import type { Snapshot, TakeCard, Verdicts, VoiceCard } from "../src/lib/bindings";
import { type Answers, played, sound } from "./app";

const vouched = { why: "own" as const, statement: "This is my own voice, and I use it for reading aloud.", date: "2026-11-20" };
const pocket = (id: string, name: string): VoiceCard => ({
  id,
  name,
  built_in: true,
  created: "2026-11-21",
  source: "bundled",
  recordings: [],
  vouched: { why: "licensed", statement: "Nobody's voice: trained on a speech synthesiser for Myna.", date: "2026-11-21" },
  problem: null,
});
const anna: VoiceCard = {
  id: "anna",
  name: "Anna",
  built_in: false,
  created: "2026-11-20",
  source: "recording",
  recordings: [
    { transcript: "The harbour was quiet that morning. Two boats came in, one after the other, and somebody laughed on the quay.", seconds: 9.2, guessed: false },
    { transcript: "I counted seven bells before the fog began to lift.", seconds: 4.1, guessed: true },
  ],
  vouched,
  problem: null,
};
const problem = { kind: "bad-audio", message: "segment-1.wav: is not the recording that the voice was made with", hint: "Restore the file, or add the voice again." };
const bert: VoiceCard = { ...anna, id: "bert", name: "Bert from the second floor, recorded on a rainy Thursday in November", source: "archive", vouched: null, problem };
const broken: VoiceCard = { ...anna, id: "carla", name: "Carla", problem };
const all = [pocket("low", "Pocket Low"), pocket("high", "Pocket High"), anna, bert, broken];
const many = [...all, ...Array.from({ length: 200 }, (_, n): VoiceCard => ({ ...anna, id: `v${n}`, name: `Voice ${n + 1}` }))];
const health: Verdicts[] = [
  { verdict: "good", findings: [], seconds: 9.2 },
  { verdict: "usable", findings: ["It is short: six seconds or more would be better."], seconds: 4.1 },
];
const takes: TakeCard[] = [
  { id: 1, name: "recording-1.wav", transcript: "The harbour was quiet that morning.", health: { verdict: "good", findings: [], seconds: 9.8 } },
  { id: 2, name: "a memo with a very long name from the telephone of somebody who never renames anything.m4a", transcript: "", health: { verdict: "unusable", findings: ["There is as much noise as speech.", "It is too quiet."], seconds: 31 } },
];
const there = { voices: all, takes: [], voice_health: health };

/** Every state that the window has to carry. */
const states: Record<string, [Partial<Snapshot>, Answers]> = {
  empty: [{}, { ...there, voices: all.slice(0, 2) }],
  reading: [{ voice_shown: "anna", voice: "anna" }, there],
  busy: [{ voice_shown: "anna", reading: { sentences: ["Good morning."], current: 0, state: "speaking" } }, there],
  unvouched: [{ voice_shown: "bert" }, there],
  error: [{ voice_shown: "carla", problem: { kind: "bad-input", message: 'there is a voice called "Anna" already', hint: "Choose another name." } }, there],
  program: [{ voice_shown: "anna", app: { id: "reader", name: "A program with a name that is far too long for one line of this window", voice: "anna" } }, there],
  full: [{ voice_shown: "anna" }, { ...there, voices: many }],
  making: [{}, { ...there, takes }],
  recording: [{ recording: { purpose: "voice", seconds: 4, level: 0.6, clipped: false, silent: false } }, { ...there, takes: takes.slice(0, 1) }],
  silent: [{ recording: { purpose: "voice", seconds: 2, level: 0, clipped: false, silent: true } }, there],
  over: [{ voice_shown: "anna", over: "voices" }, there],
};

async function open(page: Page, [snapshot, answers]: [Partial<Snapshot>, Answers]) {
  await played(page, snapshot, answers);
  await page.goto("/voices.html");
}

test.use({ viewport: { width: 760, height: 560 } });

for (const scheme of ["light", "dark"] as const) {
  for (const [name, state] of Object.entries(states)) {
    test(`voices ${name}, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await open(page, state);
      await expect(page.getByRole("heading").first()).toBeAttached();
      await page.screenshot({ path: `looks/out/voices-${name}-${scheme}.png` });
      await sound(page);
    });
  }
}

test("the whole making of a voice", async ({ page }) => {
  await page.setViewportSize({ width: 760, height: 900 });
  await open(page, states.making ?? [{}, {}]);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Anna");
  await page.screenshot({ path: "looks/out/voices-whole-light.png" });
  await sound(page);
});

test("at twice the text size nothing is lost", async ({ page }) => {
  await page.setViewportSize({ width: 380, height: 280 });
  await open(page, states.reading ?? [{}, {}]);
  await expect(page.getByRole("button", { name: /^Pocket High/ })).toBeInViewport();
  await page.screenshot({ path: "looks/out/voices-large-light.png" });
  const last = page.getByRole("button", { name: "Delete voice" });
  await last.scrollIntoViewIfNeeded();
  await expect(last).toBeInViewport();
  await page.screenshot({ path: "looks/out/voices-large-end-light.png" });
  await sound(page);
});
