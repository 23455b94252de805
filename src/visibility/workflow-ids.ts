import type { Client } from '@temporalio/client';

const PAGE_SIZE = 500;

/** The ids of the workflows that a query finds. Their memos, which may be encrypted, are not read. */
export async function* workflowIds(client: Client, query: string): AsyncGenerator<string> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.listWorkflowExecutions({
      ...{ namespace: client.options.namespace, query, pageSize: PAGE_SIZE, nextPageToken },
    });
    for (const { execution } of page.executions)
      if (execution?.workflowId) yield execution.workflowId;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
}
