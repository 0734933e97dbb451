import { expect, test } from "vitest";
import { combination } from "./combination";

const pressed = (init: KeyboardEventInit, mac = false) => combination(new KeyboardEvent("keydown", init), mac);

test("what is pressed is written as the app reads it", () => {
  expect(pressed({ key: "S", code: "KeyS", ctrlKey: true, altKey: true, shiftKey: true })).toBe("ctrl+alt+shift+s");
  expect(pressed({ key: "!", code: "Digit1", ctrlKey: true, shiftKey: true })).toBe("ctrl+shift+Digit1");
  expect(pressed({ key: "x", code: "KeyX" })).toBe("x");
  expect(pressed({ key: " ", code: "Space", metaKey: true })).toBe("super+Space");
  expect(pressed({ key: "Control", code: "ControlLeft", ctrlKey: true })).toBeUndefined();
});

test("elsewhere the printed letter counts, on a Mac the place of the key", () => {
  expect(pressed({ key: "z", code: "KeyY", ctrlKey: true })).toBe("ctrl+z");
  expect(pressed({ key: "z", code: "KeyY", ctrlKey: true }, true)).toBe("ctrl+KeyY");
  expect(pressed({ key: "ß", code: "KeyS", altKey: true }, true)).toBe("alt+KeyS");
});
