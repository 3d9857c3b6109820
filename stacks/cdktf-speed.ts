import { createRequire } from 'node:module';

/**
 * Keeps cdktf 0.21 from recording a stack trace for every attribute it resolves, which costs a quarter of a synthesis
 * and goes nowhere but into metadata. Reaches into a private module: when that has moved, synthesis is slower and
 * nothing else. CDKTF_STACK_TRACES=1 brings the traces back.
 */
export function skipStackTraces(env = process.env): boolean {
  if (env.CDKTF_STACK_TRACES === '1') return false;
  try {
    const traces = createRequire(import.meta.url)('cdktf/lib/tokens/private/stack-trace') as {
      captureStackTrace?: () => string[];
    };
    if (typeof traces.captureStackTrace !== 'function') return false;
    traces.captureStackTrace = () => [];
    return true;
  } catch {
    return false;
  }
}
