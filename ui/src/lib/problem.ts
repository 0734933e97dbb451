import type { Problem } from "./bindings";
import { strings } from "./strings";

/** Whatever a call rejects with, as something that can be shown. */
export function asProblem(reason: unknown): Problem {
  if (typeof reason === "object" && reason !== null && "kind" in reason && "message" in reason) {
    const { kind, message, hint } = reason as Record<string, unknown>;
    return { kind: String(kind), message: String(message), hint: typeof hint === "string" ? hint : "" };
  }
  return { kind: "unknown", message: strings.problem.unknown, hint: String(reason ?? "") };
}

/** Whether a message begins with a plain word, which takes a capital where it stands alone, and not with a name: a file is
    called what it is called. */
export const beginsPlainly = (message: string) => /^\p{Ll}[\p{L}’'-]*(\s|$)/u.test(message);
