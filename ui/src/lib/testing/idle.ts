import type { Snapshot } from "../bindings";

/** What the app tells when nothing happens and nothing is there. */
export const idle: Snapshot = {
  reading: null,
  jobs: [],
  unfinished: [],
  recent: [],
  transcripts: 0,
  showing: null,
  tape: null,
  sample: null,
  over: null,
  voices: [],
  cast: 0,
  voice_shown: null,
  settings: 0,
  fetching: null,
  recording: null,
  pinned: false,
  asked: null,
  app: null,
  voice: "",
  speed: 1,
  problem: null,
};
