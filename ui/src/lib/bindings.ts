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
 * How long it will still take, once that can be told.
 */
seconds_left: number | null, 
/**
 * The words so far.
 */
heard: string, };

export type Unfinished = { 
/**
 * The job's.
 */
id: number, name: string, 
/**
 * Why; none where somebody stopped it.
 */
problem: Problem | null, };

export type Tape = { transcript: number, 
/**
 * Which of its segments sounds.
 */
segment: number, state: Pace, };

export type Sample = { 
/**
 * The voice's id.
 */
voice: string, recording: number, };

export type Outcome = "spoken" | "heard";

export type Recent = { id: number, kind: Outcome, 
/**
 * What was spoken, or what was heard.
 */
text: string, 
/**
 * The file that was heard.
 */
name: string | null, 
/**
 * The number of its transcript.
 */
transcript: number | null, };

export type Voice = { id: string, name: string, 
/**
 * The small one that comes with the app.
 */
built_in: boolean, };

export type Purpose = "voice" | "words" | "check";

export type Recording = { purpose: Purpose, 
/**
 * Whole ones.
 */
seconds: number, 
/**
 * Loudness just now, 0 to 1.
 */
level: number, 
/**
 * It was too loud at some time.
 */
clipped: boolean, 
/**
 * The microphone gives nothing to hear.
 */
silent: boolean, };

export type Asked = { id: number, text: string, };

export type Fetching = { 
/**
 * The model's.
 */
id: string, 
/**
 * 0 to 1, once the server has told how much there is.
 */
progress: number | null, 
/**
 * How long it will still take, once that can be told.
 */
seconds_left: number | null, };

export type App = { 
/**
 * Its own name for itself, and what people call it.
 */
id: string, name: string, 
/**
 * The id of the voice that reads there, where it is not the chosen one.
 */
voice: string | null, };

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
 * Files that were given up or stopped, newest first, until they are tried again or put away.
 */
unfinished: Array<Unfinished>, 
/**
 * What was finished last, newest first; at most [`RECENT`].
 */
recent: Array<Recent>, 
/**
 * Grows with every transcript that is kept, changed or removed, so that pages know when to look again.
 */
transcripts: number, 
/**
 * The transcript that is looked at.
 */
showing: number | null, 
/**
 * A transcript's sound, while it is played or paused.
 */
tape: Tape | null, 
/**
 * A voice's own recording, while it is played.
 */
sample: Sample | null, 
/**
 * The window that files are held over, ready to be dropped.
 */
over: string | null, 
/**
 * Those that can be spoken in.
 */
voices: Array<Voice>, 
/**
 * Grows with every change of a voice, or of the recordings for a new one.
 */
cast: number, 
/**
 * The voice that is looked at; none is the making of a new one, or nobody has looked yet.
 */
voice_shown: string | null, 
/**
 * Grows with every change of what is set, and of the models.
 */
settings: number, 
/**
 * A model on its way here.
 */
fetching: Fetching | null, 
/**
 * The microphone, while it is listened to.
 */
recording: Recording | null, 
/**
 * The popover stays when another window takes the focus.
 */
pinned: boolean, 
/**
 * What a link wants spoken, until a person has said yes or no.
 */
asked: Asked | null, 
/**
 * The program whose text was spoken last.
 */
app: App | null, 
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

export type TranscriptLine = { id: number, 
/**
 * The recording's name without its folder.
 */
name: string, 
/**
 * Milliseconds since 1970.
 */
at: number, 
/**
 * Length of the recording.
 */
seconds: number, 
/**
 * How it begins, or where the words that were looked for stand.
 */
excerpt: string, };

export type Doubt = "none" | "uncertain" | "failed";

export type Passage = { start: number, end: number, text: string, doubt: Doubt, };

export type TranscriptPage = { id: number, name: string, at: number, seconds: number, 
/**
 * Seconds of speech that were found, …
 */
speech: number, 
/**
 * … that were written down with doubts, …
 */
uncertain: number, 
/**
 * … and that were not understood.
 */
failed: number, passages: Array<Passage>, 
/**
 * Whether the recording is still where it was.
 */
sound: boolean, };

export type Format = "txt" | "srt" | "vtt" | "json" | "md";

export type Why = "own" | "permission" | "licensed";

export type Vouched = { why: Why, statement: string, date: string, };

export type Spoken = { transcript: string, seconds: number, 
/**
 * A recogniser wrote the words down, and nobody has corrected them.
 */
guessed: boolean, };

