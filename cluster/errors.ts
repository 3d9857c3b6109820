/** A cluster that cannot be reached or does not allow what was asked; the CLI prints the message and exits with 1. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}
