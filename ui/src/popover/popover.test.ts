import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import { strings } from "../lib/strings";
import Popover from "./Popover.svelte";

const words = strings.popover;
const about = { app: "1.2.3", engine: "4.5.6", web_view: null };

/** Answers the page's calls and lists them in order. */
function backend(answers: Record<string, () => unknown> = {}) {
  const calls: string[] = [];
  mockIPC((command) => {
    calls.push(command);
    return (answers[command] ?? (() => (command === "about" ? about : null)))();
  });
  return calls;
}

const refusal = { kind: "system", message: "the window system refused", hint: "Start it again." };
const refuse = () => {
  throw refusal;
};

afterEach(async () => {
  cleanup();
  await tick();
  clearMocks();
});

test("shows the versions it was told, and only those", async () => {
  backend();
  render(Popover);
  expect(await screen.findByText("1.2.3")).toBeTruthy();
  expect(screen.getByText("4.5.6")).toBeTruthy();
  expect(screen.queryByText(words.webView)).toBeNull();
});

test("says that it is ready after it has something to show", async () => {
  const calls = backend();
  render(Popover);
  await vi.waitFor(() => expect(calls).toEqual(["about", "popover_ready"]));
});

test("is shown even when the versions cannot be had, with a way on", async () => {
  const answers: Record<string, () => unknown> = { about: refuse };
  const calls = backend(answers);
  render(Popover);
  expect(await screen.findByText(refusal.message)).toBeTruthy();
  expect(screen.getByText(refusal.hint)).toBeTruthy();
  await vi.waitFor(() => expect(calls).toContain("popover_ready"));

  delete answers.about;
  await fireEvent.click(screen.getByText(strings.problem.retry));
  expect(await screen.findByText("1.2.3")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("Escape closes it, the button quits", async () => {
  const calls = backend();
  render(Popover);
  await screen.findByText("1.2.3");
  await fireEvent.keyDown(window, { key: "Escape" });
  await fireEvent.keyDown(window, { key: "a" });
  await fireEvent.click(screen.getByRole("button", { name: words.quit }));
  expect(calls.filter((call) => call !== "about" && call !== "popover_ready")).toEqual(["hide_popover", "quit"]);
});
