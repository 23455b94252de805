import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';

const { Payloads } = proto.temporal.api.common.v1;

/** Payloads in the JSON of Protocol Buffers, as the Web UI and the CLI send them; throws if it is none. */
export function readPayloads(json: unknown): Payload[] {
  return Payloads.fromObject(json as Record<string, unknown>).payloads;
}

export function writePayloads(payloads: Payload[]): Record<string, unknown> {
  return Payloads.toObject(Payloads.fromObject({ payloads }), { bytes: String });
}
