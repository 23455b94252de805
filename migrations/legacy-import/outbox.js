/**
 * Takes the marks off the rows that could not be published, so that each import tries them again.
 * What was published stays marked as processed: the legacy service would send it once more.
 *
 * @param {import('mongoose').mongo.Db} db
 * @param {string} name
 */
export async function clearProblems(db, name) {
  const marked = { importProblem: { $exists: true } };
  await db.collection(name).updateMany(marked, { $unset: { importProblem: '' } });
}
