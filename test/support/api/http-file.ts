/** A request of a file in the format of REST Client, with its variables still in it. */
export interface HttpRequest {
  title: string;
  name: string | undefined;
  /** Variables that are set above it, in their order. */
  variables: [name: string, value: string][];
  method: string;
  url: string;
  headers: [name: string, value: string][];
  body: string;
  /** Statuses that a comment announces: "# Answers 409 ...". */
  announced: number[];
}

/** What a named request was answered, for those that refer to it. */
export interface HttpResponse {
  headers: Headers;
  body: unknown;
}

/** Reads such a file. Throws for what it does not understand. */
export function parseHttpFile(text: string): HttpRequest[] {
  const requests: HttpRequest[] = [];
  let variables: HttpRequest['variables'] = [];
  for (const block of text.split(/^(?=###)/m)) {
    const lines = block.split('\n');
    const start = lines.findIndex((line) => /^[A-Z]+ \S+$/.test(line));
    const above = lines.slice(0, start < 0 ? undefined : start);
    variables.push(...above.flatMap(variableIn));
    if (start < 0) continue;
    const blank = lines.indexOf('', start);
    const end = blank < 0 ? lines.length : blank;
    const [method = '', url = ''] = lines[start]?.split(' ') ?? [];
    requests.push({
      title: lines[0]?.replace(/^#+ */, '') ?? '',
      name: /^# @name (\w+)$/m.exec(above.join('\n'))?.[1],
      variables,
      method,
      url,
      headers: lines.slice(start + 1, end).map(headerIn),
      body: lines.slice(end).join('\n').trim(),
      announced: [...above.join('\n').matchAll(/^# Answers (\d{3})/gm)].map(
        ([, code]) => +`${code}`,
      ),
    });
    variables = [];
  }
  return requests;
}

function variableIn(line: string): [string, string][] {
  if (line === '' || line.startsWith('#')) return [];
  const [, name, value] = /^@(\w+) = (.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`what is this: ${line}`);
  return [[name, value]];
}

function headerIn(line: string): [string, string] {
  const [, name, value] = /^([\w-]+): (.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`this is no header: ${line}`);
  return [name, value];
}

/** Fills in `{{variable}}` and `{{request.response.body.$.field}}`, `….headers.Name`. */
export function fillIn(
  text: string,
  variables: ReadonlyMap<string, string>,
  responses: ReadonlyMap<string, HttpResponse>,
): string {
  return text.replace(/\{\{(.*?)\}\}/g, (whole, expression: string) => {
    const [name = '', kind, part, ...path] = expression.split('.').filter((one) => one !== '$');
    if (kind === undefined) return found(whole, variables.get(name));
    const response = kind === 'response' ? responses.get(name) : undefined;
    if (part === 'headers') return found(whole, response?.headers.get(path.join('.')));
    return found(whole, path.reduce<unknown>(member, response?.body));
  });
}

function member(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[name];
}

function found(expression: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`nothing is known as ${expression}`);
}
