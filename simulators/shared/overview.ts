import { html } from 'hono/html';
import type { FaultReport } from '../faults/plan.ts';
import type { Effect } from './ledger.ts';
import type { ServiceParts } from './service-parts.ts';

const maxRows = 100;

/** One page a service: its state, its faults and how many effects it has recorded. */
export function overviewPage<E extends Effect>(parts: ServiceParts<E>, faults: FaultReport[]) {
  const tables = Object.entries({ ...parts.state(), faults });
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${parts.name} (simulator)</title>
        <style>
          body { font: 14px system-ui; margin: 2rem; }
          td, th { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; vertical-align: top; }
          th { border-bottom: 1px solid #999; }
        </style>
      </head>
      <body>
        <h1>${parts.name}</h1>
        <p>${parts.description} A simulator; ${parts.ledger.size} effects recorded.</p>
        <p>
          <a href="/openapi.json">OpenAPI</a> <a href="/admin/state">state</a>
          <a href="/admin/ledger">ledger</a> <a href="/admin/faults">faults</a>
        </p>
        ${tables.map(([name, value]) => table(name, value))}
      </body>
    </html>`;
}

function table(name: string, value: unknown) {
  const rows = (Array.isArray(value) ? value : [value]).map((row) => ({ ...Object(row) }));
  const shown: Record<string, unknown>[] = rows.slice(-maxRows).reverse();
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const count = rows.length > maxRows ? `newest ${maxRows} of ${rows.length}` : `${rows.length}`;
  return html`<h2>${name} (${count})</h2>
    <table>
      <tr>${columns.map((column) => html`<th>${column}</th>`)}</tr>
      ${shown.map((row) => html`<tr>${columns.map((column) => html`<td>${cell(row[column])}</td>`)}</tr>`)}
    </table>`;
}

function cell(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
