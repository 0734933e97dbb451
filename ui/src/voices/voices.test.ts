import { fireEvent, screen, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { VoiceCard } from "../lib/bindings";
import { until } from "../lib/patience";
import { strings } from "../lib/strings";
import { button, stage } from "../lib/testing/stage";
import Voices from "./Voices.svelte";

const words = strings.voices;
const vouched = { why: "own" as const, statement: "Mine.", date: "2026-11-20" };
const low: VoiceCard = { id: "low", name: "Pocket Low", built_in: true, created: "2026-11-21", source: "bundled", recordings: [], vouched, problem: null };
const anna: VoiceCard = {
  ...low,
  id: "anna",
  name: "Anna",
  built_in: false,
  source: "file",
  recordings: [{ transcript: "Good night.", seconds: 5, guessed: true }],
};
const refusal = { kind: "bad-input", message: "there is a voice of this name already", hint: "Choose another name." };
const bert: VoiceCard = { ...anna, id: "bert", name: "Bert", vouched: null, problem: refusal };
const take = { id: 4, name: "a.wav", transcript: "Good morning.", health: { verdict: "good" as const, findings: [], seconds: 9 } };

const { answers, refused, called, tell, shown } = stage({
  page: Voices,
  ready: "window_ready",
  start: { cast: 1, voice: "low" },
  answers: { voices: [low, anna, bert], takes: [], voice_health: [{ verdict: "usable", findings: ["It is short."], seconds: 5 }] },
  refusal,
});

test("the voice that reads is shown first, and another when it is looked at", async () => {
  await shown();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Pocket Low");
  expect(screen.queryByRole("button", { name: words.remove })).toBeNull();
  await fireEvent.click(button(/^Anna/));
  expect(called("show_voice")).toEqual([{ id: "anna" }]);
  await tell({ voice_shown: "anna" });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Anna");
  expect(await screen.findByText("It is short.")).toBeTruthy();
  expect(called("voice_health").at(-1)).toEqual({ id: "anna" });
});

test("a sentence is heard in a voice, and the voice chosen to read", async () => {
  await shown({ voice_shown: "anna" });
  await fireEvent.input(screen.getByRole("textbox", { name: words.try }), { target: { value: "Hello." } });
  await fireEvent.click(button(words.hear));
  expect(called("try_voice")).toEqual([{ id: "anna", text: "Hello." }]);
  await tell({ voice_shown: "anna", reading: { sentences: ["Hello."], current: 0, state: "speaking" } });
  await fireEvent.click(button(strings.popover.stop));
  expect(called("transport")).toEqual([{ action: "stop" }]);
  await fireEvent.click(button(words.choose));
  expect(called("set_voice")).toEqual([{ id: "anna" }]);
});

test("a voice is given to the program whose text was spoken, and taken away again", async () => {
  const app = { id: "org.example.reader", name: "Reader", voice: null };
  await shown({ voice_shown: "anna" });
  expect(screen.queryByRole("button", { name: words.useIn("Reader") })).toBeNull();
  await tell({ voice_shown: "anna", app });
  await fireEvent.click(button(words.useIn("Reader")));
  expect(called("set_voice_for")).toEqual([{ app: app.id, voice: "anna" }]);
  expect(await screen.findByText(words.usedIn("Anna", "Reader"))).toBeTruthy();
  await tell({ voice_shown: "anna", app: { ...app, voice: "anna" } });
  expect(button(words.useIn("Reader")).getAttribute("aria-pressed")).toBe("true");
  await fireEvent.click(button(words.useIn("Reader")));
  expect(called("set_voice_for").at(-1)).toEqual({ app: app.id, voice: null });
  await fireEvent.click(await screen.findByRole("button", { name: strings.undo }));
  expect(called("set_voice_for").at(-1)).toEqual({ app: app.id, voice: "anna" });
});

test("nothing is heard in a voice before somebody has said why it may be", async () => {
  await shown({ voice_shown: "bert" });
  expect(screen.queryByRole("button", { name: words.hear })).toBeNull();
  const statement = screen.getByRole<HTMLInputElement>("textbox", { name: words.statement });
  expect(statement.value).toBe(words.statements.own);
  await fireEvent.click(screen.getByRole("radio", { name: words.reasons.licensed }));
  expect(statement.value).toBe(words.statements.licensed);
  await fireEvent.input(statement, { target: { value: "CC0, by Bert." } });
  await fireEvent.click(screen.getByRole("radio", { name: words.reasons.permission }));
  expect(statement.value).toBe("CC0, by Bert.");
  await fireEvent.click(button(words.vouch));
  expect(called("vouch")).toEqual([{ id: "bert", why: "permission", statement: "CC0, by Bert." }]);
});

test("name and words are changed where they stand, and changed back", async () => {
  await shown({ voice_shown: "anna" });
  const name = screen.getByRole<HTMLInputElement>("textbox", { name: words.name });
  await fireEvent.blur(name);
  expect(called("rename_voice")).toEqual([]);
  name.value = " Anne ";
  await fireEvent.blur(name);
  expect(called("rename_voice")).toEqual([{ id: "anna", name: "Anne" }]);
  await fireEvent.click(await screen.findByRole("button", { name: strings.undo }));
  await until(() => expect(called("rename_voice").at(-1)).toEqual({ id: "anna", name: "Anna" }));
  const field = screen.getByRole("textbox", { name: words.wordsOf(1) });
  field.textContent = "Good day.";
  await fireEvent.blur(field);
  expect(called("correct_recording")).toEqual([{ id: "anna", recording: 0, transcript: "Good day." }]);
});

test("a voice is copied, exported, and taken away with a way back", async () => {
  answers.voices = [low, anna, { ...anna, id: "copy", name: words.copyOf("Anna", 1) }];
  await shown({ voice_shown: "anna" });
  await fireEvent.click(button(words.duplicate));
  expect(called("duplicate_voice")).toEqual([{ id: "anna", name: words.copyOf("Anna", 2) }]);
  answers.export_voice = "Anna.mynavoice";
  await fireEvent.click(button(words.save));
  expect(await screen.findByText(strings.transcripts.saved("Anna.mynavoice"))).toBeTruthy();
  await fireEvent.click(button(words.import));
  expect(called("import_voices")).toHaveLength(1);
  await fireEvent.keyDown(window, { key: "Delete" });
  expect(called("remove_voice")).toEqual([{ id: "anna" }]);
  await fireEvent.click(await screen.findByRole("button", { name: strings.undo }));
  await until(() => expect(called("restore_voice")).toEqual([{ id: "anna" }]));
});

test("a voice is made of recordings, their words, a name and a reason", async () => {
  await shown();
  await fireEvent.click(button(words.new));
  expect(button(words.make)).toHaveProperty("disabled", true);
  await fireEvent.click(button(words.chooseRecordings));
  expect(called("choose_takes")).toHaveLength(1);
  await fireEvent.click(button(words.record));
  expect(called("start_recording")).toEqual([{ words: words.script }]);
  await tell({ recording: { purpose: "voice", seconds: 3, level: 0.5, clipped: false, silent: true } });
  expect(screen.getByText(strings.recording.silent)).toBeTruthy();
  await fireEvent.click(button(strings.recording.stop));
  expect(called("stop_recording")).toHaveLength(1);

  answers.takes = [{ ...take, transcript: "" }];
  await tell({ cast: 2 });
  const field = await screen.findByRole("textbox", { name: words.wordsIn("a.wav") });
  field.textContent = "Good morning.";
  await fireEvent.blur(field);
  expect(called("describe_take")).toEqual([{ id: 4, transcript: "Good morning." }]);
  await fireEvent.input(screen.getByRole("textbox", { name: words.name }), { target: { value: "Carla" } });
  expect(button(words.make)).toHaveProperty("disabled", true);
  answers.takes = [take];
  await tell({ cast: 3 });
  await until(() => expect(button(words.make)).toHaveProperty("disabled", false));
  await fireEvent.click(button(words.make));
  expect(called("make_voice")).toEqual([{ name: "Carla", why: "own", statement: words.statements.own, anyway: false }]);
});

test("a refusal leaves everything as it was typed", async () => {
  refused.add("make_voice");
  answers.takes = [take];
  await shown();
  const name = await screen.findByRole<HTMLInputElement>("textbox", { name: words.name });
  await fireEvent.input(name, { target: { value: "Anna" } });
  await fireEvent.click(button(words.make));
  expect(await screen.findByText(refusal.message)).toBeTruthy();
  expect(name.value).toBe("Anna");
  await fireEvent.click(button(words.dropTake("a.wav")));
  expect(called("drop_take")).toEqual([{ id: 4 }]);
});

test("Escape stops what runs, then closes; arrows go through the list", async () => {
  await shown({ reading: { sentences: ["x"], current: 0, state: "speaking" } });
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("transport")).toEqual([{ action: "stop" }]);
  await tell({});
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("close_window")).toHaveLength(1);
  const list = screen.getByRole("list", { name: words.title });
  expect(within(list).getAllByRole("button")).toHaveLength(3);
  await fireEvent.keyDown(list, { key: "End" });
  expect(called("show_voice")).toEqual([{ id: "bert" }]);
});

test("a voice's own recordings are played and stopped", async () => {
  await shown({ voice_shown: "anna" });
  await fireEvent.click(button(words.playRecording(1)));
  expect(called("play_recording")).toEqual([{ id: "anna", recording: 0 }]);
  await tell({ voice_shown: "anna", sample: { voice: "anna", recording: 0 } });
  await fireEvent.click(button(strings.popover.stop));
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("tape")).toEqual([{ action: "stop" }, { action: "stop" }]);
});
