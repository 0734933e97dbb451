import { expect, type Page, test } from "@playwright/test";
import type { ModelCard, SettingsPage, Snapshot } from "../src/lib/bindings";
import { type Answers, played, sound } from "./app";

const model = (id: string, about: string, size: number, memory: number, runs: ModelCard["runs"], disk: number | null = null): ModelCard => ({
  id,
  about,
  licence: "Apache-2.0",
  gated: id === "csm-1b",
  size,
  memory,
  runs,
  can_speak: true,
  can_hear: false,
  disk,
});
const page: SettingsPage = {
  keep: true,
  days: 90,
  entries: null,
  kept: 1284,
  words: [
    { word: "Siobhan", said: "shi vawn" },
    { word: "GIF", said: "jif" },
    { word: "a word with a very long name that does not fit into one line of this window", said: "a respelling that is just as long as the word itself, or even longer" },
  ],
  words_problem: null,
  reading: [
    { kind: "url", set: "shorten", usual: "shorten", choices: ["speak", "shorten", "skip", "spell"] },
    { kind: "citation", set: "skip", usual: "skip", choices: ["speak", "skip"] },
    { kind: "date-order", set: "day-first", usual: "day-first", choices: ["day-first", "month-first"] },
    { kind: "markup", set: "plain", usual: "markdown", choices: ["markdown", "plain"] },
  ],
  volume: 0.8,
  paste: true,
  models: [
    model("csm-1b", "CSM-1B by Sesame: English, one voice per reference", 6.6, 7.5, "barely"),
    model("marvis-250m", "Marvis 250M v0.2: smaller and faster than CSM-1B", 1.3, 2, "well", 1.3),
    model("marvis-250m-4bit", "Marvis 250M v0.2 in 4 bits", 0.5, 1, "well"),
    model("step-audio-2-mini", "Step-Audio 2 mini: hears English, Chinese and more", 16.6, 18, "no"),
    { id: "mine", about: "", licence: "", gated: false, size: null, memory: null, runs: "unknown", can_speak: true, can_hear: true, disk: 0.4 },
  ],
  speaks: "marvis-250m",
  hears: null,
  memory: 16,
  login: false,
  keys: [
    { does: "speak", key: "⌃⌥S", usual: true },
    { does: "queue", key: "⌃⌥⇧X", usual: false },
  ],
  speakers: ["Built-in speakers", "Headset with a long name, third of its kind"],
  microphones: ["Built-in microphone", "Headset with a long name, third of its kind"],
  speaker: "Headset with a long name, third of its kind",
  microphone: null,
};
const bare: SettingsPage = { ...page, keep: false, days: null, kept: 0, words: [], keys: page.keys.map((one) => ({ ...one, key: null })), speakers: [], speaker: "Headset", models: page.models.map((one) => ({ ...one, disk: null })).slice(0, 3), microphones: [] };
const problem = { kind: "bad-input", message: 'the respelling of "x" holds \'2\'', hint: "Only letters are said." };
const folders = [
  { name: "Memos", within: "Music", there: true },
  { name: "a folder with a name that is far too long for one line of this window, and then some", within: "media", there: false },
];
const programs = [
  { app: "org.example.reader", name: "Reader", voice: "Anna" },
  { app: "org.example.mail", name: "A program with a name that is far too long for one line of this window, and then some", voice: null },
];
const tabs = ["General", "Speech", "Listening", "Models", "Shortcuts", "Privacy"];

/** What there is to show, and on which tabs. */
const states: Record<string, [Partial<Snapshot>, Answers, string[]]> = {
  full: [{}, { settings: page, watched_folders: folders, voices_for: programs }, tabs],
  empty: [{}, { settings: bare, watched_folders: [], voices_for: [] }, tabs],
  busy: [{ fetching: { id: "marvis-250m-4bit", progress: 0.3, seconds_left: 140 } }, { settings: page }, ["Models"]],
  error: [{ problem }, { settings: page }, ["Speech", "Shortcuts"]],
  damaged: [{}, { settings: { ...page, words: [], words_problem: problem } }, ["Speech"]],
};

async function open(page: Page, [snapshot, answers]: [Partial<Snapshot>, Answers, string[]], tab: string) {
  await played(page, snapshot, answers);
  await page.goto("/settings.html");
  await page.getByRole("tab", { name: tab }).click();
}

test.use({ viewport: { width: 640, height: 520 } });

for (const scheme of ["light", "dark"] as const) {
  for (const [name, state] of Object.entries(states)) {
    for (const tab of state[2]) {
      test(`settings ${name}, ${tab}, ${scheme}`, async ({ page }) => {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await open(page, state, tab);
        await page.screenshot({ path: `looks/out/settings-${tab.toLowerCase()}-${name}-${scheme}.png` });
        await sound(page);
      });
    }
  }
}

test("at twice the text size nothing is lost", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 260 });
  for (const tab of tabs) {
    await open(page, states.full ?? [{}, {}, []], tab);
    await page.screenshot({ path: `looks/out/settings-${tab.toLowerCase()}-large-light.png` });
    await sound(page);
  }
});

test("arrows go from tab to tab", async ({ page }) => {
  await open(page, states.full ?? [{}, {}, []], "General");
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("tab", { name: "Privacy" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Speech" })).toHaveAttribute("aria-selected", "true");
});
