/**
 * Whether a text could be the number of a payment card: 12 to 19 digits, perhaps in groups, whose
 * check digit is right (Luhn, ISO/IEC 7812-1). Such a text is refused before it is stored anywhere.
 */
export function looksLikeCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{12,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, character, index) => {
    const digit = Number(character) * (index % 2 === 0 ? 1 : 2);
    return total + (digit > 9 ? digit - 9 : digit);
  }, 0);
  return sum % 10 === 0;
}
