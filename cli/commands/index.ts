import type { Command } from 'commander';

/** The commands in the order of `--help`, each loaded when it is wanted: what one needs the others need not wait for. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  plan: async () => (await import('./plan.js')).planCommand(),
  render: async () => (await import('./render.js')).renderCommand(),
  'check-plan': async () => (await import('./check-plan.js')).checkPlanCommand(),
  preflight: async () => (await import('./preflight.js')).preflightCommand(),
  rollout: async () => (await import('./rollout.js')).rolloutCommand(),
  status: async () => (await import('./status.js')).statusCommand(),
  sessions: async () => (await import('./sessions.js')).sessionsCommand(),
  backup: async () => (await import('./backup.js')).backupCommand(),
  restore: async () => (await import('./restore.js')).restoreCommand(),
  up: async () => (await import('./up.js')).upCommand(),
  smoke: async () => (await import('./smoke.js')).smokeCommand(),
  lock: async () => (await import('./lock.js')).lockCommand(),
  schema: async () => (await import('./schema.js')).schemaCommand(),
};
