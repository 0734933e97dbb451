import { fireEvent, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { Reading, WelcomePage } from "../lib/bindings";
import { until } from "../lib/patience";
import { strings } from "../lib/strings";
import { button, stage } from "../lib/testing/stage";
import Welcome from "./Welcome.svelte";

const words = strings.welcome;
const page: WelcomePage = { keys: [{ does: "speak", key: "Ctrl+Alt+S", usual: true }], voice: "pocket-low", asks: false };
const refusal = { kind: "no_permission", message: "it may not yet", hint: "Switch it on." };
const reading = (state: Reading["state"]): Reading => ({ sentences: ["One."], current: 0, state });

const { answers, refused, called, tell, shown } = stage({
  page: Welcome,
  ready: "window_ready",
  start: { settings: 1 },
  answers: { welcome: page },
  refusal,
});

const title = () => screen.getByRole("heading", { level: 1 }).textContent;

async function on(name: string, heading: string | undefined) {
  await fireEvent.click(button(name));
  await until(() => expect(title()).toBe(heading));
}

test("nothing sounds before it is asked for, and then the built-in voice speaks", async () => {
  await shown();
  expect(title()).toBe(words.titles.hear);
  expect(called("try_voice")).toEqual([]);
  await fireEvent.click(button(words.hear));
  expect(called("try_voice")).toEqual([{ id: "pocket-low", text: words.hello }]);
  await tell({ reading: reading("speaking") });
  await fireEvent.click(button(words.stop));
  expect(called("transport")).toEqual([{ action: "stop" }]);
  await tell({ reading: reading("finished") });
  expect(button(words.hearAgain)).toBeTruthy();
  await on(words.next, words.titles.key);
});

test("every step can be skipped, gone back from, and left with Escape", async () => {
  await shown();
  await on(words.skip, words.titles.key);
  expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
  await on(words.skip, words.titles.microphone);
  expect(screen.getByText(words.step(3))).toBeTruthy();
  await on(words.back, words.titles.key);
  await on(words.skip, words.titles.microphone);
  await fireEvent.click(button(words.done));
  await until(() => expect(called("close_window")).toHaveLength(1));
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("close_window")).toHaveLength(2);
});

test("the key is tried on the sample, and another can be pressed", async () => {
  await shown();
  await on(words.skip, words.titles.key);
  expect(screen.getByText(words.keyWhy("Ctrl+Alt+S"))).toBeTruthy();
  expect(screen.queryByText(words.keyWorked)).toBeNull();
  await tell({ reading: reading("speaking") });
  expect(await screen.findByText(words.keyWorked)).toBeTruthy();
  const name = strings.keys.does.speak ?? "";
  const change = button(strings.keys.change(name));
  await fireEvent.click(change);
  await until(() => expect(change.textContent?.trim()).toBe(strings.keys.press));
  await fireEvent.keyDown(change, { key: "y", code: "KeyY", altKey: true });
  await until(() => expect(called("listen_for_key").at(-1)).toEqual({ on: false }));
  expect(called("set_key")).toEqual([{ does: "speak", key: "alt+y" }]);
});

test("what a Mac asks for comes one at a time, and a no is told with what to do", async () => {
  answers.welcome = { ...page, asks: true };
  await shown();
  await on(words.skip, words.titles.key);
  await on(words.skip, words.titles.selection);
  refused.add("check_selection");
  await fireEvent.click(button(words.ask));
  expect(await screen.findByText(refusal.hint)).toBeTruthy();
  expect(screen.queryByText(words.selectionWorks)).toBeNull();
  refused.clear();
  await fireEvent.click(button(words.ask));
  expect(await screen.findByText(words.selectionWorks)).toBeTruthy();
  await on(words.next, words.titles.microphone);
  expect(screen.getByText(words.step(3))).toBeTruthy();
});

test("the microphone is heard only when asked for, and let go with the step", async () => {
  await shown();
  await on(words.skip, words.titles.key);
  await on(words.skip, words.titles.microphone);
  expect(called("check_microphone")).toEqual([]);
  await fireEvent.click(button(words.check));
  expect(called("check_microphone")).toHaveLength(1);
  const recording = { purpose: "check" as const, seconds: 1, level: 0.1, clipped: false, silent: false };
  await tell({ recording: { ...recording, silent: true } });
  expect(await screen.findByText(strings.recording.silent)).toBeTruthy();
  await tell({ recording });
  expect(await screen.findByText(words.saySomething)).toBeTruthy();
  await tell({ recording: { ...recording, level: 0.7 } });
  await tell({ recording });
  expect(await screen.findByText(words.hearsYou)).toBeTruthy();
  await on(words.back, words.titles.key);
  expect(called("stop_recording")).toHaveLength(1);
});
