import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Suffixes of the platform packages that can hold this machine's binary; npm installs the one whose libc fits. */
const PLATFORMS: readonly string[] =
  process.platform === 'linux'
    ? [`linux-${process.arch}`, `linuxmusl-${process.arch}`]
    : [`${process.platform}-${process.arch}`];

/** Path of a runtime binary; appends to `mistakes` what is missing and how to install it. */
export function resolveBinary(binary: string, mistakes: string[]): string {
  if (binary === 'native') return nativeBinary(mistakes);
  if (binary === 'cli') return cliBinary(mistakes);
  if (isAbsolute(binary) && !existsSync(binary))
    mistakes.push(`the runtime binary ${binary} does not exist: use native, cli or another path`);
  return binary;
}

function nativeBinary(mistakes: string[]): string {
  for (const platform of PLATFORMS) {
    const manifest = find(`@github/copilot-sdk-${platform}/package.json`, '@github/copilot-sdk');
    if (!manifest) continue;
    const path = join(dirname(manifest), 'prebuilds', platform, 'copilot-runtime');
    if (existsSync(path)) return path;
  }
  mistakes.push(
    `no native runtime for ${PLATFORMS[0]} is installed: npm install @github/copilot-sdk (with optional dependencies)`,
  );
  return '';
}

function cliBinary(mistakes: string[]): string {
  for (const platform of PLATFORMS) {
    const path = find(`@github/copilot-${platform}`, '@github/copilot');
    if (path) return path;
  }
  mistakes.push(
    `no Copilot CLI for ${PLATFORMS[0]} is installed: npm install @github/copilot (with optional dependencies)`,
  );
  return '';
}

/** Resolves a platform package from here or, where the package manager nests it, from the package it belongs to. */
function find(name: string, owner: string): string | undefined {
  try {
    const from = require.resolve.paths(name) ?? [];
    const owners = from.map((folder) => join(folder, owner)).filter((folder) => existsSync(folder));
    return require.resolve(name, {
      paths: [import.meta.dirname, ...owners.map((folder) => realpathSync(folder))],
    });
  } catch {
    return undefined;
  }
}
