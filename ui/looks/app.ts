/** Plays the app for a page in a browser: answers its calls and sends one snapshot through the channel it opens. */
import type { Page } from "@playwright/test";
import type { Snapshot } from "../src/lib/bindings";

export const idle: Snapshot = {
  reading: null,
  jobs: [],
  unfinished: [],
  recent: [],
  transcripts: 0,
  showing: null,
  tape: null,
  over: null,
  voices: [],
  voice: "low",
  speed: 1,
  problem: null,
};

/** What calls are answered with, by command; a `Problem` under `refused` is thrown. Everything else gets null. */
export type Answers = Record<string, unknown>;

export async function played(page: Page, snapshot: Partial<Snapshot>, answers: Answers = {}) {
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
    { state: { ...idle, ...snapshot }, answers },
  );
}
