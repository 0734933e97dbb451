/** The voices as this page sees them: all of them, what is wrong with the one that is looked at, and the recordings for a
 *  new one. */
import { type App, commands, type TakeCard, type Verdicts, type VoiceCard, type Why } from "../lib/bindings";
import type { Desk } from "../lib/desk.svelte";
import type { Deed } from "../lib/Done.svelte";
import { strings } from "../lib/strings";

const words = strings.voices;

export class Cast {
  all = $state.raw<VoiceCard[]>();
  takes = $state.raw<TakeCard[]>([]);
  /** Of the recordings of the voice with this id. */
  health = $state.raw<{ id: string; verdicts: Verdicts[] }>();
  done = $state.raw<Deed>();
  private asked = 0;

  constructor(private desk: Desk) {}

  async look() {
    await this.desk.attempt(async () => {
      [this.all, this.takes] = await Promise.all([commands.voices(), commands.takes()]);
    });
  }

  /** Judges a voice's recordings; an answer that was overtaken by a later question is dropped. */
  async judge(id: string) {
    const asked = (this.asked += 1);
    await this.desk.attempt(async () => {
      const verdicts = await commands.voiceHealth(id);
      if (asked === this.asked) this.health = { id, verdicts };
    });
  }

  show(id: string | null) {
    void this.desk.attempt(() => commands.showVoice(id));
  }

  try(id: string, text: string) {
    void this.desk.attempt(() => commands.tryVoice(id, text));
  }

  /** Makes this the voice that reads. */
  async choose({ id, name }: VoiceCard) {
    if (await this.desk.attempt(() => commands.setVoice(id))) this.done = { text: words.chosen(name) };
  }

  /** Has this voice read what is marked in a program, or no longer. */
  async use({ id, name }: VoiceCard, app: App, on: boolean) {
    if (!(await this.desk.attempt(() => commands.setVoiceFor(app.id, on ? id : null)))) return;
    const undo = async () => {
      if (await this.desk.attempt(() => commands.setVoiceFor(app.id, app.voice))) this.done = { text: strings.transcripts.changedBack };
    };
    this.done = { text: on ? words.usedIn(name, app.name) : words.notUsedIn(app.name), undo };
  }

  async rename({ id, name }: VoiceCard, to: string) {
    if (to === name || !(await this.desk.attempt(() => commands.renameVoice(id, to)))) return;
    const undo = async () => {
      if (await this.desk.attempt(() => commands.renameVoice(id, name))) this.done = { text: words.renamed(name) };
    };
    this.done = { text: words.renamed(to), undo };
  }

  async duplicate({ id, name }: VoiceCard) {
    const taken = new Set((this.all ?? []).map((voice) => voice.name));
    let copy = words.copyOf(name, 1);
    for (let n = 2; taken.has(copy); n += 1) copy = words.copyOf(name, n);
    if (await this.desk.attempt(() => commands.duplicateVoice(id, copy))) this.done = { text: words.made(copy) };
  }

  async correct({ id, recordings }: VoiceCard, recording: number, text: string) {
    const before = recordings[recording]?.transcript ?? "";
    if (!(await this.desk.attempt(() => commands.correctRecording(id, recording, text)))) return;
    const undo = async () => {
      if (await this.desk.attempt(() => commands.correctRecording(id, recording, before))) this.done = { text: strings.transcripts.changedBack };
    };
    this.done = { text: strings.transcripts.changed, undo };
  }

  async vouch({ id, name }: VoiceCard, why: Why, statement: string) {
    if (await this.desk.attempt(() => commands.vouch(id, why, statement))) this.done = { text: words.usable(name) };
  }

  async save({ id }: VoiceCard) {
    await this.desk.attempt(async () => {
      const name = await commands.exportVoice(id);
      if (name !== null) this.done = { text: strings.transcripts.saved(name) };
    });
  }

  import() {
    void this.desk.attempt(commands.importVoices);
  }

  async remove({ id, name }: VoiceCard) {
    if (!(await this.desk.attempt(() => commands.removeVoice(id)))) return;
    const undo = async () => {
      if (await this.desk.attempt(() => commands.restoreVoice(id))) this.done = { text: strings.transcripts.restored };
    };
    this.done = { text: strings.transcripts.removed(name), undo };
  }

  /** Says whether a voice came of the takes. */
  async make(name: string, why: Why, statement: string, anyway: boolean): Promise<boolean> {
    const made = await this.desk.attempt(() => commands.makeVoice(name, why, statement, anyway));
    if (made) this.done = { text: words.made(name) };
    return made;
  }

  describe(id: number, text: string) {
    void this.desk.attempt(() => commands.describeTake(id, text));
  }

  drop(id: number) {
    void this.desk.attempt(() => commands.dropTake(id));
  }

  chooseTakes() {
    void this.desk.attempt(commands.chooseTakes);
  }

  record(text: string) {
    void this.desk.attempt(() => commands.startRecording(text));
  }

  stop() {
    void this.desk.attempt(commands.stopRecording);
  }
}
