import proto from '@temporalio/proto';
import protobuf from 'protobufjs';
import { orderOfWorkflow } from '../../../src/contract/order.ts';

const { temporal } = proto;
const { workflowservice, update } = temporal.api;

type Command = proto.temporal.api.command.v1.ICommand;
type Message = proto.temporal.api.protocol.v1.IMessage;

/** What a worker reports of a task that it has done: from then on its server knows of it. */
export interface Completion {
  kind: 'workflow task' | 'activity';
  orderId: string;
  taskToken: Uint8Array;
  /** What the server would learn, each in a few words; nothing when it would learn nothing. */
  brings: string[];
}

const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService';

/** How to read the requests that complete tasks, by their path; undefined when of no order. */
export const readers: Readonly<Record<string, (bytes: Uint8Array) => Completion | undefined>> = {
  [`${SERVICE}/RespondWorkflowTaskCompleted`]: (bytes) => {
    const request = workflowservice.v1.RespondWorkflowTaskCompletedRequest.decode(bytes);
    const { taskToken, commands, messages } = request;
    const brings = [...commands.flatMap(describe), ...messages.map(describeMessage)];
    return ofOrder(taskToken, (orderId) => ({ kind: 'workflow task', orderId, taskToken, brings }));
  },
  [`${SERVICE}/RespondActivityTaskCompleted`]: (bytes) => {
    const { taskToken } = workflowservice.v1.RespondActivityTaskCompletedRequest.decode(bytes);
    return activity(taskToken, 'success');
  },
  [`${SERVICE}/RespondActivityTaskFailed`]: (bytes) => {
    const { taskToken } = workflowservice.v1.RespondActivityTaskFailedRequest.decode(bytes);
    return activity(taskToken, 'failure');
  },
  [`${SERVICE}/RespondActivityTaskCanceled`]: (bytes) => {
    const { taskToken } = workflowservice.v1.RespondActivityTaskCanceledRequest.decode(bytes);
    return activity(taskToken, 'cancellation');
  },
};

function activity(taskToken: Uint8Array, ended: string): Completion | undefined {
  return ofOrder(taskToken, (orderId, type) => {
    return { kind: 'activity', orderId, taskToken, brings: [`${ended} of ${type}`] };
  });
}

/** Tokens mean nothing to clients. The server that tests run writes messages of protobuf. */
const WORKFLOW_ID = 2;
const ACTIVITY_TYPE = 8;

function ofOrder(
  taskToken: Uint8Array,
  make: (orderId: string, activityType: string) => Completion,
): Completion | undefined {
  const texts = textsIn(taskToken);
  const orderId = orderOfWorkflow(texts.get(WORKFLOW_ID));
  return orderId === undefined ? undefined : make(orderId, texts.get(ACTIVITY_TYPE) ?? '');
}

/** The texts of a message without its schema, by the numbers of their fields. */
function textsIn(message: Uint8Array): Map<number, string> {
  const texts = new Map<number, string>();
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const [field, wireType] = [tag >>> 3, tag & 7];
    if (wireType === 2) texts.set(field, Buffer.from(reader.bytes()).toString());
    else reader.skipType(wireType);
  }
  return texts;
}

function describe(command: Command): string[] {
  // Updates are told by their messages.
  if (command.protocolMessageCommandAttributes) return [];
  const scheduled = command.scheduleActivityTaskCommandAttributes?.activityType?.name;
  if (scheduled) return [`schedule ${scheduled}`];
  if (command.recordMarkerCommandAttributes) return ['local activities'];
  if (command.startTimerCommandAttributes) return ['start a timer'];
  if (command.completeWorkflowExecutionCommandAttributes) return ['end the order'];
  if (command.upsertWorkflowSearchAttributesCommandAttributes) return ['set search attributes'];
  if (command.requestCancelActivityTaskCommandAttributes) return ['cancel an activity'];
  if (command.modifyWorkflowPropertiesCommandAttributes) return ['set details'];
  return [`command ${command.commandType}`];
}

function describeMessage({ body }: Message): string {
  const { Acceptance, Rejection } = update.v1;
  const bytes = body?.value ?? new Uint8Array();
  const type = body?.type_url?.split('.').at(-1);
  if (type === 'Acceptance') {
    return `accept ${Acceptance.decode(bytes).acceptedRequest?.input?.name}`;
  }
  if (type === 'Rejection') {
    return `refuse ${Rejection.decode(bytes).rejectedRequest?.input?.name}`;
  }
  return 'answer an update';
}
