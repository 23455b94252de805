import { setCurrentDetails } from '@temporalio/workflow';
import { describePage, type StuckPageData, time } from './page-text.ts';

const MAX_JOURNAL = 10;

/** What the page shows: what is stuck, what is done about it, and what was noted. */
export class PageState {
  #survey: StuckPageData | undefined;
  #lookedAt = new Date();

  constructor(readonly journal: string[]) {
    this.#show();
  }

  /** Whether it is worth looking often. */
  get isBusy(): boolean {
    const { total = 0, waiting = 0, bulkActions = [] } = this.#survey ?? {};
    return total + waiting > 0 || bulkActions.some(({ endedAt }) => endedAt === undefined);
  }

  found(survey: StuckPageData): void {
    this.#survey = survey;
    this.#lookedAt = new Date();
    this.#show();
  }

  note(text: string): void {
    this.journal.unshift(`${time(new Date().toISOString())}: ${text}`);
    this.journal.splice(MAX_JOURNAL);
    this.#show();
  }

  #show(): void {
    setCurrentDetails(describePage(this.#survey, this.journal, this.#lookedAt));
  }
}
