import { holdsCardNumber } from './card-number.ts';

/** Also what turns the direction of writing around: whoever reads it reads something else. */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const WITHOUT_WIDTH = '\\u00ad\\u200b-\\u200d\\u2060\\ufeff';
/** Half a character, which UTF-8 has no bytes for: what is stored would be another text. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Without flags and lookaheads, so that other tools can read it, and linear in the text's length. */
export const TEXT = new RegExp(`^[^\\S${CONTROL}]*[^\\s${CONTROL}${WITHOUT_WIDTH}][^${CONTROL}]*$`);

export function isUnicode(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Whether it is a free text that may be stored: readable, not too long, and no card number. */
export function isText(text: string, max: number): boolean {
  return text.length <= max && TEXT.test(text) && isUnicode(text) && !holdsCardNumber(text);
}
