import { expect, test } from "vitest";
import { clock, day, left, length } from "./time";

test("a place in a recording has hours only where there are any", () => {
  expect([0, 5.9, 65, 3599.9, 3723].map(clock)).toEqual(["0:00", "0:05", "1:05", "59:59", "1:02:03"]);
});

test("lengths are told in the unit that fits", () => {
  expect([0.2, 59.4, 59.6, 725, 3600, 3900].map(length)).toEqual(["0 s", "59 s", "1 min", "12 min", "1 h", "1 h 5 min"]);
});

test("what is left comes in steps, and is a moment at last", () => {
  expect([3, 12, 61, 4000].map(left)).toEqual(["A moment left", "20 s left", "1 min left", "1 h 7 min left"]);
});

test("a day is written as people write it, and nonsense is left alone", () => {
  document.documentElement.lang = "en";
  expect(["2026-11-21", "one day"].map(day)).toEqual(["Nov 21, 2026", "one day"]);
});