export type VoiceCard = { id: string, name: string, built_in: boolean, 
/**
 * Day, as in 2026-11-21.
 */
created: string, 
/**
 * `file`, `recording`, `history`, `copy`, `bundled`, `archive`.
 */
source: string, recordings: Array<Spoken>, vouched: Vouched | null, 
/**
 * Why nothing can be spoken in it.
 */
problem: Problem | null, };

export type Judged = "good" | "usable" | "unusable";

export type Verdicts = { verdict: Judged, 
/**
 * Sentences, the worst first.
 */
findings: Array<string>, seconds: number, };

export type TakeCard = { id: number, name: string, transcript: string, health: Verdicts, };

export type WordCard = { word: string, said: string, };

export type Runs = "well" | "barely" | "no" | "unknown";

export type ModelCard = { id: string, 
/**
 * What it is, as the catalogue says; of one that was brought in by hand, nothing.
 */
about: string, licence: string, 
/**
 * It is fetched with an account of the hub only.
 */
gated: boolean, 
/**
 * GB to fetch, and GB of memory while working; none of one that nothing is known of.
 */
size: number | null, memory: number | null, runs: Runs, 
/**
 * It can be chosen for speaking, for hearing. What nothing is known of can be chosen for both.
 */
can_speak: boolean, can_hear: boolean, 
/**
 * GB on the disk, where it is there.
 */
disk: number | null, };

export type KeyCard = { 
/**
 * `speak` or `queue`.
 */
does: string, 
/**
 * As people read it; none where it could not be had.
 */
key: string | null, 
/**
 * Nobody has set another.
 */
usual: boolean, };

export type Device = "speaker" | "microphone";

export type Part = "speak" | "hear";

export type ReadingCard = { 
/**
 * As in the settings: `url`, `code-block` …
 */
kind: string, 
/**
 * As in the settings: `speak`, `skip` …
 */
set: string, usual: string, 
/**
 * What else makes sense.
 */
choices: Array<string>, };

export type SettingsPage = { 
/**
 * Whether a history is kept, for how many days, and how many entries of it.
 */
keep: boolean, days: number | null, entries: number | null, 
/**
 * Entries that there are.
 */
kept: number, words: Array<WordCard>, 
/**
 * What is wrong with the words in their file; then it must be mended by hand.
 */
words_problem: Problem | null, reading: Array<ReadingCard>, 
/**
 * 0 to 1.
 */
volume: number, 
/**
 * Dictated words are pasted into the program in front.
 */
paste: boolean, models: Array<ModelCard>, 
/**
 * The chosen ones; the bundled ones without.
 */
speaks: string | null, hears: string | null, 
/**
 * Of this machine, in GB.
 */
memory: number, 
/**
 * Whether the app starts with the session; none where that cannot be set.
 */
login: boolean | null, keys: Array<KeyCard>, 
/**
 * What can be heard through, and recorded; empty where the system names none.
 */
speakers: Array<string>, microphones: Array<string>, 
/**
 * The chosen ones; the system's own without.
 */
speaker: string | null, microphone: string | null, };

export type VoiceForCard = { 
/**
 * Its own name for itself, and what people call it.
 */
app: string, name: string, 
/**
 * The voice's name; none where it is not there, or cannot be spoken in.
 */
voice: string | null, };

export type WatchedFolder = { name: string, 
/**
 * The name of the folder that it is in.
 */
within: string, there: boolean, };

