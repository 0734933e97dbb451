import { fireEvent, screen, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { TranscriptLine, TranscriptPage } from "../lib/bindings";
import { until } from "../lib/patience";
import { strings } from "../lib/strings";
import { button, stage } from "../lib/testing/stage";
import Transcripts from "./Transcripts.svelte";

const words = strings.transcripts;
const lines: TranscriptLine[] = [
  { id: 2, name: "b.wav", at: 2000, seconds: 9, excerpt: "second" },
  { id: 1, name: "a.wav", at: 1000, seconds: 5, excerpt: "first" },
];
const page = (id: number): TranscriptPage => ({
  id,
  name: `${id}.wav`,
  at: 1000,
  seconds: 9,
  speech: 8,
  uncertain: 0,
  failed: 0,
  passages: [
    { start: 0, end: 4, text: "one of them", doubt: "none" },
    { start: 5, end: 9, text: "two of them", doubt: "uncertain" },
  ],
  sound: true,
});
const refusal = { kind: "no_sound", message: "the recording is not where it was", hint: "Put it back." };

const { answers, refused, called, tell, shown } = stage({
  page: Transcripts,
  ready: "window_ready",
  answers: { transcripts: lines, transcript: ({ id }: { id: number }) => page(id) },
  refusal,
});
const heading = () => screen.findByRole("heading", { level: 1 });

test("the newest transcript is read unless another is looked at", async () => {
  await shown();
  expect((await heading()).textContent).toBe("2.wav");
  await tell({ showing: 1 });
  await until(() => expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("1.wav"));
  await fireEvent.click(button(/^b.wav/));
  expect(called("show_transcript")).toEqual([{ id: 2 }]);
  await fireEvent.keyDown(screen.getByRole("list", { name: words.list }), { key: "ArrowUp" });
  expect(called("show_transcript").at(-1)).toEqual({ id: 2 });
});

test("an empty window says what to do first", async () => {
  answers.transcripts = [];
  await shown();
  expect((await heading()).textContent).toBe(words.empty);
  await fireEvent.click(button(words.chooseFiles));
  await fireEvent.click(button(words.chooseFolder));
  await fireEvent.click(button(words.record));
  expect([called("choose_recordings").length, called("choose_folder").length, called("record").length]).toEqual([1, 1, 1]);
  await tell({ recording: { purpose: "words", seconds: 3, level: 0.5, clipped: true, silent: false } });
  expect(screen.getByText(strings.recording.clipped)).toBeTruthy();
  await fireEvent.click(button(strings.recording.stop));
  expect(called("stop_dictation")).toHaveLength(1);
});

test("the list is looked through, and read again when something was kept", async () => {
  await shown();
  await fireEvent.input(screen.getByRole("searchbox", { name: words.search }), { target: { value: "rain" } });
  await until(() => expect(called("transcripts").at(-1)).toEqual({ words: "rain" }));
  const before = called("transcripts").length;
  answers.transcripts = [];
  await tell({ transcripts: 1 });
  await until(() => expect(called("transcripts").length).toBeGreaterThan(before));
  expect(await screen.findByText(words.nothingFound)).toBeTruthy();
});

test("the queue shows how far it is, stops, tries again and puts away", async () => {
  await shown({
    jobs: [{ id: 7, name: "talk.mp3", started: true, progress: 0.5, seconds_left: 125, heard: "and so" }],
    unfinished: [{ id: 5, name: "bad.mov", problem: refusal }],
  });
  expect(screen.getByRole("progressbar", { name: words.progress("talk.mp3") })).toHaveProperty("value", 0.5);
  expect(screen.getAllByText(strings.time.left(strings.time.minutes(2))).length).toBeGreaterThan(0);
  expect((await screen.findByRole("region", { name: words.heardSoFar })).textContent).toBe("and so");
  await fireEvent.click(button(words.cancel("talk.mp3")));
  await fireEvent.click(button(words.retry("bad.mov")));
  await fireEvent.click(button(words.putAway("bad.mov")));
  expect([called("cancel_job"), called("retry_job"), called("forget_job")]).toEqual([[{ id: 7 }], [{ id: 5 }], [{ id: 5 }]]);
});

test("a time plays from there, and keys steer the sound", async () => {
  await shown({ showing: 2 });
  await heading();
  await fireEvent.click(await screen.findByRole("button", { name: words.playFrom("0:05") }));
  expect(called("play_passage")).toEqual([{ id: 2, passage: 1 }]);
  await tell({ showing: 2, tape: { transcript: 2, segment: 1, state: "speaking" } });
  const rows = screen.getAllByRole("listitem").filter((one) => one.getAttribute("aria-current") === "true");
  expect(rows.map((one) => within(one).getByRole("textbox").textContent)).toEqual(["two of them"]);
  for (const key of [" ", "ArrowLeft", "ArrowRight", "Escape"]) await fireEvent.keyDown(window, { key });
  expect(called("tape").map(({ action }) => action)).toEqual(["pause", "previous", "next", "stop"]);
  await tell({ showing: 2 });
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("close_window")).toHaveLength(1);
});

