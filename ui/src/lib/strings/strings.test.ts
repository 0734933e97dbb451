import { expect, test } from "vitest";
import { chosen } from ".";
import { de } from "./de";
import { en } from "./en";

test("takes the first wished language that there is, else English", () => {
  expect(chosen(["fr-FR", "de-AT", "en"])[1]).toBe(de);
  expect(chosen(["en-GB", "de"])[1]).toBe(en);
  expect(chosen(["fr"])).toEqual(["en", en]);
  expect(chosen([])).toEqual(["en", en]);
});

test("nothing is left empty in any language", () => {
  const texts = (table: object): unknown[] => Object.values(table).flatMap((v) => (typeof v === "object" ? texts(v) : [v]));
  for (const table of [en, de]) {
    for (const text of texts(table)) {
      const shown = typeof text === "function" ? text("x") : text;
      expect(String(shown).trim()).not.toBe("");
    }
  }
});
