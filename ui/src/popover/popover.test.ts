import { fireEvent, screen, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { Reading } from "../lib/bindings";
import { until } from "../lib/patience";
import { strings } from "../lib/strings";
import { button, stage } from "../lib/testing/stage";
import Popover from "./Popover.svelte";

const words = strings.popover;
const reading: Reading = { sentences: ["One thing. ", "Then another. ", "The end."], current: 1, state: "speaking" };
const voices = [
  { id: "low", name: "Pocket low", built_in: true },
  { id: "high", name: "Pocket high", built_in: true },
  { id: "anna", name: "Anna", built_in: false },
];
const refusal = { kind: "system", message: "the window system refused", hint: "Start it again." };

const { calls, refused, called, tell, shown } = stage({ page: Popover, ready: "popover_ready", refusal });

test("says that it is ready only after it was told the state", async () => {
  await shown();
  expect(calls.map(([name]) => name)).toEqual(["watch", "popover_ready"]);
  expect(screen.getByRole("status").textContent).toBe(words.idle);
});

test("appears even when the state cannot be had, and says why", async () => {
  refused.add("watch");
  await shown();
  expect(screen.getByText(refusal.message)).toBeTruthy();
  expect(screen.getByText(refusal.hint)).toBeTruthy();
});

test("Return speaks what is typed, Shift-Return does not, blanks are nothing to say", async () => {
  await shown();
  const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: words.field });
  expect(button(words.speak)).toHaveProperty("disabled", true);
  await fireEvent.input(field, { target: { value: "  \n" } });
  await fireEvent.keyDown(field, { key: "Enter" });
  await fireEvent.input(field, { target: { value: "Read this." } });
  await fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
  expect(called("speak")).toEqual([]);
  await fireEvent.keyDown(field, { key: "Enter" });
  expect(called("speak")).toEqual([{ text: "Read this." }]);
  await until(() => expect(field.value).toBe(""));
});

