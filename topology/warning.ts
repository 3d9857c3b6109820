/** Something that works but that whoever deploys should know. */
export interface Warning {
  /** Stable, for CI to look for. */
  readonly code: string;
  /** Lower case; says what to do next. */
  readonly message: string;
}
