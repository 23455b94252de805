/**
 * Loaded once into the sandbox that all workflows of a worker share, before any of them. The SDK
 * takes and formats a stack trace for every promise of a workflow; one frame says where an error
 * was thrown, and costs little.
 */
Error.stackTraceLimit = 1;

export {};
