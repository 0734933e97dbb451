/** Plays the app for a page under test: answers its calls, lists them in order, and sends snapshots through the channel that
    the page opened. One stage a file, `const { … } = stage(…)` at its top; everything is as new before each test. */
import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { cleanup, render, screen } from "@testing-library/svelte";
import { type Component, tick } from "svelte";
import { afterEach, beforeEach, expect } from "vitest";
import type { Problem, Snapshot } from "../bindings";
import { until } from "../patience";
import { idle } from "./idle";

type Args = Record<string, unknown>;

interface Play {
  page: Component;
  /** The command with which the page says that it is drawn. */
  ready: string;
  /** What the page is told first, where that is not [`idle`]. */
  start?: Partial<Snapshot>;
  /** What calls are answered with, by command: a value, or what makes one of the arguments. Everything else gets null. */
  answers?: Args;
  /** With which those commands fail that are in `refused`. */
  refusal: Problem;
}

export function stage({ page, ready, start = {}, answers: given = {}, refusal }: Play) {
  const calls: [string, Args][] = [];
  const answers: Args = {};
  const refused = new Set<string>();
  let channel: { id: number } | undefined;
  let index = 0;

  const send = (message: Snapshot) => {
    const internals = (window as unknown as { __TAURI_INTERNALS__: { runCallback(id: number, data: unknown): void } }).__TAURI_INTERNALS__;
    if (channel) internals.runCallback(channel.id, { index: index++, message });
  };

  beforeEach(() => {
    calls.length = 0;
    refused.clear();
    for (const command of Object.keys(answers)) delete answers[command];
    Object.assign(answers, given);
    channel = undefined;
    index = 0;
    mockIPC((command, sent) => {
      const args = (sent ?? {}) as Args;
      calls.push([command, args]);
      if (refused.has(command)) throw refusal;
      if (command === "watch") {
        channel = args.channel as { id: number };
        send({ ...idle, ...start });
      }
      const answer = answers[command];
      return (typeof answer === "function" ? answer(args) : answer) ?? null;
    });
  });

  afterEach(async () => {
    cleanup();
    await tick();
    clearMocks();
  });

  /** What a command was called with, each time. */
  const called = (command: string) => calls.filter(([name]) => name === command).map(([, args]) => args);

  /** A snapshot reaches the page, and is drawn. */
  async function tell(snapshot: Partial<Snapshot>) {
    send({ ...idle, ...start, ...snapshot });
    await tick();
  }

  /** The page is drawn, has said so, and was told this. */
  async function shown(snapshot: Partial<Snapshot> = {}) {
    render(page);
    await until(() => expect(called(ready)).toHaveLength(1));
    await tell(snapshot);
  }

  return { calls, answers, refused, called, tell, shown };
}

export const button = (name: string | RegExp) => screen.getByRole("button", { name });
