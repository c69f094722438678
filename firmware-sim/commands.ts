import type { HubCommand, LinkMode, VehicleCommand } from './protocol.ts';
import { VEHICLE_PORTS } from './scenario/scenario.ts';
import { readFault } from './scenario/step-section.ts';

/** What a line on standard input turned out to be. */
export type ParsedCommand<Command> = { readonly command: Command } | { readonly problem: string };

/** Reads one line for `vehicle`. */
export function parseVehicleCommand(line: string): ParsedCommand<VehicleCommand> {
  const value = parseObject(line);
  if (value === undefined) return { problem: 'not a JSON object' };
  if (value['do'] === 'stop') return { command: { do: 'stop' } };
  const problems: string[] = [];
  const command = readFault(value, 'command', VEHICLE_PORTS, problems);
  return problems.length === 0 ? { command } : { problem: problems.join('; ') };
}

/** Reads one line for `hub`. */
export function parseHubCommand(line: string): ParsedCommand<HubCommand> {
  const value = parseObject(line);
  if (value === undefined) return { problem: 'not a JSON object' };
  const mode = value['mode'] ?? 'stall';
  if (value['do'] === 'restore' || value['do'] === 'audit') return { command: { do: value['do'] } };
  if (value['do'] !== 'cut') return { problem: 'command.do: one of cut, restore, audit' };
  return isLinkMode(mode)
    ? { command: { do: 'cut', mode } }
    : { problem: `command.mode: one of ${LINK_MODES.join(', ')}` };
}

const LINK_MODES: readonly LinkMode[] = ['stall', 'reset', 'refuse'];

function isLinkMode(value: unknown): value is LinkMode {
  return LINK_MODES.some((mode) => mode === value);
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // JSON objects can be asked for members.
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