test("keeps the text when speaking is refused", async () => {
  refused.add("speak");
  await shown();
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  await fireEvent.input(field, { target: { value: "Keep me." } });
  await fireEvent.click(button(words.speak));
  expect(await screen.findByText(refusal.message)).toBeTruthy();
  expect(field.value).toBe("Keep me.");
  await fireEvent.click(button(strings.problem.dismiss));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("marks the sentence that sounds, and goes to the one that is clicked", async () => {
  await shown({ reading });
  const text = screen.getByRole("region", { name: words.reader });
  const sentences = within(text).getAllByRole("button");
  expect(sentences.map((one) => one.textContent)).toEqual(reading.sentences);
  expect(sentences.map((one) => one.getAttribute("aria-current"))).toEqual([null, "true", null]);
  await fireEvent.click(sentences[2]!);
  expect(called("go_to")).toEqual([{ sentence: 2 }]);
  await tell({ reading: { ...reading, current: 2, state: "finished" } });
  expect(within(text).getAllByRole("button").every((one) => !one.hasAttribute("aria-current"))).toBe(true);
});

test("the buttons follow the state", async () => {
  await shown({ reading });
  for (const [name, action] of [[words.pause, "pause"], [words.previous, "previous"], [words.next, "next"], [words.stop, "stop"]] as const) {
    await fireEvent.click(button(name));
    expect(called("transport").at(-1)).toEqual({ action });
  }
  await tell({ reading: { ...reading, state: "paused", current: 0 } });
  expect(button(words.previous)).toHaveProperty("disabled", true);
  await fireEvent.click(button(words.play));
  expect(called("transport").at(-1)).toEqual({ action: "resume" });
  await tell({ reading: { ...reading, state: "finished", current: 2 } });
  expect(button(words.stop)).toHaveProperty("disabled", true);
  expect(button(words.replay)).toBeTruthy();
});

test("keys steer the reading, but not while one types", async () => {
  await shown({ reading });
  for (const key of ["ArrowLeft", "ArrowRight", " "]) await fireEvent.keyDown(window, { key });
  expect(called("transport").map(({ action }) => action)).toEqual(["previous", "next", "pause"]);
  const field = screen.getByRole("textbox");
  for (const key of ["ArrowLeft", " "]) await fireEvent.keyDown(field, { key });
  expect(called("transport")).toHaveLength(3);
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("hide_popover")).toHaveLength(1);
});

test("a voice is chosen by keyboard, and Escape leaves the popover open", async () => {
  await shown({ voices, voice: "low" });
  const choice = button(words.voice);
  await fireEvent.click(choice);
  const list = await screen.findByRole("listbox");
  expect(within(list).getAllByRole("option")[0]!.getAttribute("aria-selected")).toBe("true");
  expect(within(list).getAllByText(words.builtIn)).toHaveLength(2);
  await fireEvent.keyDown(list, { key: "Escape" });
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(called("hide_popover")).toEqual([]);

  await fireEvent.click(choice);
  await fireEvent.keyDown(await screen.findByRole("listbox"), { key: "a" });
  await fireEvent.keyDown(screen.getByRole("listbox"), { key: "Enter" });
  expect(called("set_voice")).toEqual([{ id: "anna" }]);
});

test("a speed is chosen", async () => {
  await shown({ reading, speed: 1 });
  await fireEvent.click(button(words.speed));
  await fireEvent.click(await screen.findByRole("option", { name: "1.5 ×" }));
  expect(called("set_speed")).toEqual([{ speed: 1.5 }]);
});

test("files show how far they are and can be cancelled", async () => {
  const jobs = [
    { id: 7, name: "talk.mp3", started: true, progress: 0.25, seconds_left: null, heard: "and so" },
    { id: 8, name: "next.wav", started: false, progress: null, seconds_left: null, heard: "" },
  ];
  await shown({ jobs });
  expect(screen.getByRole("status").textContent).toBe(words.listening(2));
  expect(screen.getByRole("progressbar", { name: words.progress("talk.mp3") })).toHaveProperty("value", 0.25);
  expect(screen.getByText("and so")).toBeTruthy();
  expect(screen.getByText(words.waiting)).toBeTruthy();
  await fireEvent.click(button(words.cancel("next.wav")));
  expect(called("cancel_job")).toEqual([{ id: 8 }]);
});

test("results can be spoken again and copied; silence is said plainly", async () => {
  await shown({
    recent: [
      { id: 3, kind: "heard", text: "hello there", name: "a.mp3", transcript: 9 },
      { id: 2, kind: "heard", text: "", name: "silence.wav", transcript: null },
    ],
  });
  expect(screen.getByText(words.nothingHeard)).toBeTruthy();
  expect(screen.getAllByRole("button", { name: new RegExp(`^${words.copy}`) })).toHaveLength(1);
  await fireEvent.click(button(`${words.copy}: hello there`));
  expect(called("copy")).toEqual([{ id: 3 }]);
  await fireEvent.click(button(`${words.paste}: hello there`));
  expect(called("paste")).toEqual([{ id: 3 }]);
  expect((await screen.findAllByText(words.copied)).length).toBeGreaterThan(0);
  await fireEvent.click(button(`${words.replay}: hello there`));
  expect(called("replay")).toEqual([{ id: 3 }]);
  expect(screen.getAllByRole("button", { name: new RegExp(`^${words.openTranscript}`) })).toHaveLength(1);
  await fireEvent.click(button(`${words.openTranscript}: a.mp3`));
  expect(called("show_transcript")).toEqual([{ id: 9 }]);
});

test("the window of transcripts opens where it was left", async () => {
  await shown({ showing: 4 });
  await fireEvent.click(button(words.transcripts));
  expect(called("show_transcript")).toEqual([{ id: 4 }]);
});

test("a problem of the app is shown until it is put away", async () => {
  await shown({ problem: refusal });
  expect(screen.getByRole("alert").textContent).toContain(refusal.message);
  await fireEvent.click(button(strings.problem.dismiss));
  expect(called("dismiss_problem")).toHaveLength(1);
});

test("the button quits", async () => {
  await shown();
  await fireEvent.click(button(words.quit));
  expect(called("quit")).toHaveLength(1);
});

test("is pinned and unpinned, and says which it is", async () => {
  await shown();
  expect(button(words.pin).getAttribute("aria-pressed")).toBe("false");
  await fireEvent.click(button(words.pin));
  await tell({ pinned: true });
  expect(button(words.pin).getAttribute("aria-pressed")).toBe("true");
  await fireEvent.click(button(words.pin));
  expect(called("pin_popover")).toEqual([{ pinned: true }, { pinned: false }]);
});

test("records to write it down, and shows how loud it is", async () => {
  await shown();
  await fireEvent.click(button(words.record));
  expect(called("record")).toHaveLength(1);
  const recording = { purpose: "words" as const, seconds: 65, level: 0.5, clipped: false, silent: false };
  await tell({ recording });
  expect(screen.getByText(words.recording)).toBeTruthy();
  expect(screen.getByText("1 min")).toBeTruthy();
  expect(button(words.record)).toHaveProperty("disabled", true);
  await tell({ recording: { ...recording, silent: true } });
  expect(screen.getByText(strings.recording.silent)).toBeTruthy();
  await fireEvent.click(button(strings.recording.stop));
  expect(called("stop_dictation")).toHaveLength(1);
  await tell({ recording: { ...recording, purpose: "voice" } });
  expect(screen.queryByRole("button", { name: strings.recording.stop })).toBeNull();
});

test("a link's text is shown, and spoken only when somebody says so", async () => {
  await shown({ asked: { id: 7, text: "Bold <b>words</b>" } });
  expect(screen.getByText("Bold <b>words</b>")).toBeTruthy();
  expect(called("answer_link")).toEqual([]);
  const card = within(screen.getByRole("region", { name: words.asked }));
  await fireEvent.click(card.getByRole("button", { name: words.no }));
  await fireEvent.click(card.getByRole("button", { name: words.speak }));
  expect(called("answer_link")).toEqual([
    { id: 7, yes: false },
    { id: 7, yes: true },
  ]);
  await tell({});
  expect(screen.queryByText(words.asked)).toBeNull();
});
