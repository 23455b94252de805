import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The CPU time that process groups have used so far, in milliseconds, by group id. */
export type CpuTimes = ReadonlyMap<number, number>;

/** Reads the CPU time of all process groups: from /proc, or from `ps` where there is none. */
export function readCpuTimes(): CpuTimes {
  const times = new Map<number, number>();
  const samples = process.platform === 'linux' ? fromProc() : fromPs();
  for (const { group, ms } of samples) times.set(group, (times.get(group) ?? 0) + ms);
  return times;
}

interface Sample {
  group: number;
  ms: number;
}

let tickMs: number | undefined;

function fromProc(): Sample[] {
  tickMs ??= 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const samples: Sample[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat === undefined) continue;
    // The command's name, in brackets, may hold blanks; after it come state, parent, group, …
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [group, ...ticks] = [2, 11, 12, 13, 14].map((index) => Number(fields[index]));
    samples.push({ group: group ?? 0, ms: ticks.reduce((sum, n) => sum + n, 0) * tickMs });
  }
  return samples;
}

function fromPs(): Sample[] {
  const output = execFileSync('ps', ['-A', '-o', 'pgid=,time='], { encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const [group, time = ''] = line.trim().split(/\s+/);
      return { group: Number(group), ms: parseTime(time) };
    });
}

/** [days-][hours:]minutes:seconds[.hundredths] */
function parseTime(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

/** Nothing for a process that has ended meanwhile. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
