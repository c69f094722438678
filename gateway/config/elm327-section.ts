import { z } from 'zod';
import { nearestName } from '#gateway/model/nearest-name.ts';
import {
  DEFAULT_OBD_INTERVAL_MS,
  DEFAULT_OBD_PARAMETERS,
  DEFAULT_SLOW_OBD_INTERVAL_MS,
  OBD_PARAMETER_NAMES,
  OBD_PROTOCOL_NAMES,
} from '#gateway/model/obd-polling.ts';
import { baudField, serialFields } from './serial-fields.ts';

/** An entry of `devices` of type `elm327`. */
export function elm327Section(folder: string) {
  return z.strictObject({
    type: z
      .literal('elm327')
      .describe(
        'An adapter for on-board diagnostics (OBD-II) that speaks the commands of the ELM327, such as an OBDLink.',
      ),
    ...serialFields(folder),
    baud: z
      .union([z.literal('auto'), baudField()], 'expected auto, or bits per second from 50 to 4000000')
      .default('auto')
      .describe('Bits per second of the serial line; auto finds them, and tries those first that it found last time.'),
    protocol: z
      .literal(OBD_PROTOCOL_NAMES)
      .default('auto')
      .describe('The bus of the vehicle; auto lets the adapter search, which takes some seconds at each connection.'),
    pids: z
      .array(parameter())
      .min(1)
      .max(64)
      .prefault([...DEFAULT_OBD_PARAMETERS])
      .describe(
        'Parameters to ask for, by name (the list is in can.md), or as { name, intervalMs }. Those that the vehicle does not ' +
          'have are left out and told in devices/<id>/vehicle.',
      ),
    intervalMs: intervalField()
      .default(DEFAULT_OBD_INTERVAL_MS)
      .describe(
        'How often they are asked for; an adapter manages 5 to 20 parameters a second, and is not pressed for more.',
      ),
    slowIntervalMs: intervalField()
      .default(DEFAULT_SLOW_OBD_INTERVAL_MS)
      .describe('The same for temperatures, levels, distances and states.'),
  });
}

const intervalField = () => z.int().min(50).max(86_400_000);

function parameter() {
  const name = nameField();
  const shapes = [
    name.transform((text) => ({ name: text, intervalMs: undefined })),
    z.strictObject({
      name: name.describe('The parameter.'),
      intervalMs: intervalField().optional().describe('How often it is asked for; absent: as all of its kind.'),
    }),
  ] as const;
  // What is wrong with a name is said by the union: it would hide what its parts say of it.
  return z.union(shapes, { error: ({ input }) => (typeof input === 'string' ? describeName(input) : undefined) });
}

function nameField() {
  return z
    .string()
    .refine((name) => OBD_PARAMETER_NAMES.includes(name), { error: ({ input }) => describeName(String(input)) });
}

function describeName(written: string): string {
  const nearest = nearestName(written, OBD_PARAMETER_NAMES);
  const hint = nearest === undefined ? 'such as rpm or speed; can.md lists them' : `did you mean ${nearest}?`;
  return `no parameter of this name, found ${JSON.stringify(written)}; ${hint}`;
}
