import { setCurrentDetails } from '@temporalio/workflow';
import { describePage, type StuckPageData, time } from './page-text.ts';

const MAX_JOURNAL = 10;

/** What the page shows: what is stuck, what is under way, and what was done last. */
export class PageState {
  readonly #underWay = new Map<object, string>();
  #survey: StuckPageData | undefined;
  #lookedAt = new Date();

  constructor(readonly journal: string[]) {
    this.#show();
  }

  /** Whether it is worth looking often. */
  get isBusy(): boolean {
    return this.#underWay.size > 0 || (this.#survey?.total ?? 0) > 0;
  }

  found(survey: StuckPageData): void {
    this.#survey = survey;
    this.#lookedAt = new Date();
    this.#show();
  }

  /** Shows how far an action is; `action` is what tells it from the others. */
  progress(action: object, text: string): void {
    this.#underWay.set(action, text);
    this.#show();
  }

  ended(action: object, text: string): void {
    this.#underWay.delete(action);
    this.note(text);
  }

  note(text: string): void {
    this.journal.unshift(`${time(new Date().toISOString())}: ${text}`);
    this.journal.splice(MAX_JOURNAL);
    this.#show();
  }

  #show(): void {
    const underWay = [...this.#underWay.values()];
    setCurrentDetails(describePage(this.#survey, underWay, this.journal, this.#lookedAt));
  }
}
