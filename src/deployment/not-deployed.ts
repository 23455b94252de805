/** The version is not current. Whatever it had begun goes on with the version before. */
export class NotDeployed extends Error {
  override readonly name = 'NotDeployed';
}
