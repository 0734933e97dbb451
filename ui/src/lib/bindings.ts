// Written by `./dev fixtures` from the types in src-tauri; do not edit.
import { type Channel, invoke } from "@tauri-apps/api/core";

export type Problem = { kind: string, message: string, hint: string, };

export type Pace = "preparing" | "speaking" | "paused" | "finished";

export type Reading = { 
/**
 * The text as it was given, cut where it is spoken: joined, the pieces are the text.
 */
sentences: Array<string>, 
/**
 * Which of them sounds.
 */
current: number, state: Pace, };

export type Job = { id: number, 
/**
 * The file's name without its folder.
 */
name: string, 
/**
 * Waiting until listening begins.
 */
started: boolean, 
/**
 * 0 to 1, where the file tells its length.
 */
progress: number | null, 
/**
 * The words so far.
 */
heard: string, };

export type Outcome = "spoken" | "heard";

export type Recent = { id: number, kind: Outcome, 
/**
 * What was spoken, or what was heard.
 */
text: string, 
/**
 * The file that was heard.
 */
name: string | null, };

export type Voice = { id: string, name: string, 
/**
 * The small one that comes with the app.
 */
built_in: boolean, };

export type Snapshot = { 
/**
 * What is being read aloud, or was last.
 */
reading: Reading | null, 
/**
 * Files being written down or waiting for it, oldest first.
 */
jobs: Array<Job>, 
/**
 * What was finished last, newest first; at most [`RECENT`].
 */
recent: Array<Recent>, voices: Array<Voice>, 
/**
 * The chosen voice's id.
 */
voice: string, 
/**
 * How fast speech is played: 1 is as it was spoken.
 */
speed: number, 
/**
 * What went wrong last, until it is put away.
 */
problem: Problem | null, };

export type Transport = "pause" | "resume" | "stop" | "previous" | "next";

/** Every command of the app. A refused call rejects with a `Problem`. */
export const commands = {
  watch: (channel: Channel<Snapshot>) => invoke<null>("watch", { channel }),
  speak: (text: string) => invoke<null>("speak", { text }),
  transport: (action: Transport) => invoke<null>("transport", { action }),
  goTo: (sentence: number) => invoke<null>("go_to", { sentence }),
  setVoice: (id: string) => invoke<null>("set_voice", { id }),
  setSpeed: (speed: number) => invoke<null>("set_speed", { speed }),
  cancelJob: (id: number) => invoke<null>("cancel_job", { id }),
  replay: (id: number) => invoke<null>("replay", { id }),
  copy: (id: number) => invoke<null>("copy", { id }),
  dismissProblem: () => invoke<null>("dismiss_problem"),
  popoverReady: () => invoke<null>("popover_ready"),
  hidePopover: () => invoke<null>("hide_popover"),
  quit: () => invoke<null>("quit"),
};
