import { Refusal } from '../../domain/refusal.ts';

const MAX_LENGTH = 200;

/** Who acted, when they did not say: the Web UI tells nobody's name. */
export const SOMEONE = 'operator (Web UI)';

/**
 * Reads what a person typed in the Web UI, or left out: an object of short texts, where empty ones
 * count as none. Throws Refusal validation_failed, with words for that person.
 */
export function readTexts<Field extends string>(
  input: unknown,
  fields: readonly Field[],
): Partial<Record<Field, string>> {
  const given = input ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid('must be a JSON object');
  const texts: Partial<Record<Field, string>> = {};
  for (const [name, value] of Object.entries(given)) {
    const field = fields.find((known) => known === name);
    if (field === undefined) {
      throw invalid(`has no field ${name.slice(0, 40)}; there are ${fields.join(', ')}`);
    }
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string' || value.length > MAX_LENGTH) {
      throw invalid(`${name} must be a text of at most ${MAX_LENGTH} characters`);
    }
    texts[field] = value;
  }
  return texts;
}

/** For a text that is read well and says something impossible. */
export function invalid(detail: string): Refusal {
  return new Refusal('validation_failed', `The input ${detail}`);
}
