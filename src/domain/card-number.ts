import validator from 'card-validator';

const DIGIT_GROUPS = /\d+/g;
/** Between the groups of one number. */
const SEPARATOR = /^[\s\p{Pd}._]{1,2}$/u;
const WITHOUT_WIDTH = /\p{Cf}/gu;
const DIGIT = /\p{Nd}/gu;
const LUHN = { luhnValidateUnionPay: true };
const SHORTEST = 13;
const LONGEST = 19;

/**
 * Whether a text holds what could be the number of a payment card: digits, perhaps in groups, with
 * the prefix and the length of a card's issuer and the right check digit (Luhn, ISO/IEC 7812-1). Such
 * a text is refused before it is stored anywhere. Digits of other scripts count as what they say.
 */
export function holdsCardNumber(text: string): boolean {
  const plain = text.normalize('NFKC').replace(WITHOUT_WIDTH, '').replace(DIGIT, asciiDigit);
  const groups = [...plain.matchAll(DIGIT_GROUPS)];
  return groups.some((_group, first) => beginsWithCardNumber(plain, groups.slice(first)));
}

function beginsWithCardNumber(text: string, groups: readonly RegExpExecArray[]): boolean {
  let digits = '';
  let end = groups[0]?.index ?? 0;
  for (const group of groups) {
    const between = text.slice(end, group.index);
    if (digits !== '' && !SEPARATOR.test(between)) return false;
    digits += group[0];
    end = group.index + group[0].length;
    if (digits.length > LONGEST) return false;
    if (digits.length >= SHORTEST && validator.number(digits, LUHN).isValid) return true;
  }
  return false;
}

/** The digits of each script are ten code points in a row, from its zero (The Unicode Standard, 4.6). */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(point - value - 1))) value += 1;
  return `${value % 10}`;
}
