/**
 * Text from outside, for Markdown that people read: it stays text, whatever it contains. What could
 * begin markup, HTML or a link is escaped, and line breaks become spaces.
 */
export function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>&|~#@!]|(?<=:)\/|(?<=www)\./gi, (sign) => `\\${sign}`);
}

/** Text from outside as code: nothing in it is markup but the sign that would end it. */
export function code(text: string): string {
  return `\`${text.replace(/\s+/g, ' ').replaceAll('`', "'")}\``;
}
