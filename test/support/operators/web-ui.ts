import type { Locator, Page } from 'playwright-core';
import type { BulkAction } from '../../../src/contract/bulk-action.ts';
import type { OperatorAction } from '../../../src/contract/order.ts';

/** The Web UI as an operator uses it: what they read, and what they click. */
export class WebUi {
  constructor(
    readonly browser: { page: Page },
    readonly url: string,
  ) {}

  get page(): Page {
    return this.browser.page;
  }

  /** Opens the list of the workflows that a query finds. */
  async list(query: string): Promise<void> {
    const search = new URLSearchParams({ query });
    await this.page.goto(`${this.url}/namespaces/default/workflows?${search}`);
  }

  /** Sets the columns of the list up, and makes room for them; the browser then remembers it. */
  async showColumns({ add, remove }: { add: string[]; remove: string[] }): Promise<void> {
    await this.page.getByRole('button', { name: 'Collapse saved views' }).click();
    await this.page.getByTestId('workflows-summary-table-configuration-button').click();
    for (const column of remove) await this.#column(column, 'remove').click();
    for (const column of add) await this.#column(column, 'add').click();
    await this.page.getByTestId('drawer-close-button').filter({ visible: true }).click();
  }

  #column(name: string, what: 'add' | 'remove'): Locator {
    return this.page.getByTestId(`orderable-list-item-${name}-${what}-button`);
  }

  /** The row of a workflow in the list. */
  row(workflowId: string): Locator {
    return this.page.getByRole('row').filter({ hasText: workflowId });
  }

  /** The link to a workflow in the list. */
  inList(workflowId: string): Locator {
    return this.page.getByRole('link', { name: workflowId }).first();
  }

  /** Opens a workflow from the list; its first page is the timeline. */
  async open(workflowId: string): Promise<void> {
    await this.inList(workflowId).click();
    await this.page.getByTestId('timeline-tab').waitFor();
  }

  /** Opens a workflow by its address, as from a bookmark. */
  async openById(workflowId: string): Promise<void> {
    await this.page.goto(`${this.url}/namespaces/default/workflows/${workflowId}`);
  }

  async tab(name: 'timeline' | 'pending-activities' | 'user-metadata' | 'search-attributes') {
    await this.page.getByTestId(`${name}-tab`).click();
  }

  /** The current details, on the tab User Metadata: the Web UI renders Markdown in a frame. */
  get details(): Locator {
    return this.page.locator('#user-metadata-current-details').contentFrame().locator('body');
  }

  /** The JSON on the tab Search Attributes. */
  get attributes(): Locator {
    return this.page.locator('.cm-content').filter({ hasText: 'OrderStatus' });
  }

  /** Opens More Actions > Send a Signal, or Send an Update, with the list of names open. */
  async offer(kind: 'signal' | 'update'): Promise<Locator> {
    await this.page.getByRole('button', { name: 'More Actions' }).click();
    await this.page.getByTestId(`${kind}-button`).filter({ visible: true }).click();
    const dialog = this.page.locator(`dialog[open]#${kind}-confirmation-modal`);
    await dialog.getByTestId(`${kind}-select-button`).click();
    return dialog;
  }

  /** Chooses an action from the open list of the dialog, and submits it. */
  async send(dialog: Locator, action: OperatorAction | BulkAction, input?: object): Promise<void> {
    await dialog.getByRole('option').filter({ hasText: action }).click();
    await this.submit(dialog, input);
  }

  /** Types the input unless it is left empty, and submits. */
  async submit(dialog: Locator, input?: object): Promise<void> {
    if (input !== undefined) {
      const data = dialog.locator('[contenteditable="true"]');
      await data.fill(JSON.stringify(input));
      // Leaving the field lays the JSON out, which moves the button from under the mouse.
      await data.blur();
    }
    await dialog.getByTestId('confirm-modal-button').click();
  }

  async requestCancellation(): Promise<void> {
    // The large button, unless the server can pause workflows: then it is one of More Actions.
    await this.page.getByRole('button', { name: 'More Actions' }).click();
    await this.page.getByTestId('request-cancellation-button').filter({ visible: true }).click();
    const dialog = this.page.locator('dialog[open]#cancel-confirmation-modal');
    await dialog.getByTestId('confirm-modal-button').click();
  }

  /** Presses a button of the step that waits, on the tab Pending Activities, and confirms. */
  async pressOnStep(button: 'Pause' | 'Unpause' | 'Reset', reason?: string): Promise<void> {
    await this.tab('pending-activities');
    await this.page.getByRole('button', { name: button, exact: true }).first().click();
    const dialog = this.page.locator('dialog[open]').filter({ hasText: `${button} Activity` });
    if (reason !== undefined) await dialog.getByTestId('activity-pause-reason').fill(reason);
    await dialog.getByTestId('confirm-modal-button').click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Changes options of the step that waits, by the ids of their fields; durations in seconds. */
  async updateStep(options: Record<string, string>): Promise<void> {
    await this.tab('pending-activities');
    await this.page.getByRole('button', { name: 'Update', exact: true }).click();
    const form = this.page.locator('form').filter({ hasText: 'Retry Initial Interval' });
    for (const [id, value] of Object.entries(options)) await form.locator(`#${id}`).fill(value);
    await form.locator('button[type="submit"]').click();
  }

  toast(text: string): Locator {
    return this.page.getByRole('log').getByText(text).first();
  }
}
