import { fireEvent, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { SettingsPage } from "../lib/bindings";
import { until } from "../lib/patience";
import { strings } from "../lib/strings";
import { button, stage } from "../lib/testing/stage";
import Settings from "./Settings.svelte";

const words = strings.settings;
const model = { id: "small", about: "A small one", licence: "Apache-2.0", gated: false, size: 0.5, memory: 1, runs: "well" as const, disk: null };
const page: SettingsPage = {
  keep: true,
  days: 45,
  entries: null,
  kept: 3,
  words: [{ word: "GIF", said: "jif" }],
  models: [model, { ...model, id: "there", disk: 0.5 }, { ...model, id: "huge", runs: "no" }],
  memory: 16,
  keys: [{ key: "Ctrl+Alt+S", does: "speak" }],
  microphones: ["Desk microphone"],
};
const folders = [
  { name: "Memos", within: "Music", there: true },
  { name: "Stick", within: "media", there: false },
];
const refusal = { kind: "bad-input", message: "only letters are said", hint: "Write letters." };

const { refused, called, tell, shown: drawn } = stage({
  page: Settings,
  ready: "window_ready",
  start: { settings: 1 },
  answers: { settings: page, watched_folders: folders },
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