test("words are changed where they stand, and changed back", async () => {
  await shown({ showing: 2 });
  const field = await screen.findByRole("textbox", { name: words.passage("0:00") });
  expect(field.textContent).toBe("one of them");
  await fireEvent.focus(field);
  await fireEvent.blur(field);
  expect(called("correct_passage")).toEqual([]);
  field.textContent = "one of us";
  await fireEvent.blur(field);
  expect(called("correct_passage")).toEqual([{ id: 2, passage: 0, text: "one of us" }]);
  await fireEvent.click(await screen.findByRole("button", { name: strings.undo }));
  await until(() => expect(called("correct_passage").at(-1)).toEqual({ id: 2, passage: 0, text: "one of them" }));
});

test("a change that is refused leaves the words and says why", async () => {
  refused.add("correct_passage");
  await shown({ showing: 2 });
  const field = await screen.findByRole("textbox", { name: words.passage("0:00") });
  field.textContent = "one of us";
  await fireEvent.blur(field);
  expect(await screen.findByText(refusal.message)).toBeTruthy();
  expect(field.textContent).toBe("one of us");
});

test("a transcript is copied, exported in every format, and taken away with a way back", async () => {
  await shown({ showing: 2 });
  await heading();
  await fireEvent.keyDown(window, { key: "c", metaKey: true });
  expect(called("copy_transcript")).toEqual([{ id: 2 }]);
  answers.export_transcript = "2.srt";
  for (const format of ["txt", "srt", "vtt", "json", "md"] as const) {
    await fireEvent.keyDown(window, { key: "e", metaKey: true });
    await fireEvent.click(await screen.findByRole("menuitem", { name: new RegExp(`^${words.formats[format][0]}`) }));
    expect(called("export_transcript").at(-1)).toEqual({ id: 2, format });
  }
  expect(await screen.findByText(words.saved("2.srt"))).toBeTruthy();
  await fireEvent.keyDown(window, { key: "Delete" });
  expect(called("remove_transcript")).toEqual([{ id: 2 }]);
  expect(await screen.findByText(words.removed("2.wav"))).toBeTruthy();
  await fireEvent.keyDown(window, { key: "z", metaKey: true });
  await until(() => expect(called("restore_transcript")).toHaveLength(1));
});

test("a transcript is pasted where somebody was writing, or it is said why not", async () => {
  await shown({ showing: 2 });
  await heading();
  await fireEvent.click(button(strings.popover.paste));
  expect(called("paste_transcript")).toEqual([{ id: 2 }]);
  expect(await screen.findByText(strings.popover.pasted)).toBeTruthy();
  refused.add("paste_transcript");
  await fireEvent.click(button(strings.popover.paste));
  expect(await screen.findByText(refusal.message)).toBeTruthy();
  expect(screen.queryByText(strings.popover.pasted)).toBeNull();
});

test("keys are letters where one types", async () => {
  await shown({ showing: 2 });
  const field = await screen.findByRole("textbox", { name: words.passage("0:00") });
  for (const key of [" ", "Delete", "ArrowLeft"]) await fireEvent.keyDown(field, { key });
  expect([called("play_passage"), called("remove_transcript")]).toEqual([[], []]);
});

test("the recording is drawn, and played from where it is clicked", async () => {
  answers.waveform = [0, 0.5, 1];
  await shown();
  const wave = await screen.findByRole("slider", { name: words.wave });
  expect(called("waveform")).toEqual([{ id: 2, columns: 400 }]);
  expect(wave.querySelectorAll("rect")).toHaveLength(0);
  wave.getBoundingClientRect = () => ({ left: 100, width: 90 }) as DOMRect;
  await fireEvent.click(wave, { clientX: 180 });
  await fireEvent.click(wave, { clientX: 120 });
  await fireEvent.keyDown(wave, { key: "End" });
  await fireEvent.keyDown(wave, { key: "ArrowLeft" });
  expect(called("play_passage").map(({ passage }) => passage)).toEqual([1, 0, 1]);
  await tell({ tape: { transcript: 2, segment: 1, state: "speaking" } });
  expect(wave.getAttribute("aria-valuetext")).toBe("0:05");
  expect(wave.querySelectorAll("rect")).toHaveLength(1);
});
