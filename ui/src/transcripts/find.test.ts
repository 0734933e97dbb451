import { expect, test } from "vitest";
import { places } from "./find";

test("every place is found, whatever its case", () => {
  expect(places(["Rain and rain", "no", "RAIN"], " rain ")).toEqual([
    { passage: 0, at: 0 },
    { passage: 0, at: 9 },
    { passage: 2, at: 0 },
  ]);
});

test("nothing is nowhere, and signs are only signs", () => {
  expect(places(["a.c abc"], "  ")).toEqual([]);
  expect(places(["a.c abc"], "a.c")).toEqual([{ passage: 0, at: 0 }]);
});
