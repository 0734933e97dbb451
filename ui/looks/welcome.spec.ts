import { expect, type Page, test } from "@playwright/test";
import type { Recording, Snapshot, WelcomePage } from "../src/lib/bindings";
import { played, sound } from "./app";

const page: WelcomePage = { keys: [{ does: "speak", key: "⌃⌥S", usual: true }], voice: "pocket-low", asks: true };
const keyless: WelcomePage = { ...page, keys: [{ does: "speak", key: null, usual: false }], asks: false };
const reading: Snapshot["reading"] = { sentences: ["Hello."], current: 0, state: "speaking" };
const recording: Recording = { purpose: "check", seconds: 2, level: 0.6, clipped: false, silent: false };
const refused = { kind: "no_permission", message: "Myna may not read the selection of other programs yet", hint: "Open System Settings, Privacy & Security, Accessibility, and switch Myna on." };

/** What there is to show: how often it was gone on, the state, and what is pressed then. */
const states: Record<string, [number, Partial<Snapshot>, WelcomePage, string?]> = {
  hear: [0, {}, page],
  speaking: [0, { reading }, page],
  key: [1, {}, page],
  "key-works": [1, { reading }, page],
  keyless: [1, {}, keyless],
  selection: [2, {}, page],
  refused: [2, {}, page, "Ask"],
  microphone: [3, {}, page],
  listening: [3, { recording }, page],
  silent: [3, { recording: { ...recording, level: 0, silent: true } }, page],
};

async function open(target: Page, [on, snapshot, answer, press]: [number, Partial<Snapshot>, WelcomePage, string?]) {
  await played(target, snapshot, { welcome: answer, check_selection: { refused } });
  await target.goto("/welcome.html");
  for (let at = 0; at < on; at += 1) {
    const title = await target.getByRole("heading", { level: 1 }).textContent();
    await target.getByRole("button", { name: /^(Skip|Next)$/ }).click();
    await expect(target.getByRole("heading", { level: 1 })).not.toHaveText(title ?? "");
  }
  if (press) await target.getByRole("button", { name: press }).click();
}

test.use({ viewport: { width: 560, height: 460 } });

for (const scheme of ["light", "dark"] as const) {
  for (const [name, state] of Object.entries(states)) {
    test(`welcome ${name}, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await open(page, state);
      await page.screenshot({ path: `looks/out/welcome-${name}-${scheme}.png` });
      await sound(page);
    });
  }
}

test("at twice the text size nothing is lost", async ({ page }) => {
  await page.setViewportSize({ width: 280, height: 230 });
  for (const [name, state] of Object.entries(states)) {
    await open(page, state);
    await page.screenshot({ path: `looks/out/welcome-${name}-large-light.png` });
    await sound(page);
  }
});
