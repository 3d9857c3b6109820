import { execFile } from 'node:child_process';

/**
 * Runs a program to its end. The exit code says nothing here: a judge that has found something ends with 1.
 *
 * @returns what it printed; what it complained about only where it printed nothing
 */
export function run(file: string, args: readonly string[], env = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { env, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && stdout === '') reject(new Error(`${file} ${args.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}
