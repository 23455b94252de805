/** How a job is seen. It may be told something before it is drawn first. */
export interface JobLine {
  show(text: string): void;
  done(text: string): void;
  failed(): void;
  /** Never began, since something it needs failed. */
  skipped(): void;
}

export interface Display {
  /** How often a job that is silent shows that it goes on. */
  beatMs: number;
  add(title: string, running: Promise<unknown>): JobLine;
  /** Resolves when everything is drawn. */
  close(): Promise<void>;
}
