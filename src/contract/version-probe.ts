/** A workflow that a version of the worker has to do before it gets work, and while it is watched. */
export const VERSION_PROBE_WORKFLOW = 'versionProbe';