export type WelcomePage = { keys: Array<KeyCard>, 
/**
 * The voice that is always there.
 */
voice: string, 
/**
 * The system asks before the text of other programs is read.
 */
asks: boolean, };

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
  paste: (id: number) => invoke<null>("paste", { id }),
  dismissProblem: () => invoke<null>("dismiss_problem"),
  popoverReady: () => invoke<null>("popover_ready"),
  hidePopover: () => invoke<null>("hide_popover"),
  pinPopover: (pinned: boolean) => invoke<null>("pin_popover", { pinned }),
  record: () => invoke<null>("record"),
  stopDictation: () => invoke<null>("stop_dictation"),
  answerLink: (id: number, yes: boolean) => invoke<null>("answer_link", { id, yes }),
  quit: () => invoke<null>("quit"),
  windowReady: () => invoke<null>("window_ready"),
  closeWindow: () => invoke<null>("close_window"),
  transcripts: (words: string) => invoke<TranscriptLine[]>("transcripts", { words }),
  transcript: (id: number) => invoke<TranscriptPage>("transcript", { id }),
  showTranscript: (id: number | null) => invoke<null>("show_transcript", { id }),
  correctPassage: (id: number, passage: number, text: string) => invoke<null>("correct_passage", { id, passage, text }),
  copyTranscript: (id: number) => invoke<null>("copy_transcript", { id }),
  pasteTranscript: (id: number) => invoke<null>("paste_transcript", { id }),
  exportTranscript: (id: number, format: Format) => invoke<string | null>("export_transcript", { id, format }),
  removeTranscript: (id: number) => invoke<null>("remove_transcript", { id }),
  restoreTranscript: () => invoke<null>("restore_transcript"),
  hearAgain: (id: number) => invoke<null>("hear_again", { id }),
  playPassage: (id: number, passage: number) => invoke<null>("play_passage", { id, passage }),
  waveform: (id: number, columns: number) => invoke<number[]>("waveform", { id, columns }),
  tape: (action: Transport) => invoke<null>("tape", { action }),
  chooseRecordings: () => invoke<null>("choose_recordings"),
  chooseFolder: () => invoke<null>("choose_folder"),
  retryJob: (id: number) => invoke<null>("retry_job", { id }),
  forgetJob: (id: number) => invoke<null>("forget_job", { id }),
  voices: () => invoke<VoiceCard[]>("voices"),
  showVoice: (id: string | null) => invoke<null>("show_voice", { id }),
  voiceHealth: (id: string) => invoke<Verdicts[]>("voice_health", { id }),
  tryVoice: (id: string, text: string) => invoke<null>("try_voice", { id, text }),
  playRecording: (id: string, recording: number) => invoke<null>("play_recording", { id, recording }),
  renameVoice: (id: string, name: string) => invoke<null>("rename_voice", { id, name }),
  duplicateVoice: (id: string, name: string) => invoke<null>("duplicate_voice", { id, name }),
  correctRecording: (id: string, recording: number, transcript: string) => invoke<null>("correct_recording", { id, recording, transcript }),
  vouch: (id: string, why: Why, statement: string) => invoke<null>("vouch", { id, why, statement }),
  removeVoice: (id: string) => invoke<null>("remove_voice", { id }),
  restoreVoice: (id: string) => invoke<null>("restore_voice", { id }),
  exportVoice: (id: string) => invoke<string | null>("export_voice", { id }),
  importVoices: () => invoke<null>("import_voices"),
  takes: () => invoke<TakeCard[]>("takes"),
  chooseTakes: () => invoke<null>("choose_takes"),
  describeTake: (id: number, transcript: string) => invoke<null>("describe_take", { id, transcript }),
  dropTake: (id: number) => invoke<null>("drop_take", { id }),
  startRecording: (words: string) => invoke<null>("start_recording", { words }),
  stopRecording: () => invoke<null>("stop_recording"),
  makeVoice: (name: string, why: Why, statement: string, anyway: boolean) => invoke<null>("make_voice", { name, why, statement, anyway }),
  showSettings: () => invoke<null>("show_settings"),
  settings: () => invoke<SettingsPage>("settings"),
  setHistory: (keep: boolean, days: number | null, entries: number | null) => invoke<null>("set_history", { keep, days, entries }),
  setWord: (word: string, said: string | null) => invoke<null>("set_word", { word, said }),
  setKey: (does: string, key: string | null) => invoke<null>("set_key", { does, key }),
  listenForKey: (on: boolean) => invoke<null>("listen_for_key", { on }),
  setDevice: (device: Device, name: string | null) => invoke<null>("set_device", { device, name }),
  setLogin: (on: boolean) => invoke<null>("set_login", { on }),
  setModel: (part: Part, id: string | null) => invoke<null>("set_model", { part, id }),
  setReading: (kind: string, treatment: string) => invoke<null>("set_reading", { kind, treatment }),
  setVolume: (volume: number) => invoke<null>("set_volume", { volume }),
  setDictation: (paste: boolean) => invoke<null>("set_dictation", { paste }),
  showWelcome: () => invoke<null>("show_welcome"),
  welcome: () => invoke<WelcomePage>("welcome"),
  checkSelection: () => invoke<null>("check_selection"),
  checkMicrophone: () => invoke<null>("check_microphone"),
  fetchModel: (id: string) => invoke<null>("fetch_model", { id }),
  stopFetching: () => invoke<null>("stop_fetching"),
  removeModel: (id: string) => invoke<null>("remove_model", { id }),
  voicesFor: () => invoke<VoiceForCard[]>("voices_for"),
  setVoiceFor: (app: string, voice: string | null) => invoke<null>("set_voice_for", { app, voice }),
  watchedFolders: () => invoke<WatchedFolder[]>("watched_folders"),
  watchFolder: () => invoke<null>("watch_folder"),
  unwatchFolder: (at: number, name: string) => invoke<null>("unwatch_folder", { at, name }),
};
