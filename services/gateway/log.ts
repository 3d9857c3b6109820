import { pino, type Logger } from 'pino';

export type Log = Logger;

/** The gateway's one logger: JSON lines on stdout. No caller passes a token, a prompt or a session id. */
export const createLog = (): Log =>
  pino({
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
