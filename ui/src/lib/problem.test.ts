import { expect, test } from "vitest";
import { asProblem, beginsPlainly } from "./problem";
import { strings } from "./strings";

test("keeps what the app said", () => {
  const said = { kind: "no_window", message: "It is not there", hint: "Open it." };
  expect(asProblem(said)).toEqual(said);
});

test("turns anything else into a plain sentence", () => {
  for (const thrown of ["boom", undefined, 7, new Error("x"), { kind: "half" }]) {
    const problem = asProblem(thrown);
    expect(problem.kind).toBe("unknown");
    expect(problem.message).toBe(strings.problem.unknown);
  }
});

test("a message that begins with a name keeps it as it is", () => {
  for (const plain of ["the sound device stopped", "nothing", "élan is missing"]) expect(beginsPlainly(plain), plain).toBe(true);
  for (const name of ["holiday.mov: has no sound track", "/tmp/a.wav: is not there", "memo: is not there", "segment-1.wav: is broken", "a.wav", ""])
    expect(beginsPlainly(name), name).toBe(false);
});
