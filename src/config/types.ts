import { z } from 'zod';

/** The kinds of values that variables have. */

export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });

export const http = url('http:', 'https:').transform((text) => text.replace(/\/+$/, ''));

/** Not a URL as others are: a replica set has several hosts. */
export const mongodb = z.string().regex(/^mongodb(\+srv)?:\/\/[^\s/]+/, {
  error: 'must be a URL that begins with mongodb:// or mongodb+srv://',
});

export const port = z.coerce.number().int().min(0).max(65_535);

export const count = (min: number, max?: number) => {
  const number = z.coerce.number().int().min(min);
  return max === undefined ? number : number.max(max);
};

export const milliseconds = z.coerce.number().int().min(1);

/** For timers of Node.js: a longer one fires at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;
export const timer = milliseconds.max(TIMER_MAX_MS);

const DAY_MS = 86_400_000;
/** For timers of Temporal, which may be longer, up to where a person would not look any more. */
export const days = (most: number) => milliseconds.max(most * DAY_MS);

export const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    {
      error: 'must be origins such as https://shop.example, with commas between them',
    },
  );

export const buildId = z.string().regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 of A-Z a-z 0-9 . _ -');
