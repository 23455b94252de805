/** DocumentValidationFailure, BadValue, BSONObjectTooLarge, InvalidBSON, KeyTooLong, TooDeep. */
const CODES = new Set<unknown>([121, 2, 10334, 22, 17280, 17279, 15]);
/** Of the driver's serializer, which runs out of room with a RangeError, and of Mongoose. */
const NAMES = /^BSON|^(RangeError|ValidationError|StrictModeError|CastError|ObjectExpectedError)$/;

interface Thrown {
  name?: unknown;
  code?: unknown;
  writeErrors?: Thrown[];
  validationErrors?: Thrown[];
}

/**
 * Whether a document can never be written, however often it is tried: the driver or the server
 * refuses it for what it contains.
 */
export function isUnstorable(error: unknown): boolean {
  const { name, code, writeErrors = [], validationErrors = [] } = error as Thrown;
  const inside = [writeErrors, validationErrors].flat();
  return NAMES.test(`${name}`) || CODES.has(code) || inside.some(isUnstorable);
}
