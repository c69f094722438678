import { builtinModules } from 'node:module';
import { isWithin, LAYERS, layerOf } from './layers.ts';
import type { SourceFile } from './source-file.ts';

/** Longest source file, in lines. */
const MAX_FILE_LINES = 400;

/** Data tables, which may be longer: a table split in two is harder to check against its source. */
const DATA_TABLES: readonly string[] = [];

/** Names that say nothing about what is inside. */
const VAGUE_NAMES = /(^|\/)(utils?|helpers?|common|misc|manager|index)\.(ts|tsx|mjs)$/;

/** Packages that every test may use. */
const TEST_PACKAGES = ['vitest', 'vitest/config', 'fast-check'];

/** Packages whose one door stands in another layer but that a test file may use as a peer to talk to. */
const PEERS_IN_TESTS = ['aedes', 'aedes-persistence', 'mqtt', 'mqtt-packet', 'mqemitter', 'serialport', 'commander'];

/** All that is wrong with one file, as sentences. */
export function violationsOf(file: SourceFile): readonly string[] {
  const found = [...file.imports.flatMap((target) => importViolation(file.path, target) ?? [])];
  if (file.lineCount > MAX_FILE_LINES && !DATA_TABLES.includes(file.path)) {
    found.push(`is ${file.lineCount} lines long; at most ${MAX_FILE_LINES}`);
  }
  if (VAGUE_NAMES.test(file.path)) found.push('has a name that says nothing; name it after its main export');
  if (layerOf(file.path) === undefined && file.path.includes('/')) found.push('belongs to no layer');
  if (mustAskForTime(file.path)) {
    found.push(...file.ambientCalls.map((call) => `calls ${call}; time and chance come in as ports`));
  }
  return found.map((violation) => `${file.path} ${violation}`);
}

/** Production code of the gateway and the decoders: only `gateway/runtime` may ask the system for time, and `main.ts` for chance. */
function mustAskForTime(path: string): boolean {
  if (isTest(path) || isWithin(path, 'gateway/runtime') || path === 'gateway/main.ts') return false;
  // A browser is not handed a clock.
  if (isWithin(path, 'gateway/console/web')) return false;
  return isWithin(path, 'gateway') || isWithin(path, 'devices');
}

function importViolation(path: string, target: string): string | undefined {
  if (target.startsWith('.')) return relativeViolation(path, target);
  if (target.startsWith('#')) return layerViolation(path, target.slice(1));
  if (target.startsWith('node:') || builtinModules.includes(target)) return builtinViolation(path, target);
  return packageViolation(path, packageName(target));
}

function relativeViolation(path: string, target: string): string | undefined {
  if (target.split('/').includes('..')) return `imports ${target}, which climbs out of its folder; use a # import`;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return layerViolation(path, `${folder}${target.slice(2)}`);
}

function layerViolation(path: string, target: string): string | undefined {
  const from = layerOf(path);
  const to = layerOf(target);
  if (from === undefined || from === to) return undefined;
  const isAllowed = from.mayImport.some((allowed) => isWithin(target, allowed));
  return isAllowed ? undefined : `imports ${target}; ${from.path} may not`;
}

function builtinViolation(path: string, target: string): string | undefined {
  const isPure = isWithin(path, 'devices') && !isTest(path);
  return isPure ? `imports ${target}; devices are pure` : undefined;
}

function packageViolation(path: string, name: string): string | undefined {
  if (isTest(path) && (TEST_PACKAGES.includes(name) || PEERS_IN_TESTS.includes(name))) return undefined;
  if (!path.includes('/')) return undefined;
  const doors = LAYERS.filter(({ doorTo }) => doorTo.includes(name));
  if (doors.some((door) => door === layerOf(path))) return undefined;
  return `imports package ${name}; its door is ${doors.map((door) => door.path).join(', ') || 'nowhere'}`;
}

function packageName(target: string): string {
  const [first = '', second = ''] = target.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/') || isWithin(path, 'tests');
}
