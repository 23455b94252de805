/**
 * The codes of gRPC with which a server says that it cannot do it now. All others are about the
 * request, the namespace or the permissions: to repeat it would never help.
 */
const OUTAGES = new Set([
  1, // CANCELLED: the connection was closed
  2, // UNKNOWN
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED
  9, // FAILED_PRECONDITION: a namespace that fails over, a workflow that is not ready
  10, // ABORTED
  13, // INTERNAL: also what a proxy answers that does not speak gRPC
  14, // UNAVAILABLE
  15, // DATA_LOSS
]);

const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** The code of the gRPC error that this is, or that caused it; undefined when it is none. */
export function grpcCode(error: unknown): number | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'number') return one.code;
  }
  return undefined;
}

/** Whether a call may succeed later as it is; undefined when the error is none of gRPC. */
export function isGrpcOutage(error: unknown): boolean | undefined {
  const code = grpcCode(error);
  return code === undefined ? undefined : OUTAGES.has(code);
}

/** Whether the answer did not come in time. */
export function isGrpcDeadline(error: unknown): boolean {
  return grpcCode(error) === DEADLINE_EXCEEDED;
}

/** Whether the server does not let this caller in: a key or a certificate is missing or wrong. */
export function isGrpcDenial(error: unknown): boolean {
  const code = grpcCode(error);
  return code === PERMISSION_DENIED || code === UNAUTHENTICATED;
}
