import { fireEvent, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { SettingsPage } from "../lib/bindings";
import { until } from "../lib/patience";
import { strings } from "../lib/strings";
import { button, stage } from "../lib/testing/stage";
import Settings from "./Settings.svelte";

const words = strings.settings;
const model = { id: "small", about: "A small one", licence: "Apache-2.0", gated: false, size: 0.5, memory: 1, runs: "well" as const, can_speak: true, can_hear: false, disk: null };
const page: SettingsPage = {
  keep: true,
  days: 45,
  entries: null,
  kept: 3,
  words: [{ word: "GIF", said: "jif" }],
  words_problem: null,
  reading: [
    { kind: "url", set: "shorten", usual: "shorten", choices: ["speak", "shorten", "skip"] },
    { kind: "phone", set: "spell", usual: "speak", choices: ["speak", "skip"] },
  ],
  volume: 0.5,
  paste: false,
  models: [model, { ...model, id: "there", disk: 0.5 }, { ...model, id: "huge", runs: "no" }],
  speaks: null,
  hears: "deleted",
  memory: 16,
  login: false,
  keys: [
    { does: "speak", key: "Ctrl+Alt+S", usual: true },
    { does: "queue", key: null, usual: false },
  ],
  speakers: ["Desk speakers"],
  microphones: ["Desk microphone"],
  speaker: "Headset",
  microphone: null,
};
const folders = [
  { name: "Memos", within: "Music", there: true },
  { name: "Stick", within: "media", there: false },
];
const refusal = { kind: "bad-input", message: "only letters are said", hint: "Write letters." };

const { answers, refused, called, tell, shown: drawn } = stage({
  page: Settings,
  ready: "window_ready",
  start: { settings: 1, speed: 1.1 },
  answers: {
    settings: page,
    watched_folders: folders,
    voices_for: [
      { app: "org.example.reader", name: "Reader", voice: "Anna" },
      { app: "org.example.mail", name: "Mail", voice: null },
    ],
  },
  refusal,
});

async function shown(tab: string) {
  await drawn();
  await fireEvent.click(screen.getByRole("tab", { name: tab }));
}

test("the history is kept or not, and for how long", async () => {
  await shown(words.tabs.general);
  await fireEvent.click(screen.getByRole("switch", { name: words.keep }));
  expect(called("set_history")).toEqual([{ keep: false, days: 45, entries: null }]);
  await fireEvent.click(button(words.days));
  const names = (await screen.findAllByRole("option")).map((one) => one.textContent?.trim());
  expect(names).toContain(words.nDays(45));
  await fireEvent.click(screen.getByRole("option", { name: words.forever }));
  expect(called("set_history").at(-1)).toEqual({ keep: true, days: null, entries: null });
  await fireEvent.click(button(words.entries));
  await fireEvent.click(await screen.findByRole("option", { name: words.nEntries(1000) }));
  expect(called("set_history").at(-1)).toEqual({ keep: true, days: 45, entries: 1000 });
});

test("devices are chosen among those that there are, and one that is gone is said to be", async () => {
  await shown(words.tabs.general);
  await fireEvent.click(button(words.speaker));
  const names = (await screen.findAllByRole("option")).map((one) => one.textContent?.replace(/\s+/g, " ").trim());
  expect(names).toEqual([words.systems, "Desk speakers", `Headset ${words.unplugged}`]);
  await fireEvent.click(screen.getByRole("option", { name: words.systems }));
  expect(called("set_device")).toEqual([{ device: "speaker", name: null }]);
  await fireEvent.click(button(words.microphone));
  await fireEvent.click(await screen.findByRole("option", { name: "Desk microphone" }));
  expect(called("set_device").at(-1)).toEqual({ device: "microphone", name: "Desk microphone" });
});

const keys = strings.keys;
const speak = keys.does.speak ?? "";

test("a new key is pressed, and while the page listens no key does anything", async () => {
  await shown(words.tabs.shortcuts);
  expect(screen.getByText(keys.none)).toBeTruthy();
  const change = button(keys.change(speak));
  await fireEvent.click(change);
  await until(() => expect(change.textContent?.trim()).toBe(keys.press));
  expect(called("listen_for_key")).toEqual([{ on: true }]);
  await fireEvent.keyDown(change, { key: "Control", code: "ControlLeft", ctrlKey: true });
  expect(called("set_key")).toEqual([]);
  await fireEvent.keyDown(change, { key: "w", code: "KeyW", ctrlKey: true });
  await until(() => expect(called("listen_for_key")).toEqual([{ on: true }, { on: false }]));
  expect(called("set_key")).toEqual([{ does: "speak", key: "ctrl+w" }]);
  expect(called("close_window")).toEqual([]);
  expect(change.getAttribute("aria-label")).toBe(keys.change(speak));
});

test("Escape and leaving keep the old key, and the usual one comes back", async () => {
  await shown(words.tabs.shortcuts);
  const change = button(keys.change(speak));
  for (const leave of [() => fireEvent.keyDown(change, { key: "Escape", code: "Escape" }), () => fireEvent.blur(change)]) {
    const before = called("listen_for_key").length;
    await fireEvent.click(change);
    await until(() => expect(change.textContent?.trim()).toBe(keys.press));
    await leave();
    await until(() => expect(called("listen_for_key")).toHaveLength(before + 2));
  }
  expect([called("set_key"), called("close_window")]).toEqual([[], []]);
  await fireEvent.click(button(keys.usualFor(keys.does.queue ?? "")));
  expect(called("set_key")).toEqual([{ does: "queue", key: null }]);
});

test("a key that is refused is told, although the listening ends well", async () => {
  refused.add("set_key");
  await shown(words.tabs.shortcuts);
  const change = button(keys.change(speak));
  await fireEvent.click(change);
  await until(() => expect(change.textContent?.trim()).toBe(keys.press));
  await fireEvent.keyDown(change, { key: "x", code: "KeyX" });
  await until(() => expect(called("listen_for_key").at(-1)).toEqual({ on: false }));
  expect(await screen.findByText(refusal.message)).toBeTruthy();
});

test("how texts are read is chosen kind by kind, as fast and loud as wanted", async () => {
  await shown(words.tabs.speech);
  const options = async () => (await screen.findAllByRole("option")).map((one) => one.textContent?.replace(/\s+/g, " ").trim());
  await fireEvent.click(button(words.kinds.url?.[0] ?? ""));
  expect(await options()).toEqual([words.treatments.speak, `${words.treatments.shorten} ${words.usually}`, words.treatments.skip]);
  await fireEvent.click(screen.getByRole("option", { name: words.treatments.skip }));
  expect(called("set_reading")).toEqual([{ kind: "url", treatment: "skip" }]);
  await fireEvent.click(button(words.kinds.phone?.[0] ?? ""));
  expect(await options()).toContain(words.treatments.spell);
  await fireEvent.click(button(words.speed));
  expect(await options()).toContain("1.1 ×");
  await fireEvent.click(screen.getByRole("option", { name: "1.25 ×" }));
  expect(called("set_speed")).toEqual([{ speed: 1.25 }]);
  const volume = screen.getByRole<HTMLInputElement>("slider", { name: words.volume });
  expect(volume.value).toBe("50");
  await fireEvent.change(volume, { target: { value: "80" } });
  expect(called("set_volume")).toEqual([{ volume: 0.8 }]);
});

test("a damaged list of words is told where the words stand, and nothing can be lost in it", async () => {
  answers.settings = { ...page, words: [], words_problem: refusal };
  await shown(words.tabs.speech);
  expect(screen.getByText(refusal.message)).toBeTruthy();
  expect(screen.queryByRole("textbox", { name: words.word })).toBeNull();
});

test("the welcome is shown once more", async () => {
  await shown(words.tabs.general);
  await fireEvent.click(button(words.showWelcome));
  expect(called("show_welcome")).toHaveLength(1);
});

test("models that are here are chosen for what they can", async () => {
  await shown(words.tabs.models);
  const options = async () => (await screen.findAllByRole("option")).map((one) => one.textContent?.trim());
  expect(button(words.hears).textContent?.trim()).toBe("deleted");
  await fireEvent.click(button(words.hears));
  expect(await options()).toEqual([words.pocket]);
  await fireEvent.click(screen.getByRole("option", { name: words.pocket }));
  await fireEvent.click(button(words.speaks));
  expect(await options()).toEqual([words.pocket, "there"]);
  await fireEvent.click(screen.getByRole("option", { name: "there" }));
  expect(called("set_model")).toEqual([
    { part: "hear", id: null },
    { part: "speak", id: "there" },
  ]);
});

test("the start at login is switched, where the system has one", async () => {
  await shown(words.tabs.general);
  await fireEvent.click(screen.getByRole("switch", { name: words.login }));
  expect(called("set_login")).toEqual([{ on: true }]);
  answers.settings = { ...page, login: null };
  await tell({ settings: 2 });
  await until(() => expect(screen.queryByRole("switch", { name: words.login })).toBeNull());
});

test("words are added, changed, taken out and brought back", async () => {
  await shown(words.tabs.speech);
  const [word, said] = [screen.getByRole<HTMLInputElement>("textbox", { name: words.word }), screen.getByRole("textbox", { name: words.said })];
  await fireEvent.input(word, { target: { value: "Siobhan" } });
  expect(button(words.addWord)).toHaveProperty("disabled", true);
  await fireEvent.input(said, { target: { value: "shi vawn" } });
  await fireEvent.click(button(words.addWord));
  expect(called("set_word")).toEqual([{ word: "Siobhan", said: "shi vawn" }]);
  await until(() => expect(word.value).toBe(""));
  const field = screen.getByRole("textbox", { name: words.saidOf("GIF") });
  field.textContent = "gif";
  await fireEvent.blur(field);
  expect(called("set_word").at(-1)).toEqual({ word: "GIF", said: "gif" });
  await fireEvent.click(button(words.removeWord("GIF")));
  expect(called("set_word").at(-1)).toEqual({ word: "GIF", said: null });
  await fireEvent.click(await screen.findByRole("button", { name: strings.undo }));
  await until(() => expect(called("set_word").at(-1)).toEqual({ word: "GIF", said: "jif" }));
});

test("a word that is refused stays typed, and the reason is said", async () => {
  refused.add("set_word");
  await shown(words.tabs.speech);
  const word = screen.getByRole<HTMLInputElement>("textbox", { name: words.word });
  await fireEvent.input(word, { target: { value: "x" } });
  await fireEvent.input(screen.getByRole("textbox", { name: words.said }), { target: { value: "2" } });
  await fireEvent.click(button(words.addWord));
  expect(await screen.findByText(refusal.message)).toBeTruthy();
  expect(word.value).toBe("x");
});

test("models are fetched one at a time, stopped, and deleted only when asked twice", async () => {
  await shown(words.tabs.models);
  expect(button(words.fetchModel("huge"))).toHaveProperty("disabled", true);
  await fireEvent.click(button(words.fetchModel("small")));
  expect(called("fetch_model")).toEqual([{ id: "small" }]);
  await tell({ fetching: { id: "small", progress: 0.5, seconds_left: null } });
  expect(screen.getByRole("progressbar", { name: words.fetched("small") })).toHaveProperty("value", 0.5);
  await fireEvent.click(button(words.stopFetching("small")));
  expect(called("stop_fetching")).toHaveLength(1);
  await fireEvent.click(button(words.removeModel("there")));
  expect(called("remove_model")).toEqual([]);
  await fireEvent.click(button(words.keepIt));
  await fireEvent.click(button(words.removeModel("there")));
  await fireEvent.click(button(words.reallyRemove("there")));
  expect(called("remove_model")).toEqual([{ id: "there" }]);
});

test("what was set elsewhere shows, and Escape closes", async () => {
  await shown(words.tabs.shortcuts);
  expect(screen.getByText("Ctrl+Alt+S")).toBeTruthy();
  const before = called("settings").length;
  await tell({ settings: 2 });
  await until(() => expect(called("settings").length).toBeGreaterThan(before));
  await fireEvent.click(screen.getByRole("tab", { name: words.tabs.privacy }));
  expect(screen.getByText("Desk microphone")).toBeTruthy();
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(called("close_window")).toHaveLength(1);
});

test("what is said is pasted, where somebody switches that on", async () => {
  await shown(words.tabs.listening);
  await fireEvent.click(screen.getByRole("switch", { name: words.dictation }));
  expect(called("set_dictation")).toEqual([{ paste: true }]);
});

test("programs with a voice of their own are named, and one whose voice is gone is told", async () => {
  await shown(words.tabs.speech);
  expect(await screen.findByText("Reader")).toBeTruthy();
  expect(screen.getByText("Anna")).toBeTruthy();
  expect(screen.getByText(words.voiceGone)).toBeTruthy();
  await fireEvent.click(button(words.noVoiceFor("Mail")));
  expect(called("set_voice_for")).toEqual([{ app: "org.example.mail", voice: null }]);
  answers.voices_for = [];
  await tell({ settings: 2 });
  expect(await screen.findByText(words.noPrograms)).toBeTruthy();
});

test("watched folders are named, chosen, and watched no longer", async () => {
  await shown(words.tabs.listening);
  expect(await screen.findByText("Memos")).toBeTruthy();
  expect(screen.getByText(words.within("Music"))).toBeTruthy();
  expect(screen.getByText(words.folderGone)).toBeTruthy();
  await fireEvent.click(button(words.watchFolder));
  expect(called("watch_folder")).toHaveLength(1);
  await fireEvent.click(button(words.unwatch("Stick")));
  expect(called("unwatch_folder")).toEqual([{ at: 1, name: "Stick" }]);
  const asked = called("watched_folders").length;
  await tell({ settings: 2 });
  await until(() => expect(called("watched_folders").length).toBeGreaterThan(asked));
});
