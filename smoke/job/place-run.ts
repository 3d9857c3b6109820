import type { ProgressEvent } from '../events.js';

/** A run of the suite in a place of its own beside the runtimes. */
export interface PlaceRun<Place> {
  readonly place: Place;
  readonly manifestText: string;
  /** Options of the suite, as the command line has them. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressEvent) => void;
}
