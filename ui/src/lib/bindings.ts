// Written by `./dev fixtures` from the types in src-tauri; do not edit.
import { invoke } from "@tauri-apps/api/core";

export type About = { 
/**
 * The app's version.
 */
app: string, 
/**
 * The speech engine's version; `myna --version` prints the same.
 */
engine: string, 
/**
 * The web view that draws this page, where the system tells.
 */
web_view: string | null, };

export type Problem = { kind: string, message: string, hint: string, };

/** Every command of the app. A refused call rejects with a `Problem`. */
export const commands = {
  about: () => invoke<About>("about"),
  popoverReady: () => invoke<null>("popover_ready"),
  hidePopover: () => invoke<null>("hide_popover"),
  quit: () => invoke<null>("quit"),
};
