import type { Connection, mongo } from 'mongoose';
import { databaseOf } from '../../../src/store/migrations.ts';

interface Explained {
  collection: string;
  /** The stages of the winning plan, outermost first. */
  stages: string[];
  examined: number;
  returned: number;
}

interface Plan {
  stage: string;
  inputStage?: Plan;
  inputStages?: Plan[];
}

/**
 * Runs something that reads, and has MongoDB explain each query that it sent. The connection must
 * have been opened with `monitorCommands`.
 */
export async function explained<T>(connection: Connection, run: () => Promise<T>) {
  const { db, client } = databaseOf(connection);
  const sent: Record<string, unknown>[] = [];
  const note = ({ commandName, command }: mongo.CommandStartedEvent) => {
    if (commandName === 'find' || commandName === 'aggregate') sent.push(command);
  };
  client.on('commandStarted', note);
  const result = await run().finally(() => client.off('commandStarted', note));
  const queries: Explained[] = [];
  for (const command of sent) {
    // The rest of what was sent, such as its session, belongs to that query alone.
    const parts = ['find', 'filter', 'sort', 'hint', 'limit', 'singleBatch'];
    const pipeline = ['aggregate', 'pipeline', 'cursor'];
    const query = Object.entries(command).filter(([name]) =>
      [...parts, ...pipeline].includes(name),
    );
    const answer = await db.command({
      explain: Object.fromEntries(query),
      verbosity: 'executionStats',
    });
    if (command.aggregate !== undefined) {
      queries.push(...explainedStages(`${command.aggregate}`, answer.stages));
      continue;
    }
    queries.push({
      collection: `${command.find}`,
      stages: stagesOf(answer.queryPlanner.winningPlan),
      examined: answer.executionStats.totalDocsExamined,
      returned: answer.executionStats.nReturned,
    });
  }
  return { result, queries };
}

interface PipelineStage {
  $cursor?: {
    queryPlanner: { winningPlan: Plan };
    executionStats: { totalDocsExamined: number; nReturned: number };
  };
  $lookup?: { from: string };
  indexesUsed?: string[];
  collectionScans?: number | bigint;
  totalDocsExamined?: number | bigint;
}

/** The query that a pipeline begins with, and its look-ups, which examine what they return. */
function explainedStages(collection: string, stages: PipelineStage[]): Explained[] {
  return stages.flatMap(({ $cursor, $lookup, ...stage }) => {
    if ($cursor !== undefined) {
      const { totalDocsExamined: examined, nReturned: returned } = $cursor.executionStats;
      const plan = stagesOf($cursor.queryPlanner.winningPlan);
      return [{ collection, stages: plan, examined, returned }];
    }
    if ($lookup === undefined) return [];
    const examined = Number(stage.totalDocsExamined);
    const scans = Number(stage.collectionScans) > 0 ? ['COLLSCAN'] : [];
    const indexes = stage.indexesUsed?.length ? ['IXSCAN'] : [];
    return [
      { collection: $lookup.from, stages: [...scans, ...indexes], examined, returned: examined },
    ];
  });
}

function stagesOf({ stage, inputStage, inputStages }: Plan): string[] {
  const inputs = inputStage === undefined ? (inputStages ?? []) : [inputStage];
  return [stage, ...inputs.flatMap(stagesOf)];
}
