/** What is shown in place of what was erased. */
export const ERASED_TEXT = '[erased]';
