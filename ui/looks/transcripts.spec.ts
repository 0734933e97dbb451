import { expect, type Page, test } from "@playwright/test";
import type { Passage, Snapshot, TranscriptLine, TranscriptPage } from "../src/lib/bindings";
import { type Answers, played, sound } from "./app";

const at = Date.UTC(2026, 10, 20, 9, 30);
const said = [
  "So the first thing we looked at was the harbour, because that is where most of the noise comes from.",
  "There are two ferries an hour, and each of them sounds its horn twice: once when it leaves, and once at the breakwater.",
  "We counted for three days. On the second day it rained, and you can hear the rain in the recording.",
  "What nobody expected was how quiet it gets after eleven.",
];
const passage = (text: string, n: number): Passage => ({ start: n * 21.4, end: n * 21.4 + 20, text, doubt: "none" });
const interview: TranscriptPage = {
  id: 1,
  name: "interview at the harbour.m4a",
  at,
  seconds: 372,
  speech: 340,
  uncertain: 14,
  failed: 0,
  passages: said.map(passage).map((one, n) => (n === 2 ? { ...one, doubt: "uncertain" as const } : one)),
  sound: true,
};
const lines: TranscriptLine[] = [
  { id: 1, name: interview.name, at, seconds: 372, excerpt: said[0] ?? "" },
  { id: 2, name: "a lecture with a very long name that does not fit into any list of this width.mp3", at: at - 9e7, seconds: 5460, excerpt: "and that is why the second law holds" },
  { id: 3, name: "silence.wav", at: at - 2e8, seconds: 12, excerpt: "" },
  { id: 4, name: "مقابلة.ogg", at: at - 3e8, seconds: 48, excerpt: "مرحبا بالعالم، هذه مقابلة قصيرة" },
];
const many = Array.from({ length: 1000 }, (_, n): TranscriptLine => ({ id: n + 1, name: `recording ${n + 1}.wav`, at: at - n * 36e5, seconds: 60 + n, excerpt: said[n % 4] ?? "" }));
const long: TranscriptPage = { ...interview, passages: Array.from({ length: 1000 }, (_, n) => passage(said[n % 4] ?? "", n)), seconds: 21400 };
const jobs: Snapshot["jobs"] = [
  { id: 11, name: "town meeting, part two.mp4", started: true, progress: 0.42, seconds_left: 95, heard: "Good evening, everybody. We have five points tonight, and the first of them is the bridge" },
  { id: 12, name: "voice memo 14.m4a", started: false, progress: null, seconds_left: null, heard: "" },
];
const problem = { kind: "bad-audio", message: "holiday.mov: has no sound track", hint: "Choose a file with sound in it." };
const unfinished: Snapshot["unfinished"] = [
  { id: 9, name: "holiday.mov", problem },
  { id: 8, name: "long lecture.mp3", problem: null },
];
const waveform = Array.from({ length: 400 }, (_, x) => Math.abs(Math.sin(x / 9) * Math.cos(x / 31)));
const there = { transcripts: lines, transcript: interview, waveform };

/** Every state that the window has to carry. */
const states: Record<string, [Partial<Snapshot>, Answers]> = {
  empty: [{}, { transcripts: [] }],
  recording: [{ recording: { purpose: "words", seconds: 9, level: 0.6, clipped: true, silent: false } }, { transcripts: [] }],
  busy: [{ jobs, unfinished }, { transcripts: lines.slice(1) }],
  reading: [{ showing: 1 }, there],
  playing: [{ showing: 1, tape: { transcript: 1, segment: 1, state: "speaking" } }, there],
  error: [{ showing: 1, problem }, { transcripts: lines, transcript: { ...interview, sound: false, failed: 3, passages: interview.passages.map((one, n) => (n === 3 ? { ...one, text: "", doubt: "failed" } : one)) } }],
  full: [{ showing: 1, jobs, unfinished, tape: { transcript: 1, segment: 400, state: "paused" } }, { transcripts: many, transcript: long }],
  "right-to-left": [{ showing: 4 }, { transcripts: lines, transcript: { ...interview, id: 4, name: "مقابلة.ogg", passages: [passage("مرحبا بالعالم، هذه مقابلة قصيرة.", 0), passage("شكرا لكم.", 1)] } }],
  over: [{ showing: 1, over: "transcripts" }, there],
};

async function open(page: Page, [snapshot, answers]: [Partial<Snapshot>, Answers]) {
  await played(page, snapshot, answers);
  await page.goto("/transcripts.html");
}

test.use({ viewport: { width: 900, height: 620 } });

for (const scheme of ["light", "dark"] as const) {
  for (const [name, state] of Object.entries(states)) {
    test(`transcripts ${name}, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await open(page, state);
      await expect(page.getByRole("heading").first()).toBeVisible();
      if (state[0].tape) await expect(page.locator("li[aria-current=true]").last()).toBeInViewport();
      await page.screenshot({ path: `looks/out/transcripts-${name}-${scheme}.png` });
      await sound(page);
    });
  }
}

test("places that were found are marked, and the menu of formats reads well", async ({ page }) => {
  await open(page, states.reading ?? [{}, {}]);
  await page.getByRole("searchbox", { name: "Find in this transcript" }).fill("rain");
  await expect(page.getByText("1 of 2")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 of 2")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox", { name: "Find in this transcript" }).fill("rain");
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByRole("menuitem")).toHaveCount(5);
  await page.screenshot({ path: "looks/out/transcripts-found-light.png" });
  await sound(page);
});

test("what is written from right to left stands on the right", async ({ page }) => {
  await open(page, states["right-to-left"] ?? [{}, {}]);
  await expect(page.getByRole("textbox", { name: "Words from 0:00" })).toHaveCSS("direction", "rtl");
});

test("what was deleted can be brought back from where it is said", async ({ page }) => {
  await open(page, states.reading ?? [{}, {}]);
  await page.getByRole("button", { name: "Delete transcript" }).click();
  await expect(page.getByText("Deleted interview at the harbour.m4a")).toBeVisible();
  await page.screenshot({ path: "looks/out/transcripts-deleted-light.png" });
  await sound(page);
});

test("at twice the text size nothing is lost", async ({ page }) => {
  await page.setViewportSize({ width: 450, height: 310 });
  await open(page, states.playing ?? [{}, {}]);
  await expect(page.getByRole("button", { name: /^a lecture/ })).toBeInViewport();
  await page.screenshot({ path: "looks/out/transcripts-large-light.png" });
  const last = page.getByRole("textbox").last();
  await last.scrollIntoViewIfNeeded();
  await expect(last).toBeInViewport();
  await page.screenshot({ path: "looks/out/transcripts-large-end-light.png" });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
});

test("a passage is written over where it stands, by keyboard alone", async ({ page }) => {
  await open(page, states.reading ?? [{}, {}]);
  await page.evaluate(() => {
    const tauri = (window as unknown as { __TAURI_INTERNALS__: { invoke(command: string, args: unknown): Promise<unknown> } }).__TAURI_INTERNALS__;
    const invoke = tauri.invoke.bind(tauri);
    tauri.invoke = (command, args) => {
      if (command === "correct_passage") document.title = JSON.stringify(args);
      return invoke(command, args);
    };
  });
  await page.getByRole("textbox", { name: "Words from 1:04" }).focus();
  await page.keyboard.press("End");
  await page.keyboard.type(" It was loud.");
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle(JSON.stringify({ id: 1, passage: 3, text: `${said[3]} It was loud.` }));
});
