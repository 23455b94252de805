import type { mongo } from 'mongoose';

export interface Examined {
  keys: number;
  documents: number;
  /** How MongoDB found them, such as "IXSCAN { uuid: 1 }". */
  plans: string[];
}

/** What MongoDB reads, in documents and index keys, to answer all queries of `run`. */
export async function examined(db: mongo.Db, run: () => Promise<unknown>): Promise<Examined> {
  await db.command({ profile: 2 });
  try {
    await run();
  } finally {
    await db.command({ profile: 0 });
  }
  const profile = db.collection('system.profile');
  const queries = await profile
    .find({ op: { $in: ['query', 'command'] }, ns: /\.(order|payment)/ })
    .toArray();
  await profile.drop();
  const sum = (field: string) => queries.reduce((total, query) => total + query[field], 0);
  const plans = queries.map((query) => `${query.planSummary}`).sort();
  return { keys: sum('keysExamined'), documents: sum('docsExamined'), plans };
}
