/** The transcripts as this page sees them: the list, the one that is read, and what was last done to them. */
import { commands, type Format, type TranscriptLine, type TranscriptPage } from "../lib/bindings";
import type { Desk } from "../lib/desk.svelte";
import type { Deed } from "../lib/Done.svelte";
import { strings } from "../lib/strings";

const words = strings.transcripts;

/** A passage's words before they were changed. */
interface Before {
  id: number;
  passage: number;
  text: string;
}

export class Book {
  lines = $state.raw<TranscriptLine[]>();
  page = $state.raw<TranscriptPage>();
  /** What was done last, said once. */
  done = $state.raw<Deed>();
  private changes: Before[] = [];

  constructor(private desk: Desk) {}

  /** Looks for transcripts that hold these words. An answer that was overtaken by a later question is dropped. */
  async look(wanted: string) {
    const asked = (this.asked += 1);
    await this.desk.attempt(async () => {
      const lines = await commands.transcripts(wanted);
      if (asked === this.asked) this.lines = lines;
    });
  }
  private asked = 0;

  async read(id: number | undefined) {
    const asked = (this.reading += 1);
    if (id === undefined) return void (this.page = undefined);
    await this.desk.attempt(async () => {
      const page = await commands.transcript(id);
      if (asked === this.reading) this.page = page;
    });
  }
  private reading = 0;

  show(id: number) {
    void this.desk.attempt(() => commands.showTranscript(id));
  }

  /** Puts a person's words in a passage's place. */
  async correct(passage: number, text: string) {
    const page = this.page;
    const before = page?.passages[passage]?.text;
    if (!page || before === undefined || before === text.trim()) return;
    if (await this.desk.attempt(() => commands.correctPassage(page.id, passage, text))) {
      this.changes.push({ id: page.id, passage, text: before });
      this.done = { text: words.changed, undo: () => this.takeBack() };
    }
  }

  private async takeBack() {
    const last = this.changes.pop();
    if (last && (await this.desk.attempt(() => commands.correctPassage(last.id, last.passage, last.text)))) {
      this.done = { text: words.changedBack, undo: this.changes.length > 0 ? () => this.takeBack() : undefined };
    }
  }

  async copy() {
    const page = this.page;
    if (page && (await this.desk.attempt(() => commands.copyTranscript(page.id)))) this.done = { text: strings.popover.copied };
  }

  /** Where somebody was writing before; this window stays as it is. */
  async paste() {
    const page = this.page;
    // Another time's success is not this one's.
    this.done = undefined;
    if (page && (await this.desk.attempt(() => commands.pasteTranscript(page.id)))) this.done = { text: strings.popover.pasted };
  }

  async save(format: Format) {
    const page = this.page;
    if (!page) return;
    await this.desk.attempt(async () => {
      const name = await commands.exportTranscript(page.id, format);
      if (name !== null) this.done = { text: words.saved(name) };
    });
  }

  async remove() {
    const page = this.page;
    if (!page || !(await this.desk.attempt(() => commands.removeTranscript(page.id)))) return;
    const undo = async () => {
      if (await this.desk.attempt(commands.restoreTranscript)) this.done = { text: words.restored };
    };
    this.done = { text: words.removed(page.name), undo };
  }

  async hearAgain() {
    const page = this.page;
    if (page && (await this.desk.attempt(() => commands.hearAgain(page.id)))) this.done = { text: words.queued };
  }
}
