/** Plays the app for a page in a browser: hands it its files under the app's own content policy, answers its calls and sends one
    snapshot through the channel it opens. No server and no port, so that runs cannot disturb each other. */
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import type { Snapshot } from "../src/lib/bindings";
import { idle } from "../src/lib/testing/idle";

/** What calls are answered with, by command; a `Problem` under `refused` is thrown. Everything else gets null. */
export type Answers = Record<string, unknown>;

/** As the app gives it to its pages. */
const policy = Object.entries<string>(JSON.parse(readFileSync("../tauri.conf.json", "utf8")).app.security.csp)
  .map(([directive, sources]) => `${directive} ${sources}`)
  .join("; ");

export async function played(page: Page, snapshot: Partial<Snapshot>, answers: Answers = {}) {
  await page.route("**/*", (route) =>
    route.fulfill({ path: `dist${new URL(route.request().url()).pathname}`, headers: { "content-security-policy": policy } }),
  );
  await page.addInitScript(
    ({ state, answers }) => {
      const callbacks = new Map<number, (data: unknown) => void>();
      let last = 0;
      Object.assign(window, {
        __TAURI_INTERNALS__: {
          transformCallback(callback: (data: unknown) => void) {
            callbacks.set((last += 1), callback);
            return last;
          },
          async invoke(command: string, args: { channel?: { id: number } }) {
            if (command === "watch") callbacks.get(args.channel?.id ?? 0)?.({ index: 0, message: state });
            const answer = answers[command];
            if (typeof answer === "object" && answer !== null && "refused" in answer) throw answer.refused;
            return answer ?? null;
          },
        },
      });
    },
    { state: { ...idle, voice: "low", ...snapshot }, answers },
  );
}

/** Nothing is lost sideways, and it reads aloud well. */
export async function sound(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  // A thousand rows are alike, and would be looked at one by one.
  await page.evaluate(() => document.querySelectorAll("li:nth-child(n + 20)").forEach((row) => row.remove()));
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}
