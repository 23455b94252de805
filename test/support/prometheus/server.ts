import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../dev/processes/ports.ts';
import { eventually } from '../eventually.ts';

interface Options {
  prometheus: string;
  rules: string;
  /** Ports of this machine to scrape, by the name of their job. */
  targets: Record<string, number>;
}

export interface Rule {
  name: string;
  query: string;
  health: string;
  state: 'inactive' | 'pending' | 'firing';
  lastError?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Series {
  metric: Record<string, string>;
}

/** A Prometheus that scrapes each second, and can be asked. */
export async function startPrometheus({ prometheus, rules, targets }: Options) {
  const folder = await mkdtemp(join(tmpdir(), 'orders-prometheus-'));
  const config = join(folder, 'prometheus.json');
  // JSON is YAML.
  await writeFile(config, JSON.stringify(configOf(rules, targets)));
  const { port } = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(prometheus, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));

  async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query)}`);
    const { status, data, error } = (await response.json()) as Record<string, unknown>;
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(query)}: ${error}`);
    return data as T;
  }

  await eventually(async () => {
    const response = await fetch(`${url}/-/ready`);
    if (!response.ok) throw new Error(`Prometheus answers ${response.status}`);
  });
  return {
    /** What a query gives now. Throws for one that is none. */
    async query(query: string): Promise<Series[]> {
      return (await ask<{ result: Series[] }>('query', { query })).result;
    },
    async rules(): Promise<Rule[]> {
      const { groups } = await ask<{ groups: { rules: Rule[] }[] }>('rules');
      return groups.flatMap((group) => group.rules);
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configOf(rules: string, targets: Record<string, number>) {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: Object.entries(targets).map(([name, port]) => ({
      job_name: name,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    })),
  };
}
