import { expect, test } from "vitest";
import { asProblem } from "./problem";
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
