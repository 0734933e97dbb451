/** For tests: how long to wait for what will come. Machines may be slow. */
import { configure } from "@testing-library/svelte";
import { vi } from "vitest";

const patience = 60_000;
configure({ asyncUtilTimeout: patience });

/** Until it holds. */
export const until = <T>(holds: () => T | Promise<T>) => vi.waitFor(holds, patience);
