/** A target that cannot do what a check asks of it, e.g. because the deployment is down. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}
