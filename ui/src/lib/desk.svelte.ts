/** The app's state as this page sees it: the last snapshot, and what a call of its own ran into. */
import { Channel } from "@tauri-apps/api/core";
import { commands, type Problem, type Snapshot } from "./bindings";
import { asProblem } from "./problem";

export class Desk {
  snapshot = $state.raw<Snapshot>();
  /** Of a call that was refused; the app's own problems come with the snapshot. */
  refusal = $state<Problem>();

  get problem(): Problem | undefined {
    return this.refusal ?? this.snapshot?.problem ?? undefined;
  }

  /** Asks to be told of every change, from now on. */
  async watch() {
    const channel = new Channel<Snapshot>((snapshot) => (this.snapshot = snapshot));
    await this.attempt(() => commands.watch(channel));
  }

  /** The page is drawn. What `watch` ran into stays on it, so this is no attempt that went well. */
  async ready() {
    await commands.popoverReady().catch((reason: unknown) => (this.refusal = asProblem(reason)));
  }

  /** The same in any other window. */
  async windowReady() {
    await commands.windowReady().catch((reason: unknown) => (this.refusal = asProblem(reason)));
  }

  /** Calls the app; a refusal is shown instead of lost. Says whether it went well. */
  async attempt(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      this.refusal = undefined;
      return true;
    } catch (reason) {
      this.refusal = asProblem(reason);
      return false;
    }
  }

  async dismiss() {
    this.refusal = undefined;
    if (this.snapshot?.problem) await this.attempt(commands.dismissProblem);
  }
}
