import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import type { Snapshot } from "../src/lib/bindings";
import { played } from "./app";

const voices = [
  { id: "low", name: "Pocket low", built_in: true },
  { id: "high", name: "Pocket high", built_in: true },
  { id: "anna", name: "Anna from the second floor, recorded on a rainy Thursday in November", built_in: false },
];
const sentences = [
  "The kettle was on before anyone came down. ",
  "Outside, the first buses went by with their lights on. ",
  "She put the letter back into its envelope, and waited.",
];
const long = Array.from({ length: 40 }, (_, i) => `This is sentence number ${i + 1} of a text that goes on for a while. `);
const problem = {
  kind: "sound-device",
  message: "the sound device stopped: it takes no more sound",
  hint: "Check the device, then press play.",
};
const recent = (count: number): Snapshot["recent"] =>
  [
    { id: 1, kind: "heard" as const, text: "so what we agreed on Tuesday still stands", name: "meeting on tuesday, second part, final version 3.m4a", transcript: 4 },
    { id: 2, kind: "spoken" as const, text: sentences.join(""), name: null, transcript: null },
    { id: 3, kind: "heard" as const, text: "", name: "silence.wav", transcript: 5 },
  ].slice(0, count);

/** Every state that the popover has to carry. */
const states: Record<string, Partial<Snapshot>> = {
  empty: { voices },
  preparing: { voices, reading: { sentences, current: 0, state: "preparing" } },
  speaking: { voices, reading: { sentences, current: 1, state: "speaking" }, recent: recent(1) },
  full: {
    voices,
    voice: "anna",
    speed: 1.25,
    reading: { sentences: long, current: 23, state: "paused" },
    jobs: [
      { id: 1, name: "a lecture with a very long name that does not fit into any window of this width.mp3", started: true, progress: 0.4, seconds_left: 40, heard: "and that is why the second law holds" },
      { id: 2, name: "next.wav", started: false, progress: null, seconds_left: null, heard: "" },
    ],
    recent: recent(3),
    problem,
  },
  error: { voices, problem, reading: { sentences, current: 1, state: "paused" } },
  recording: { voices, pinned: true, recording: { purpose: "words", seconds: 65, level: 0.6, clipped: false, silent: false } },
  silent: { voices, recording: { purpose: "words", seconds: 2, level: 0, clipped: false, silent: true }, recent: recent(2) },
  asked: { voices, asked: { id: 1, text: long.join("") } },
  "right-to-left": { voices, reading: { sentences: ["مرحبا بالعالم. ", "هذه جملة ثانية."], current: 1, state: "speaking" } },
};

for (const scheme of ["light", "dark"] as const) {
  for (const [name, snapshot] of Object.entries(states)) {
    test(`${name}, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await played(page, snapshot);
      await page.goto("/popover.html");
      await expect(page.getByRole("heading", { name: "Myna" })).toBeVisible();
      if (snapshot.reading) await expect(page.locator("[aria-current=true]")).toBeInViewport();
      await page.screenshot({ path: `looks/out/popover-${name}-${scheme}.png` });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
    });
  }
}

test("the open list of voices reads well", async ({ page }) => {
  await played(page, { voices });
  await page.goto("/popover.html");
  await page.getByRole("button", { name: "Voice", exact: true }).click();
  await expect(page.getByRole("option")).toHaveCount(3);
  await page.screenshot({ path: "looks/out/popover-voices-light.png" });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
});

test("at twice the text size nothing is lost", async ({ page }) => {
  await played(page, states.speaking ?? {});
  await page.setViewportSize({ width: 180, height: 260 });
  await page.goto("/popover.html");
  await page.getByRole("button", { name: "Quit" }).scrollIntoViewIfNeeded();
  await expect(page.getByRole("button", { name: "Quit" })).toBeInViewport();
  await page.screenshot({ path: "looks/out/popover-large-light.png" });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
});

test("everything is reached by keyboard, in the order it is read", async ({ page }) => {
  await played(page, states.speaking ?? {});
  await page.goto("/popover.html");
  const names: string[] = [];
  for (let i = 0; i < 15; i += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
    if (names.includes(name)) break;
    names.push(name.trim());
  }
  expect(names.slice(0, 5)).toEqual(["Voice", "Keep it open", ...sentences.map((one) => one.trim())]);
  expect(names).toContain("Pause");
  expect(names).toContain("Type or paste to hear it");
});
